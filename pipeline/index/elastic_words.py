"""Words of Elasticsearch's index that are like a word that was typed: its term suggester. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pipeline.search.suggest import MAX_EDITS, MIN_WORD_CHARS
from schemas.query import WordCount

Json = dict[str, Any]
FIELDS: Final = ("title", "body")


def build_similar_words(word: str, limit: int) -> Json:
    """Return the request for words at most two edits away that begin with the same letter."""
    return {
        "size": 0,
        "track_total_hits": False,
        "suggest": {name: {"text": word, "term": _term(name, limit)} for name in FIELDS},
    }


def _term(field: str, limit: int) -> Json:
    return {
        "field": field,
        "size": limit,
        "sort": "frequency",
        "suggest_mode": "always",
        "max_edits": MAX_EDITS,
        "prefix_length": 1,
        "min_word_length": MIN_WORD_CHARS,
        "string_distance": "damerau_levenshtein",
        "max_inspections": 20,
        "max_term_freq": 1.0,
        "accuracy": 0.3,
    }


def read_similar_words(answer: Mapping[str, Any], limit: int) -> Sequence[WordCount]:
    """Return the words, the most frequent first."""
    counts: dict[str, int] = {}
    for entries in answer["suggest"].values():
        for option in (option for entry in entries[:1] for option in entry["options"]):
            counts[option["text"]] = max(counts.get(option["text"], 0), option["freq"])
    found = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    return [WordCount(word, count) for word, count in found[:limit]]
