package plugin;

import java.io.Reader;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.apache.lucene.analysis.charfilter.HTMLStripCharFilter;
import org.apache.lucene.analysis.charfilter.MappingCharFilter;
import org.apache.lucene.analysis.charfilter.NormalizeCharMap;
import org.apache.lucene.analysis.pattern.PatternReplaceCharFilter;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.index.analysis.AbstractCharFilterFactory;
import org.elasticsearch.index.analysis.Analysis;
import org.elasticsearch.index.analysis.CharFilterFactory;
import org.elasticsearch.index.analysis.NormalizingCharFilterFactory;
import org.elasticsearch.indices.analysis.AnalysisModule.AnalysisProvider;
import org.elasticsearch.plugins.AnalysisPlugin;

/** Char filters {@code html_strip}, {@code mapping} and {@code pattern_replace}, with their documented settings. */
final class CharFilters {
    private CharFilters() {}

    static Map<String, AnalysisProvider<CharFilterFactory>> all() {
        return Map.of(
                "html_strip", (index, environment, name, settings) -> {
                    HashSet<String> kept = new HashSet<>(settings.getAsList("escaped_tags", List.of()));
                    return plain(name, reader -> new HTMLStripCharFilter(reader, kept));
                },
                "mapping", AnalysisPlugin.requiresAnalysisSettings((index, environment, name, settings) -> {
                    List<String> rules = Analysis.getWordList(environment, settings, "mappings");
                    if (rules == null) {
                        throw new IllegalArgumentException("char filter [" + name + "] needs [mappings]");
                    }
                    NormalizeCharMap map = parseRules(name, rules);
                    return normalizing(name, reader -> new MappingCharFilter(map, reader));
                }),
                "pattern_replace", AnalysisPlugin.requiresAnalysisSettings((index, environment, name, settings) -> {
                    Pattern pattern = TokenFilters.pattern(name, settings);
                    String replacement = settings.get("replacement", "");
                    return normalizing(name, reader -> new PatternReplaceCharFilter(pattern, replacement, reader));
                }));
    }

    private static NormalizeCharMap parseRules(String name, List<String> rules) {
        NormalizeCharMap.Builder map = new NormalizeCharMap.Builder();
        for (String rule : rules) {
            int arrow = rule.lastIndexOf("=>");
            if (arrow < 0) {
                throw new IllegalArgumentException("char filter [" + name + "]: no => in rule [" + rule + "]");
            }
            map.add(rule.substring(0, arrow).trim(), rule.substring(arrow + 2).trim());
        }
        return map.build();
    }

    private static CharFilterFactory plain(String name, UnaryOperator<Reader> filter) {
        return new Plain(name, filter);
    }

    private static CharFilterFactory normalizing(String name, UnaryOperator<Reader> filter) {
        return new Normalizing(name, filter);
    }

    private static class Plain extends AbstractCharFilterFactory {
        private final UnaryOperator<Reader> filter;

        Plain(String name, UnaryOperator<Reader> filter) {
            super(name);
            this.filter = filter;
        }

        @Override
        public Reader create(Reader reader) {
            return filter.apply(reader);
        }
    }

    /** Allowed in a normalizer, because it changes characters one place at a time. */
    private static final class Normalizing extends Plain implements NormalizingCharFilterFactory {
        Normalizing(String name, UnaryOperator<Reader> filter) {
            super(name, filter);
        }
    }
}
