"""The recent articles' terms, for finding which ones tell the same event. Pure arithmetic in memory of a fixed size.

Terms in (see `pipeline.stories.terms`), similarities out: cosine of TF-IDF vectors, less for articles far apart in
time. Holds at most `capacity` articles; the one that came first leaves first.
"""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipeline.stories.terms import NAME_BIT, WEIGHT_MASK

DAY_S: Final = 86_400.0
FADING_DAYS: Final = 30.0
FADED: Final = 0.6
"""What similarity is worth after `FADING_DAYS`: publishers date articles wrongly, so it never fades to nothing."""
CROSS_LANGUAGE: Final = 2.0
"""Two languages share only names and figures: about half of what tells one event (measured on the shipped articles)."""
CROSS_NAMES: Final = 3
"""Names that articles of two languages must share."""

Row = NDArray[np.float64]


class TermWindow:
    """Similarities among the last `capacity` articles, by slot: a place that an article keeps while it is here."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._postings: dict[int, tuple[array[int], array[float]]] = {}
        self._held: dict[int, tuple[str, tuple[tuple[int, float, bool], ...]]] = {}
        self._slots: dict[str, int] = {}
        self._free = list(range(capacity - 1, -1, -1))
        self._days = np.zeros(capacity)
        self._languages = np.full(capacity, -1, dtype=np.int32)
        self._codes: dict[str, int] = {}

    def __contains__(self, article_id: object) -> bool:
        return article_id in self._slots

    def add(self, article_id: str, terms: Sequence[int], at: datetime, language: str | None) -> str | None:
        """Hold an article; return the one that left for it, if any. One that is held already is replaced."""
        self.remove(article_id)
        left = None
        if not self._free:
            left = next(iter(self._slots))
            self.remove(left)
        slot = self._free.pop()
        vector = read_terms(terms)
        for term, weight, _ in vector:
            slots, weights = self._postings.setdefault(term, (array("I"), array("f")))
            slots.append(slot)
            weights.append(weight)
        self._held[slot] = (article_id, vector)
        self._slots[article_id] = slot
        self._days[slot] = at.timestamp() / DAY_S
        self._languages[slot] = self._code(language)
        return left

    def remove(self, article_id: str) -> None:
        """Forget an article. Harmless when it is not held."""
        slot = self._slots.pop(article_id, None)
        if slot is None:
            return
        for term, _, _ in self._held.pop(slot)[1]:
            slots, weights = self._postings[term]
            place = slots.index(slot)
            del slots[place], weights[place]
            if not slots:
                del self._postings[term]
        self._free.append(slot)

    def similarities(self, article_id: str) -> Row:
        """Return the similarity of a held article to the one in each slot, 0 to about 1; 0 to itself."""
        slot = self._slots[article_id]
        vector = self._held[slot][1]
        row = self._sum(vector, names_only=False)
        language = self._languages[slot]
        foreign = (self._languages != language) & (self._languages >= 0)
        if language >= 0 and foreign[row > 0].any():
            shared = self._sum([(term, 1.0, name) for term, _, name in vector if name], names_only=True)
            row[foreign] *= np.where(shared[foreign] >= CROSS_NAMES, CROSS_LANGUAGE, 0.0)
        gap = np.abs(self._days - self._days[slot])
        row *= np.maximum(FADED, 1.0 - (1.0 - FADED) * gap / FADING_DAYS)
        row[slot] = 0.0
        return row

    def nearest(self, row: Row, count: int, least: float) -> list[tuple[str, float]]:
        """Return the articles with the highest similarities of a row, none below `least`."""
        count = min(count, len(row) - 1)
        best = np.argpartition(row, -count)[-count:]
        found = [(self._held[slot][0], float(row[slot])) for slot in best.tolist() if row[slot] >= least]
        return sorted(found, key=lambda each: (-each[1], each[0]))

    def mean(self, row: Row, article_ids: Iterable[str]) -> float:
        """Return the mean similarity of a row to those of the articles that are held, 0 for none."""
        slots = [self._slots[one] for one in article_ids if one in self._slots]
        return float(row[slots].mean()) if slots else 0.0

    def _sum(self, vector: Iterable[tuple[int, float, bool]], *, names_only: bool) -> Row:
        slots, products = [], []
        for term, weight, _ in vector:
            held = self._postings.get(term)
            if held is not None:
                slots.append(np.array(held[0], dtype=np.int64))
                products.append(np.ones(len(held[0])) if names_only else np.array(held[1]) * weight)
        if not slots:
            return np.zeros(self._capacity)
        row: Row = np.bincount(np.concatenate(slots), np.concatenate(products), self._capacity).astype(np.float64)
        return row

    def _code(self, language: str | None) -> int:
        return -1 if language is None else self._codes.setdefault(language.partition("-")[0], len(self._codes))


def read_terms(terms: Sequence[int]) -> tuple[tuple[int, float, bool], ...]:
    """Return term, weight and whether it is (part of) a name; the weights' squares sum up to 1."""
    merged: dict[int, tuple[float, bool]] = {}
    for packed in terms:
        merged.setdefault(packed >> 8, (float(packed & WEIGHT_MASK), bool(packed & NAME_BIT)))
    norm = sum(weight * weight for weight, _ in merged.values()) ** 0.5
    return tuple((term, weight / norm, name) for term, (weight, name) in merged.items()) if norm else ()


def shared_terms(first: Sequence[int], second: Sequence[int]) -> Mapping[int, float]:
    """Return what each shared term adds to the similarity of two articles."""
    weights = {term: weight for term, weight, _ in read_terms(second)}
    return {term: weight * weights[term] for term, weight, _ in read_terms(first) if term in weights}
