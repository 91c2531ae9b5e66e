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
    letters = set(folded)
    for field in FIELDS:
        for term, count in searcher.terms_with_prefix(text_name(field, NEUTRAL), folded[0], limit=MAX_READ):
            # Each edit changes at most two of the letters that two words do not share; most words end here.
            if abs(len(term) - len(folded)) > MAX_EDITS or len(letters ^ set(term)) > 2 * MAX_EDITS:
                continue
            if count_edits(folded, term) <= MAX_EDITS:
                counts[term] = max(counts.get(term, 0), count)
    found = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    return [WordCount(term, count) for term, count in found if term != folded][:limit]
