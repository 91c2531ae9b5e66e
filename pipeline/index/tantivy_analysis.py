"""Analyzers of the embedded index: text → indexed terms, per language. Shared by indexing, queries and highlights."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from tantivy import Filter, Index, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

from schemas.fields import NEUTRAL, TEXT_LANGUAGES, UNSTEMMED

MAX_TOKEN_CHARS: Final = 100
"""Longer tokens are addresses and encoded data that nobody types."""
MAX_KEPT_WORDS: Final = 10_000
"""Of each language; some 2 MB."""
FOLDED: Final = "folded"


@dataclass(frozen=True, slots=True)
class Analyzers:
    """One analyzer per sub-field of a text, and one that keeps a value whole but folded."""

    by_code: Mapping[str, TextAnalyzer]
    folding: TextAnalyzer
    kept: defaultdict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    """By code: words of pages shown, with their indexed forms. Threads may share it; each takes what it finds."""

    @classmethod
    def build(cls) -> "Analyzers":
        """Return the analyzers: letters and digits as tokens, lower case, stemmed, without accents."""
        neutral = TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.remove_long(MAX_TOKEN_CHARS))
        folded = neutral.filter(Filter.lowercase()).filter(Filter.ascii_fold()).build()
        by_code = {NEUTRAL: folded, UNSTEMMED: folded}
        for code, name in TEXT_LANGUAGES.items():
            builder = TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.remove_long(MAX_TOKEN_CHARS))
            stemmed = builder.filter(Filter.lowercase()).filter(Filter.stemmer(name.lower()))
            by_code[code] = stemmed.filter(Filter.ascii_fold()).build()
        raw = TextAnalyzerBuilder(Tokenizer.raw())
        return cls(by_code, raw.filter(Filter.lowercase()).filter(Filter.ascii_fold()).build())

    @property
    def neutral(self) -> TextAnalyzer:
        """The analyzer that does not stem."""
        return self.by_code[NEUTRAL]

    def analyze_words(self, code: str, words: Sequence[str]) -> list[str]:
        """Return the indexed form of each word; the word itself where the engine sees none or several."""
        kept = self.kept[code]
        try:
            return [kept[word] for word in words]
        except KeyError:
            forms = [kept.get(word) for word in words]
        missing = [word for word, form in zip(words, forms, strict=True) if form is None]
        found = dict(zip(missing, self._analyze_each(code, missing), strict=True))
        if len(kept) > MAX_KEPT_WORDS:
            kept.clear()
        kept |= found
        return [found[word] if form is None else form for word, form in zip(words, forms, strict=True)]

    def _analyze_each(self, code: str, words: Sequence[str]) -> list[str]:
        analyzer = self.by_code[code]
        plain = [word for word in words if word.isascii() and word.isalnum() and len(word) < MAX_TOKEN_CHARS]
        # Each of them is one token, so that they can be handed over together; of others none can be sure.
        forms = dict(zip(plain, analyzer.analyze(" ".join(plain)), strict=True))
        for word in words:
            if word not in forms:
                alone = analyzer.analyze(word)
                forms[word] = alone[0] if len(alone) == 1 else word
        return [forms[word] for word in words]

    def fold(self, value: str) -> str:
        """Return the whole value without case and accents."""
        return "".join(self.folding.analyze(value))


def register_analyzers(index: Index, analyzers: Analyzers) -> None:
    """Make the analyzers known to an opened index; needed at every open, they are not stored."""
    for code, analyzer in analyzers.by_code.items():
        index.register_tokenizer(analyzer_name(code), analyzer)
    index.register_tokenizer(FOLDED, analyzers.folding)


def analyzer_name(code: str) -> str:
    """Return the name under which a language's analyzer is registered."""
    return f"news_{code}"
