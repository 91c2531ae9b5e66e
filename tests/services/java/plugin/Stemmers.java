package plugin;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.ar.ArabicStemFilter;
import org.apache.lucene.analysis.bg.BulgarianStemFilter;
import org.apache.lucene.analysis.br.BrazilianStemFilter;
import org.apache.lucene.analysis.cz.CzechStemFilter;
import org.apache.lucene.analysis.de.GermanLightStemFilter;
import org.apache.lucene.analysis.de.GermanMinimalStemFilter;
import org.apache.lucene.analysis.el.GreekStemFilter;
import org.apache.lucene.analysis.en.EnglishMinimalStemFilter;
import org.apache.lucene.analysis.en.EnglishPossessiveFilter;
import org.apache.lucene.analysis.en.KStemFilter;
import org.apache.lucene.analysis.en.PorterStemFilter;
import org.apache.lucene.analysis.es.SpanishLightStemFilter;
import org.apache.lucene.analysis.fi.FinnishLightStemFilter;
import org.apache.lucene.analysis.fr.FrenchLightStemFilter;
import org.apache.lucene.analysis.fr.FrenchMinimalStemFilter;
import org.apache.lucene.analysis.hi.HindiStemFilter;
import org.apache.lucene.analysis.hu.HungarianLightStemFilter;
import org.apache.lucene.analysis.id.IndonesianStemFilter;
import org.apache.lucene.analysis.it.ItalianLightStemFilter;
import org.apache.lucene.analysis.lv.LatvianStemFilter;
import org.apache.lucene.analysis.no.NorwegianLightStemFilter;
import org.apache.lucene.analysis.pt.PortugueseLightStemFilter;
import org.apache.lucene.analysis.pt.PortugueseMinimalStemFilter;
import org.apache.lucene.analysis.ru.RussianLightStemFilter;
import org.apache.lucene.analysis.snowball.SnowballFilter;
import org.apache.lucene.analysis.sv.SwedishLightStemFilter;

/** Values of the {@code language} setting of the {@code stemmer} and {@code snowball} filters, as documented for the server. */
final class Stemmers {
    /** Languages whose plain name means the Snowball stemmer. */
    private static final String[] SNOWBALL = {
        "armenian", "basque", "catalan", "danish", "dutch", "estonian", "finnish", "french", "german", "hungarian",
        "irish", "italian", "lithuanian", "norwegian", "portuguese", "romanian", "russian", "serbian", "spanish",
        "swedish", "turkish", "yiddish",
    };

    private static final Map<String, UnaryOperator<TokenStream>> BY_LANGUAGE = table();

    private Stemmers() {}

    static UnaryOperator<TokenStream> stemmer(String language) {
        UnaryOperator<TokenStream> stemmer = BY_LANGUAGE.get(language.toLowerCase(Locale.ROOT));
        if (stemmer == null) {
            throw new IllegalArgumentException("unknown stemmer language [" + language + "]");
        }
        return stemmer;
    }

    /** Snowball names start with a capital letter; anything else is the server's error as well. */
    static UnaryOperator<TokenStream> snowball(String language) {
        String name = language.equals("German2") ? "German" : language;
        return stream -> new SnowballFilter(stream, name);
    }

    private static Map<String, UnaryOperator<TokenStream>> table() {
        Map<String, UnaryOperator<TokenStream>> table = new HashMap<>();
        for (String language : SNOWBALL) {
            String name = Character.toUpperCase(language.charAt(0)) + language.substring(1);
            table.put(language, stream -> new SnowballFilter(stream, name));
        }
        table.put("english", PorterStemFilter::new);
        table.put("porter", PorterStemFilter::new);
        table.put("porter2", stream -> new SnowballFilter(stream, "English"));
        table.put("light_english", KStemFilter::new);
        table.put("minimal_english", EnglishMinimalStemFilter::new);
        table.put("possessive_english", EnglishPossessiveFilter::new);
        table.put("light_german", GermanLightStemFilter::new);
        table.put("minimal_german", GermanMinimalStemFilter::new);
        table.put("light_french", FrenchLightStemFilter::new);
        table.put("minimal_french", FrenchMinimalStemFilter::new);
        table.put("light_spanish", SpanishLightStemFilter::new);
        table.put("light_italian", ItalianLightStemFilter::new);
        table.put("light_portuguese", PortugueseLightStemFilter::new);
        table.put("minimal_portuguese", PortugueseMinimalStemFilter::new);
        table.put("light_russian", RussianLightStemFilter::new);
        table.put("light_swedish", SwedishLightStemFilter::new);
        table.put("light_finnish", FinnishLightStemFilter::new);
        table.put("light_norwegian", NorwegianLightStemFilter::new);
        table.put("light_hungarian", HungarianLightStemFilter::new);
        table.put("arabic", ArabicStemFilter::new);
        table.put("brazilian", BrazilianStemFilter::new);
        table.put("bulgarian", BulgarianStemFilter::new);
        table.put("czech", CzechStemFilter::new);
        table.put("greek", GreekStemFilter::new);
        table.put("hindi", HindiStemFilter::new);
        table.put("indonesian", IndonesianStemFilter::new);
        table.put("latvian", LatvianStemFilter::new);
        return table;
    }
}
