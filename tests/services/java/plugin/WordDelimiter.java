package plugin;

import java.util.function.UnaryOperator;
import org.apache.lucene.analysis.CharArraySet;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.miscellaneous.WordDelimiterGraphFilter;
import org.apache.lucene.analysis.miscellaneous.WordDelimiterIterator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.index.analysis.Analysis;

/** Settings of {@code word_delimiter_graph}: one boolean each, and the words that must not be split. */
final class WordDelimiter {
    private record Option(String setting, int flag, boolean byDefault) {}

    private static final Option[] OPTIONS = {
        new Option("generate_word_parts", WordDelimiterGraphFilter.GENERATE_WORD_PARTS, true),
        new Option("generate_number_parts", WordDelimiterGraphFilter.GENERATE_NUMBER_PARTS, true),
        new Option("catenate_words", WordDelimiterGraphFilter.CATENATE_WORDS, false),
        new Option("catenate_numbers", WordDelimiterGraphFilter.CATENATE_NUMBERS, false),
        new Option("catenate_all", WordDelimiterGraphFilter.CATENATE_ALL, false),
        new Option("split_on_case_change", WordDelimiterGraphFilter.SPLIT_ON_CASE_CHANGE, true),
        new Option("split_on_numerics", WordDelimiterGraphFilter.SPLIT_ON_NUMERICS, true),
        new Option("preserve_original", WordDelimiterGraphFilter.PRESERVE_ORIGINAL, false),
        new Option("stem_english_possessive", WordDelimiterGraphFilter.STEM_ENGLISH_POSSESSIVE, true),
        new Option("ignore_keywords", WordDelimiterGraphFilter.IGNORE_KEYWORDS, false),
    };

    private WordDelimiter() {}

    /** The environment is needed for a file of protected words only. */
    static UnaryOperator<TokenStream> from(Environment environment, Settings settings) {
        int flags = 0;
        for (Option option : OPTIONS) {
            if (settings.getAsBoolean(option.setting(), option.byDefault())) {
                flags |= option.flag();
            }
        }
        int chosen = flags;
        boolean adjustOffsets = settings.getAsBoolean("adjust_offsets", true);
        CharArraySet whole = Analysis.getWordSet(environment, settings, "protected_words");
        return stream -> new WordDelimiterGraphFilter(
                stream, adjustOffsets, WordDelimiterIterator.DEFAULT_WORD_DELIM_TABLE, chosen, whole);
    }
}
