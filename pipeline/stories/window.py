"""The recent articles' terms, for finding which ones tell the same event. Pure arithmetic in memory of a fixed size.

Terms in (see `pipeline.stories.terms`), similarities out: cosine of TF-IDF vectors, less for articles far apart in
time. Holds at most `capacity` articles; the one that came first leaves first.

What one look-up costs does not grow with what is held: articles are found by the rarest terms, as many as name
`LOOKED_UP` places in all, and only the `MOST` that share the weightiest of those are compared term by term.
"""

from array import array
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipeline.stories.terms import MAX_TERMS, NAME_BIT, WEIGHT_MASK

DAY_S: Final = 86_400.0
FADING_DAYS: Final = 30.0
FADED: Final = 0.6
"""What similarity is worth after `FADING_DAYS`: publishers date articles wrongly, so it never fades to nothing."""
CROSS_LANGUAGE: Final = 2.0
"""Two languages share only names and figures: about half of what tells one event (measured on the shipped articles)."""
CROSS_NAMES: Final = 3
"""Names that articles of two languages must share."""

LEAST: Final = 0.02
MOST: Final = 128
"""Similarities that are looked at: what is below counts as none, what is beyond has nearer ones."""
REMEMBERED: Final = 2_048
"""Articles whose similarities are remembered, and kept up as others come: some 40 MiB."""
LOOKED_UP: Final = 4_096
"""Of 380 articles all that share a term are found by that; of 20,000 those that share a telling one."""
_NONE: Final = 0
"""Number of no term: what a row of fewer terms is filled up with."""

Row = Mapping[str, float]
"""Article id → similarity."""


class TermWindow:
    """Similarities among the last `capacity` articles, by slot: a place that an article keeps while it is here."""

    def __init__(self, capacity: int) -> None:
        self._numbers: dict[int, int] = {}
        self._postings: list[array[int]] = [array("q")]
        self._unused_numbers: list[int] = []
        self._terms = np.zeros((capacity, MAX_TERMS), dtype=np.int32)
        self._weights = np.zeros((capacity, MAX_TERMS), dtype=np.float32)
        self._held: dict[int, tuple[str, tuple[tuple[int, float, bool], ...]]] = {}
        self._slots: dict[str, int] = {}
        self._used = 0
        self._free = list(range(capacity - 1, -1, -1))
        self._days = np.zeros(capacity)
        self._languages = np.full(capacity, -1, dtype=np.int32)
        self._codes: dict[str, int] = {}
        self._wanted = np.zeros(1024, dtype=np.float32)
        self._rows: dict[str, dict[str, float]] = {}

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
        vector = read_terms(terms[:MAX_TERMS])
        numbers = [self._number(term) for term, _, _ in vector]
        for number in numbers:
            self._postings[number].append(slot)
        self._terms[slot, : len(numbers)] = numbers
        self._weights[slot, : len(numbers)] = [weight for _, weight, _ in vector]
        self._held[slot] = (article_id, vector)
        self._slots[article_id] = slot
        self._days[slot] = at.timestamp() / DAY_S
        self._languages[slot] = self._code(language)
        if self._rows:  # similarity is the same from both sides, so one look-up serves all that are remembered
            for other, value in self._remember(article_id, self._look_up(article_id)).items():
                row = self._rows.get(other)
                if row is not None:
                    row[article_id] = value
        return left

    def remove(self, article_id: str) -> None:
        """Forget an article. Harmless when it is not held."""
        slot = self._slots.pop(article_id, None)
        if slot is None:
            return
        for term, _, _ in self._held.pop(slot)[1]:
            number = self._numbers[term]
            self._postings[number].remove(slot)
            if not self._postings[number]:
                del self._numbers[term]
                self._unused_numbers.append(number)
        self._terms[slot], self._weights[slot] = _NONE, 0.0
        self._free.append(slot)
        self._rows.pop(article_id, None)
        for row in self._rows.values():
            row.pop(article_id, None)

    def similarities(self, article_id: str) -> Row:
        """Return the similarities of a held article to the nearest others, at least `MOST`, none below `LEAST`."""
        row = self._rows.pop(article_id, None)
        return self._remember(article_id, self._look_up(article_id) if row is None else row)

    def _remember(self, article_id: str, row: dict[str, float]) -> Row:
        """Put the row behind all others, cut to what is nearest where it has grown, and forget the first for it."""
        if len(row) > 2 * MOST:
            row = dict(nearest(row, MOST, LEAST))
        self._rows[article_id] = row
        if len(self._rows) > REMEMBERED:
            del self._rows[next(iter(self._rows))]
        return row

    def _look_up(self, article_id: str) -> dict[str, float]:
        slot = self._slots[article_id]
        vector = self._held[slot][1]
        places = self._find(slot, vector)
        if not len(places):
            return {}
        values = self._compare(places, [(term, weight) for term, weight, _ in vector])
        language = self._languages[slot]
        foreign = (self._languages[places] != language) & (self._languages[places] >= 0) & (language >= 0)
        if foreign.any():
            shared = self._compare(places[foreign], [(term, 1.0) for term, _, name in vector if name], counting=True)
            values[foreign] *= np.where(shared >= CROSS_NAMES, CROSS_LANGUAGE, 0.0)
        gap = np.abs(self._days[places] - self._days[slot])
        values *= np.maximum(FADED, 1.0 - (1.0 - FADED) * gap / FADING_DAYS)
        near = values >= LEAST
        pairs = zip(places[near].tolist(), values[near].tolist(), strict=True)
        return {self._held[place][0]: value for place, value in pairs}

    def _find(self, slot: int, vector: Sequence[tuple[int, float, bool]]) -> NDArray[np.int64]:
        """Return the slots of articles that share the rarest terms, at most `MOST`, those of the greatest weight."""
        lists = sorted(((self._postings[self._numbers[term]], weight) for term, weight, _ in vector), key=_length)
        taken: list[NDArray[np.int64]] = []
        weights: list[float] = []
        left = LOOKED_UP
        for slots, weight in lists:
            if len(slots) > left and taken:
                break
            taken.append(np.frombuffer(slots, dtype=np.int64)[-LOOKED_UP:])
            weights.append(weight * weight)
            left -= len(slots)
        if not taken:
            return np.zeros(0, dtype=np.int64)
        sums = np.bincount(np.concatenate(taken), np.repeat(weights, [len(each) for each in taken]), self._used)
        sums[slot] = 0.0
        places = np.flatnonzero(sums)
        return places[np.argpartition(sums[places], -MOST)[-MOST:]] if len(places) > MOST else places

    def _compare(
        self, places: NDArray[np.int64], vector: Sequence[tuple[int, float]], *, counting: bool = False
    ) -> NDArray[np.float64]:
        """Return, for each place, the sum over the terms that it shares: products of weights, or their number."""
        numbers = [self._numbers[term] for term, _ in vector]
        self._wanted[numbers] = [weight for _, weight in vector]
        found = self._wanted[self._terms[places]]
        self._wanted[numbers] = 0.0
        if not counting:
            found *= self._weights[places]
        sums: NDArray[np.float64] = found.sum(axis=1, dtype=np.float64)
        return sums

    def _number(self, term: int) -> int:
        """Return the number that stands for the term while any article holds it."""
        number = self._numbers.get(term)
        if number is None:
            if self._unused_numbers:
                number = self._unused_numbers.pop()
            else:
                number = len(self._postings)
                self._postings.append(array("q"))
                if number >= len(self._wanted):
                    self._wanted = np.zeros(2 * len(self._wanted), dtype=np.float32)
            self._numbers[term] = number
        return number

    def _code(self, language: str | None) -> int:
        return -1 if language is None else self._codes.setdefault(language.partition("-")[0], len(self._codes))


def nearest(row: Row, count: int, least: float) -> list[tuple[str, float]]:
    """Return the articles with the highest similarities of a row, none below `least`."""
    found = sorted((-value, one) for one, value in row.items() if value >= least)
    return [(one, -value) for value, one in found[:count]]


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


def _length(postings: tuple[Sequence[int], float]) -> int:
    return len(postings[0])
