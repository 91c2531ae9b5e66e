"""The recent articles' terms, for finding which ones tell the same event. Pure arithmetic in memory of a fixed size.

Terms in (see `pipeline.stories.terms`), similarities out: cosine of TF-IDF vectors, less for articles far apart in
time. Holds at most `capacity` articles; the one that came first leaves first.
"""

import heapq
from array import array
from collections.abc import Mapping, Sequence
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

LEAST: Final = 0.02
MOST: Final = 256
"""Similarities that are looked at: what is below counts as none, what is beyond has nearer ones."""

Row = Mapping[str, float]
"""Article id → similarity."""


class TermWindow:
    """Similarities among the last `capacity` articles, by slot: a place that an article keeps while it is here."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._postings: dict[int, tuple[array[int], array[float]]] = {}
        self._held: dict[int, tuple[str, tuple[tuple[int, float, bool], ...]]] = {}
        self._slots: dict[str, int] = {}
        self._used = 0
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
        self._used = max(self._used, slot + 1)
        vector = read_terms(terms)
        for term, weight, _ in vector:
            slots, weights = self._postings.setdefault(term, (array("q"), array("d")))
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
        """Return the similarities of a held article to the `MOST` nearest others, none below about `LEAST`."""
        slot = self._slots[article_id]
        vector = self._held[slot][1]
        sums = self._sum([(term, weight) for term, weight, _ in vector])
        sums[slot] = 0.0
        places = np.flatnonzero(sums >= LEAST)
        if len(places) > MOST:
            places = places[np.argpartition(sums[places], -MOST)[-MOST:]]
        values = sums[places]
        language = self._languages[slot]
        foreign = (self._languages[places] != language) & (self._languages[places] >= 0) & (language >= 0)
        if foreign.any():
            shared = self._sum([(term, 1.0) for term, _, name in vector if name], counting=True)[places]
            values[foreign] *= np.where(shared[foreign] >= CROSS_NAMES, CROSS_LANGUAGE, 0.0)
        gap = np.abs(self._days[places] - self._days[slot])
        values *= np.maximum(FADED, 1.0 - (1.0 - FADED) * gap / FADING_DAYS)
        return {self._held[place][0]: value for place, value in zip(places.tolist(), values.tolist(), strict=True)}

    def _sum(self, vector: Sequence[tuple[int, float]], *, counting: bool = False) -> NDArray[np.float64]:
        """Add up over the terms, for each slot: products of weights, or the number of terms in common."""
        held = [(found, weight) for term, weight in vector if (found := self._postings.get(term)) is not None]
        if not held:
            return np.zeros(self._used)
        slots = np.concatenate([np.frombuffer(found[0], dtype=np.int64) for found, _ in held])
        if counting:
            products = np.ones(len(slots))
        else:
            products = np.concatenate([np.frombuffer(found[1], dtype=np.float64) for found, _ in held])
            products *= np.repeat([weight for _, weight in held], [len(found[0]) for found, _ in held])
        row: NDArray[np.float64] = np.bincount(slots, products, self._used).astype(np.float64, copy=False)
        return row

    def _code(self, language: str | None) -> int:
        return -1 if language is None else self._codes.setdefault(language.partition("-")[0], len(self._codes))


def nearest(row: Row, count: int, least: float) -> list[tuple[str, float]]:
    """Return the articles with the highest similarities of a row, none below `least`."""
    found = ((one, value) for one, value in row.items() if value >= least)
    return heapq.nsmallest(count, found, key=lambda each: (-each[1], each[0]))


def mean(row: Row, article_ids: Sequence[str]) -> float:
    """Return the mean similarity of a row to those of the articles, 0 for none."""
    return sum(row.get(one, 0.0) for one in article_ids) / len(article_ids) if article_ids else 0.0


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
