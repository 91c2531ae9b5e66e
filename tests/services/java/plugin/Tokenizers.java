package plugin;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.lucene.analysis.Tokenizer;
import org.apache.lucene.analysis.core.KeywordTokenizer;
import org.apache.lucene.analysis.core.LetterTokenizer;
import org.apache.lucene.analysis.core.WhitespaceTokenizer;
import org.apache.lucene.analysis.email.UAX29URLEmailTokenizer;
import org.apache.lucene.analysis.ngram.EdgeNGramTokenizer;
import org.apache.lucene.analysis.ngram.NGramTokenizer;
import org.apache.lucene.analysis.path.PathHierarchyTokenizer;
import org.elasticsearch.index.analysis.AbstractTokenizerFactory;
import org.elasticsearch.index.analysis.TokenizerFactory;
import org.elasticsearch.indices.analysis.AnalysisModule.AnalysisProvider;

/** Tokenizers beside {@code standard}, which the server core has. */
final class Tokenizers {
    private Tokenizers() {}

    static Map<String, AnalysisProvider<TokenizerFactory>> all() {
        Map<String, AnalysisProvider<TokenizerFactory>> all = new HashMap<>();
        all.put("keyword", (index, environment, name, settings) -> factory(name, KeywordTokenizer::new));
        all.put("whitespace", (index, environment, name, settings) -> factory(name, WhitespaceTokenizer::new));
        all.put("letter", (index, environment, name, settings) -> factory(name, LetterTokenizer::new));
        all.put("uax_url_email", (index, environment, name, settings) -> factory(name, UAX29URLEmailTokenizer::new));
        all.put("path_hierarchy", (index, environment, name, settings) -> factory(name, PathHierarchyTokenizer::new));
        all.put("edge_ngram", (index, environment, name, settings) -> {
            int shortest = settings.getAsInt("min_gram", 1);
            int longest = settings.getAsInt("max_gram", 2);
            return factory(name, () -> new EdgeNGramTokenizer(shortest, longest));
        });
        all.put("ngram", (index, environment, name, settings) -> {
            int shortest = settings.getAsInt("min_gram", 1);
            int longest = settings.getAsInt("max_gram", 2);
            return factory(name, () -> new NGramTokenizer(shortest, longest));
        });
        return all;
    }

    private static TokenizerFactory factory(String name, Supplier<Tokenizer> tokenizer) {
        return new AbstractTokenizerFactory(name) {
            @Override
            public Tokenizer create() {
                return tokenizer.get();
            }
        };
    }
}
