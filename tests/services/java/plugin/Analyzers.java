package plugin;

import java.lang.reflect.InvocationTargetException;
import java.util.HashMap;
import java.util.Map;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.CharArraySet;
import org.apache.lucene.analysis.core.KeywordAnalyzer;
import org.apache.lucene.analysis.core.SimpleAnalyzer;
import org.apache.lucene.analysis.core.StopAnalyzer;
import org.apache.lucene.analysis.core.WhitespaceAnalyzer;
import org.apache.lucene.analysis.en.EnglishAnalyzer;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.index.analysis.AbstractIndexAnalyzerProvider;
import org.elasticsearch.index.analysis.Analysis;
import org.elasticsearch.index.analysis.AnalyzerProvider;
import org.elasticsearch.indices.analysis.AnalysisModule.AnalysisProvider;

/** The named analyzers: one per language, each Lucene's own, with the settings {@code stopwords} and {@code stem_exclusion}. */
final class Analyzers {
    /** Analyzer name and the Lucene package of its class {@code <Name>Analyzer}; these take words not to stem as well. */
    private static final String[][] STEMMING = {
        {"arabic", "ar"}, {"armenian", "hy"}, {"basque", "eu"}, {"bengali", "bn"}, {"brazilian", "br"},
        {"bulgarian", "bg"}, {"catalan", "ca"}, {"czech", "cz"}, {"danish", "da"}, {"dutch", "nl"},
        {"english", "en"}, {"estonian", "et"}, {"finnish", "fi"}, {"french", "fr"}, {"galician", "gl"},
        {"german", "de"}, {"hindi", "hi"}, {"hungarian", "hu"}, {"indonesian", "id"},
        {"irish", "ga"}, {"italian", "it"}, {"latvian", "lv"}, {"lithuanian", "lt"}, {"norwegian", "no"},
        {"portuguese", "pt"}, {"romanian", "ro"}, {"russian", "ru"}, {"serbian", "sr"},
        {"sorani", "ckb"}, {"spanish", "es"}, {"swedish", "sv"}, {"turkish", "tr"},
    };

    private static final String[][] STOPPING_ONLY = {{"greek", "el"}, {"persian", "fa"}};

    private static final String PACKAGE = "org.apache.lucene.analysis.";

    private Analyzers() {}

    static Map<String, AnalysisProvider<AnalyzerProvider<? extends Analyzer>>> all() {
        Map<String, AnalysisProvider<AnalyzerProvider<? extends Analyzer>>> analyzers = new HashMap<>();
        for (String[] language : STEMMING) {
            String type = typeOf(language[0], language[1]);
            analyzers.put(language[0], provider((environment, settings) -> stemming(type, environment, settings)));
        }
        for (String[] language : STOPPING_ONLY) {
            String type = typeOf(language[0], language[1]);
            analyzers.put(language[0], provider((environment, settings) -> stopping(type, environment, settings)));
        }
        analyzers.put("cjk", provider((environment, settings) -> stopping(PACKAGE + "cjk.CJKAnalyzer", environment, settings)));
        analyzers.put("keyword", provider((environment, settings) -> new KeywordAnalyzer()));
        analyzers.put("simple", provider((environment, settings) -> new SimpleAnalyzer()));
        analyzers.put("whitespace", provider((environment, settings) -> new WhitespaceAnalyzer()));
        analyzers.put("stop", provider((environment, settings) -> new StopAnalyzer(
                Analysis.parseStopWords(environment, settings, EnglishAnalyzer.getDefaultStopSet()))));
        return analyzers;
    }

    private static String typeOf(String language, String code) {
        return PACKAGE + code + "." + Character.toUpperCase(language.charAt(0)) + language.substring(1) + "Analyzer";
    }

    private static Analyzer stemming(String type, Environment environment, Settings settings) throws Exception {
        Class<?> analyzer = Class.forName(type);
        CharArraySet kept = Analysis.parseStemExclusion(settings, CharArraySet.EMPTY_SET);
        return (Analyzer) analyzer.getConstructor(CharArraySet.class, CharArraySet.class)
                .newInstance(stopWords(analyzer, environment, settings), kept);
    }

    private static Analyzer stopping(String type, Environment environment, Settings settings) throws Exception {
        Class<?> analyzer = Class.forName(type);
        return (Analyzer) analyzer.getConstructor(CharArraySet.class)
                .newInstance(stopWords(analyzer, environment, settings));
    }

    private static CharArraySet stopWords(Class<?> analyzer, Environment environment, Settings settings)
            throws Exception {
        CharArraySet defaults = (CharArraySet) analyzer.getMethod("getDefaultStopSet").invoke(null);
        return Analysis.parseStopWords(environment, settings, defaults);
    }

    private static AnalysisProvider<AnalyzerProvider<? extends Analyzer>> provider(Maker maker) {
        return (index, environment, name, settings) -> {
            Analyzer analyzer = made(maker, environment, settings);
            return new AbstractIndexAnalyzerProvider<Analyzer>(name) {
                @Override
                public Analyzer get() {
                    return analyzer;
                }
            };
        };
    }

    private static Analyzer made(Maker maker, Environment environment, Settings settings) {
        try {
            return maker.make(environment, settings);
        } catch (InvocationTargetException failure) {
            throw new IllegalArgumentException(failure.getCause());
        } catch (Exception failure) {
            throw new IllegalArgumentException(failure);
        }
    }

    private interface Maker {
        Analyzer make(Environment environment, Settings settings) throws Exception;
    }
}
