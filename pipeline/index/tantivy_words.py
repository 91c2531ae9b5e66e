"""Words of the embedded index that are like a word that was typed: its dictionary, read by first letter."""

from collections.abc import Sequence
from typing import Final

from tantivy import Searcher

from pipeline.index.tantivy_analysis import Analyzers
from pipeline.index.tantivy_schema import text_name
from pipeline.search.suggest import MAX_EDITS, count_edits
from schemas.fields import NEUTRAL
from schemas.query import WordCount

FIELDS: Final = ("title", "body")
MAX_READ: Final = 50_000
"""Words of one first letter that are read, the most frequent ones: what is meant is seldom rare."""


def find_similar_words(searcher: Searcher, analyzers: Analyzers, word: str, limit: int) -> Sequence[WordCount]:
    """Return up to `limit` words within `MAX_EDITS` of `word` that begin with its letter, most frequent first."""
    folded = "".join(analyzers.neutral.analyze(word))
    if not folded:
        return []
    counts: dict[str, int] = {}
    for field in FIELDS:
        for term, count in searcher.terms_with_prefix(text_name(field, NEUTRAL), folded[0], limit=MAX_READ):
            if abs(len(term) - len(folded)) <= MAX_EDITS:
                counts[term] = max(counts.get(term, 0), count)
    letters = set(folded)
    found = [
        WordCount(term, count)
        for term, count in counts.items()
        # An edit takes away one letter at the most; most words end here.
        if len(letters.difference(term)) <= MAX_EDITS and 0 < count_edits(folded, term) <= MAX_EDITS
    ]
    return sorted(found, key=lambda each: (-each.count, each.word))[:limit]
