"""A recogniser that asks the paragraph cache first: only unknown paragraphs reach the model, each once."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from pipeline.enrich.cache import ParagraphCache, paragraph_key
from pipeline.enrich.recognizer import Mentions, Recognizer

CACHE_HITS_COUNT: Final = "cache-hits"
CACHE_MISSES_COUNT: Final = "cache-misses"


class CachedRecognizer:
    """`recognizer` behind `cache`; answers are the same with and without the cache."""

    def __init__(self, recognizer: Recognizer, cache: ParagraphCache) -> None:
        self._recognizer = recognizer
        self._cache = cache
        self._counts: Counter[str] = Counter()

    def recognize(self, paragraphs: Sequence[str], language: str | None) -> list[Mentions]:
        """Return the mentions of each paragraph, in the order given."""
        model_id = self._recognizer.model_id(language)
        keys = [paragraph_key(model_id, language, paragraph) for paragraph in paragraphs]
        by_key = dict(zip(keys, paragraphs, strict=True))
        known = self._cache.find(list(by_key))
        unknown = [key for key in by_key if key not in known]
        if unknown:
            recognised = self._recognizer.recognize([by_key[key] for key in unknown], language)
            fresh = dict(zip(unknown, recognised, strict=True))
            self._cache.add(fresh)
            known |= fresh
        self._counts[CACHE_MISSES_COUNT] += len(unknown)
        self._counts[CACHE_HITS_COUNT] += len(keys) - len(unknown)
        return [known[key] for key in keys]

    def take_counts(self) -> Counter[str]:
        """Return how many paragraphs were known, and how many had to be read, since the last call."""
        taken, self._counts = self._counts, Counter()
        return taken

    def model_id(self, language: str | None) -> str:
        """Return the id of the recogniser behind the cache."""
        return self._recognizer.model_id(language)
