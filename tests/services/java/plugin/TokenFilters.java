package plugin;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.apache.lucene.analysis.CharArraySet;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.ar.ArabicNormalizationFilter;
import org.apache.lucene.analysis.cjk.CJKBigramFilter;
import org.apache.lucene.analysis.cjk.CJKWidthFilter;
import org.apache.lucene.analysis.core.DecimalDigitFilter;
import org.apache.lucene.analysis.core.FlattenGraphFilter;
import org.apache.lucene.analysis.core.LowerCaseFilter;
import org.apache.lucene.analysis.core.UpperCaseFilter;
import org.apache.lucene.analysis.de.GermanNormalizationFilter;
import org.apache.lucene.analysis.el.GreekLowerCaseFilter;
import org.apache.lucene.analysis.en.KStemFilter;
import org.apache.lucene.analysis.en.PorterStemFilter;
import org.apache.lucene.analysis.fa.PersianNormalizationFilter;
import org.apache.lucene.analysis.fr.FrenchAnalyzer;
import org.apache.lucene.analysis.ga.IrishLowerCaseFilter;
import org.apache.lucene.analysis.miscellaneous.ASCIIFoldingFilter;
import org.apache.lucene.analysis.miscellaneous.KeywordRepeatFilter;
import org.apache.lucene.analysis.miscellaneous.LengthFilter;
import org.apache.lucene.analysis.miscellaneous.LimitTokenCountFilter;
import org.apache.lucene.analysis.miscellaneous.PatternKeywordMarkerFilter;
import org.apache.lucene.analysis.miscellaneous.RemoveDuplicatesTokenFilter;
import org.apache.lucene.analysis.miscellaneous.ScandinavianFoldingFilter;
import org.apache.lucene.analysis.miscellaneous.SetKeywordMarkerFilter;
import org.apache.lucene.analysis.miscellaneous.TrimFilter;
import org.apache.lucene.analysis.miscellaneous.TruncateTokenFilter;
import org.apache.lucene.analysis.ngram.EdgeNGramTokenFilter;
import org.apache.lucene.analysis.ngram.NGramTokenFilter;
import org.apache.lucene.analysis.pattern.PatternReplaceFilter;
import org.apache.lucene.analysis.reverse.ReverseStringFilter;
import org.apache.lucene.analysis.tr.ApostropheFilter;
import org.apache.lucene.analysis.tr.TurkishLowerCaseFilter;
import org.apache.lucene.analysis.util.ElisionFilter;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.index.analysis.AbstractTokenFilterFactory;
import org.elasticsearch.index.analysis.Analysis;
import org.elasticsearch.index.analysis.NormalizingTokenFilterFactory;
import org.elasticsearch.index.analysis.PreConfiguredTokenFilter;
import org.elasticsearch.index.analysis.TokenFilterFactory;
import org.elasticsearch.indices.analysis.AnalysisModule.AnalysisProvider;
import org.elasticsearch.plugins.AnalysisPlugin;

/**
 * Token filters by their documented names and settings, made from Lucene's classes.
 *
 * <p>The server core has {@code stop}, {@code shingle}, {@code hunspell} and a plain {@code lowercase} of its own.
 */
final class TokenFilters {
    /** Filters without settings; the ones that change characters in place may be used in a normalizer as well. */
    private static final Map<String, UnaryOperator<TokenStream>> NORMALIZING = Map.ofEntries(
            Map.entry("apostrophe", ApostropheFilter::new),
            Map.entry("arabic_normalization", ArabicNormalizationFilter::new),
            Map.entry("cjk_width", CJKWidthFilter::new),
            Map.entry("decimal_digit", DecimalDigitFilter::new),
            Map.entry("german_normalization", GermanNormalizationFilter::new),
            Map.entry("persian_normalization", PersianNormalizationFilter::new),
            Map.entry("scandinavian_folding", ScandinavianFoldingFilter::new),
            Map.entry("trim", TrimFilter::new),
            Map.entry("uppercase", UpperCaseFilter::new));

    private static final Map<String, UnaryOperator<TokenStream>> PLAIN = Map.of(
            "cjk_bigram", CJKBigramFilter::new,
            "flatten_graph", FlattenGraphFilter::new,
            "keyword_repeat", KeywordRepeatFilter::new,
            "kstem", KStemFilter::new,
            "porter_stem", PorterStemFilter::new,
            "remove_duplicates", RemoveDuplicatesTokenFilter::new,
            "reverse", ReverseStringFilter::new);

    private TokenFilters() {}

    /** Filters that may be named without being defined, with their default settings. */
    static List<PreConfiguredTokenFilter> ready() {
        List<PreConfiguredTokenFilter> ready = new ArrayList<>();
        NORMALIZING.forEach((name, filter) -> ready.add(PreConfiguredTokenFilter.singleton(name, true, filter)));
        PLAIN.forEach((name, filter) -> ready.add(PreConfiguredTokenFilter.singleton(name, false, filter)));
        ready.add(PreConfiguredTokenFilter.singleton("asciifolding", true, ASCIIFoldingFilter::new));
        ready.add(PreConfiguredTokenFilter.singleton(
                "elision", true, stream -> new ElisionFilter(stream, FrenchAnalyzer.DEFAULT_ARTICLES)));
        ready.add(PreConfiguredTokenFilter.singleton("snowball", false, Stemmers.snowball("English")));
        ready.add(PreConfiguredTokenFilter.singleton("stemmer", false, PorterStemFilter::new));
        ready.add(PreConfiguredTokenFilter.singleton(
                "word_delimiter_graph", false, false, WordDelimiter.from(null, Settings.EMPTY)));
        return ready;
    }

    static Map<String, AnalysisProvider<TokenFilterFactory>> configurable() {
        Map<String, AnalysisProvider<TokenFilterFactory>> all = new HashMap<>();
        NORMALIZING.forEach((name, filter) -> all.put(name, normalizing((environment, settings) -> filter)));
        PLAIN.forEach((name, filter) -> all.put(name, plain((environment, settings) -> filter)));
        all.put("lowercase", normalizing((environment, settings) -> lowercase(settings.get("language"))));
        all.put("asciifolding", normalizing((environment, settings) -> {
            boolean keepOriginal = settings.getAsBoolean("preserve_original", false);
            return stream -> new ASCIIFoldingFilter(stream, keepOriginal);
        }));
        all.put("elision", needsSettings(normalizing(TokenFilters::elision)));
        all.put("stemmer", plain((environment, settings) ->
                Stemmers.stemmer(settings.get("language", settings.get("name", "porter")))));
        all.put("snowball", plain((environment, settings) -> Stemmers.snowball(settings.get("language", "English"))));
        all.put("keyword_marker", needsSettings(plain(TokenFilters::keywordMarker)));
        all.put("word_delimiter_graph", plain(WordDelimiter::from));
        all.put("pattern_replace", needsSettings(plain(TokenFilters::patternReplace)));
        addSized(all);
        return all;
    }

    private static void addSized(Map<String, AnalysisProvider<TokenFilterFactory>> all) {
        all.put("edge_ngram", plain((environment, settings) -> {
            int shortest = settings.getAsInt("min_gram", 1);
            int longest = settings.getAsInt("max_gram", 2);
            boolean keepOriginal = settings.getAsBoolean("preserve_original", false);
            return stream -> new EdgeNGramTokenFilter(stream, shortest, longest, keepOriginal);
        }));
        all.put("ngram", plain((environment, settings) -> {
            int shortest = settings.getAsInt("min_gram", 1);
            int longest = settings.getAsInt("max_gram", 2);
            boolean keepOriginal = settings.getAsBoolean("preserve_original", false);
            return stream -> new NGramTokenFilter(stream, shortest, longest, keepOriginal);
        }));
        all.put("length", plain((environment, settings) -> {
            int shortest = settings.getAsInt("min", 0);
            int longest = settings.getAsInt("max", Integer.MAX_VALUE);
            return stream -> new LengthFilter(stream, shortest, longest);
        }));
        all.put("truncate", plain((environment, settings) -> {
            int length = settings.getAsInt("length", 10);
            return stream -> new TruncateTokenFilter(stream, length);
        }));
        all.put("limit", plain((environment, settings) -> {
            int most = settings.getAsInt("max_token_count", 1);
            boolean consumeAll = settings.getAsBoolean("consume_all_tokens", false);
            return stream -> new LimitTokenCountFilter(stream, most, consumeAll);
        }));
    }

    private static UnaryOperator<TokenStream> lowercase(String language) {
        return switch (language) {
            case null -> LowerCaseFilter::new;
            case "greek" -> GreekLowerCaseFilter::new;
            case "irish" -> IrishLowerCaseFilter::new;
            case "turkish" -> TurkishLowerCaseFilter::new;
            default -> throw new IllegalArgumentException("lowercase: unknown language [" + language + "]");
        };
    }

    private static UnaryOperator<TokenStream> elision(Environment environment, Settings settings) {
        CharArraySet articles = Analysis.parseArticles(environment, settings);
        if (articles == null) {
            throw new IllegalArgumentException("elision filter requires [articles] or [articles_path] setting");
        }
        return stream -> new ElisionFilter(stream, articles);
    }

    private static UnaryOperator<TokenStream> keywordMarker(Environment environment, Settings settings) {
        String pattern = settings.get("keywords_pattern");
        if (pattern != null) {
            Pattern compiled = Pattern.compile(pattern);
            return stream -> new PatternKeywordMarkerFilter(stream, compiled);
        }
        CharArraySet words = Analysis.getWordSet(environment, settings, "keywords");
        if (words == null) {
            throw new IllegalArgumentException("keyword filter requires either [keywords] or [keywords_pattern]");
        }
        return stream -> new SetKeywordMarkerFilter(stream, words);
    }

    private static UnaryOperator<TokenStream> patternReplace(Environment environment, Settings settings) {
        Pattern pattern = pattern("pattern_replace", settings);
        String replacement = settings.get("replacement", "");
        boolean all = settings.getAsBoolean("all", true);
        return stream -> new PatternReplaceFilter(stream, pattern, replacement, all);
    }

    static Pattern pattern(String name, Settings settings) {
        String pattern = settings.get("pattern");
        if (pattern == null) {
            throw new IllegalArgumentException("filter [" + name + "] needs [pattern]");
        }
        return Pattern.compile(pattern);
    }

    private static AnalysisProvider<TokenFilterFactory> needsSettings(AnalysisProvider<TokenFilterFactory> provider) {
        return AnalysisPlugin.requiresAnalysisSettings(provider);
    }

    private static AnalysisProvider<TokenFilterFactory> plain(Maker maker) {
        return (index, environment, name, settings) -> new Plain(name, maker.make(environment, settings));
    }

    private static AnalysisProvider<TokenFilterFactory> normalizing(Maker maker) {
        return (index, environment, name, settings) -> new Normalizing(name, maker.make(environment, settings));
    }

    private interface Maker {
        UnaryOperator<TokenStream> make(Environment environment, Settings settings);
    }

    private static class Plain extends AbstractTokenFilterFactory {
        private final UnaryOperator<TokenStream> filter;

        Plain(String name, UnaryOperator<TokenStream> filter) {
            super(name);
            this.filter = filter;
        }

        @Override
        public TokenStream create(TokenStream stream) {
            return filter.apply(stream);
        }
    }

    private static final class Normalizing extends Plain implements NormalizingTokenFilterFactory {
        Normalizing(String name, UnaryOperator<TokenStream> filter) {
            super(name, filter);
        }
    }
}
