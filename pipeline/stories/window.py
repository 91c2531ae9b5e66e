"""The recent articles' terms, for finding which ones tell the same event. Pure arithmetic in memory of a fixed size.

Terms in (see `pipeline.stories.terms`), similarities out: cosine of TF-IDF vectors, less for articles far apart in
time. Holds at most `capacity` articles; the one that came first leaves first.

What one look-up costs does not grow with what is held: articles are found by the rarest terms, as many as name
`LOOKED_UP` places in all, and only the `MOST` that share the weightiest of those are compared term by term. Articles
that are named are compared directly, which costs a tenth of a look-up.
"""

import heapq
from array import array
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Final, NamedTuple

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
"""Articles that a look-up compares; similarities below `LEAST` count as none."""
LOOKED_UP: Final = 4_096
"""Of 380 articles all that share a term are found by that; of 20,000 those that share a telling one."""
_NONE: Final = 0
"""Number of no term: what a row of fewer terms is filled up with."""

Row = Mapping[str, float]
"""Article id → similarity."""


class _Vector(NamedTuple):
    """An article as it is compared: numbers of its terms, their weights, which are names; time and language."""

    numbers: NDArray[np.int32]
    weights: NDArray[np.float32]
    names: NDArray[np.bool_]
    day: float
    language: int


class TermWindow:
    """Similarities among the last `capacity` articles, by slot: a place that an article keeps while it is here."""

    def __init__(self, capacity: int) -> None:
        self._numbers: dict[int, int] = {}
        self._hashes = array("q", [_NONE])
        self._postings: list[array[int]] = [array("i")]
        self._unused_numbers: list[int] = []
        self._terms = np.zeros((capacity, MAX_TERMS), dtype=np.int32)
        self._weights = np.zeros((capacity, MAX_TERMS), dtype=np.float32)
        self._names = np.zeros((capacity, MAX_TERMS), dtype=np.bool_)
        self._ids: dict[int, str] = {}
        self._slots: dict[str, int] = {}
        self._used = 0
        self._free = list(range(capacity - 1, -1, -1))
        self._days = np.zeros(capacity)
        self._languages = np.full(capacity, -1, dtype=np.int32)
        self._codes: dict[str, int] = {}
        self._wanted = np.zeros(1024, dtype=np.float32)

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
        self._names[slot, : len(numbers)] = [name for _, _, name in vector]
        self._ids[slot] = article_id
        self._slots[article_id] = slot
        self._days[slot] = at.timestamp() / DAY_S
        self._languages[slot] = self._code(language)
        return left

    def remove(self, article_id: str) -> None:
        """Forget an article. Harmless when it is not held."""
        slot = self._slots.pop(article_id, None)
        if slot is None:
            return
        del self._ids[slot]
        for number in self._terms[slot][self._terms[slot] != _NONE].tolist():
            postings = self._postings[number]
            _discard(postings, slot)
            if not postings:
                del self._numbers[self._hashes[number]]
                self._unused_numbers.append(number)
        self._terms[slot], self._weights[slot], self._names[slot] = _NONE, 0.0, False
        self._free.append(slot)

    def look_up(self, terms: Sequence[int], at: datetime, language: str | None) -> dict[str, float]:
        """Return the similarities of an article, held or not, to the nearest of those held; none below `LEAST`."""
        known = [
            (number, weight, name)
            for term, weight, name in read_terms(terms[:MAX_TERMS])
            if (number := self._numbers.get(term)) is not None
        ]
        vector = _Vector(
            np.array([number for number, _, _ in known], dtype=np.int32),
            np.array([weight for _, weight, _ in known], dtype=np.float32),
            np.array([name for _, _, name in known], dtype=np.bool_),
            at.timestamp() / DAY_S,
            self._code(language),
        )
        places = self._find(vector)
        values = self._similarities(vector, places)
        near = values > 0.0
        pairs = zip(places[near].tolist(), values[near].tolist(), strict=True)
        return {self._ids[place]: value for place, value in pairs}

    def means(self, article_id: str, groups: Sequence[Sequence[str]]) -> list[float]:
        """Return the mean similarity of a held article to those of each group, all of them held; 0 to none."""
        slot = self._slots[article_id]
        places = np.fromiter((self._slots[one] for one in chain.from_iterable(groups)), dtype=np.int64)
        sums = np.concatenate(([0.0], np.cumsum(self._similarities(self._vector(slot), places))))
        ends = np.cumsum([len(group) for group in groups])
        return [
            float(sums[end] - sums[end - len(group)]) / len(group) if group else 0.0
            for group, end in zip(groups, ends, strict=True)
        ]

    def _vector(self, slot: int) -> _Vector:
        return _Vector(
            self._terms[slot], self._weights[slot], self._names[slot], self._days[slot], self._languages[slot]
        )

    def _find(self, vector: _Vector) -> NDArray[np.int64]:
        """Return the slots of articles that share the rarest terms, at most `MOST`, those of the greatest weight."""
        lists = [self._postings[number] for number in vector.numbers.tolist()]
        order = sorted(range(len(lists)), key=lambda place: len(lists[place]))
        taken: list[NDArray[np.int32]] = []
        left = LOOKED_UP
        for place in order:
            if len(lists[place]) > left and taken:
                break
            taken.append(np.frombuffer(lists[place], dtype=np.int32)[-LOOKED_UP:])
            left -= len(lists[place])
        if not taken:
            return np.zeros(0, dtype=np.int64)
        squares = vector.weights[order[: len(taken)]].astype(np.float64) ** 2
        sums = np.bincount(np.concatenate(taken), np.repeat(squares, [len(each) for each in taken]), self._used)
        places = np.flatnonzero(sums)
        return places[np.argpartition(sums[places], -MOST)[-MOST:]] if len(places) > MOST else places

    def _similarities(self, vector: _Vector, places: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the similarity to the article of each place, 0 for what is below `LEAST`."""
        terms = self._terms[places]
        values = self._shared(vector.numbers, vector.weights, terms, self._weights[places])
        languages = self._languages[places]
        foreign = (languages != vector.language) & (languages >= 0) & (vector.language >= 0)
        if foreign.any():
            names = vector.names.astype(np.float32)
            shared = self._shared(vector.numbers, names, terms[foreign])
            values[foreign] *= np.where(shared >= CROSS_NAMES, CROSS_LANGUAGE, 0.0)
        gap = np.abs(self._days[places] - vector.day)
        values *= np.maximum(FADED, 1.0 - (1.0 - FADED) * gap / FADING_DAYS)
        values[values < LEAST] = 0.0
        return values

    def _shared(
        self,
        numbers: NDArray[np.int32],
        weights: NDArray[np.float32],
        terms: NDArray[np.int32],
        factors: NDArray[np.float32] | None = None,
    ) -> NDArray[np.float64]:
        """Return, for each row of terms, the sum over those that it shares: weights, times the row's if there are."""
        self._wanted[numbers] = weights
        found = self._wanted[terms]
        self._wanted[numbers] = 0.0
        if factors is not None:
            found *= factors
        sums: NDArray[np.float64] = found.sum(axis=1, dtype=np.float64)
        return sums

    def _number(self, term: int) -> int:
        """Return the number that stands for the term while any article holds it."""
        number = self._numbers.get(term)
        if number is None:
            if self._unused_numbers:
                number = self._unused_numbers.pop()
                self._hashes[number] = term
            else:
                number = len(self._postings)
                self._postings.append(array("i"))
                self._hashes.append(term)
                if number >= len(self._wanted):
                    self._wanted = np.zeros(2 * len(self._wanted), dtype=np.float32)
            self._numbers[term] = number
        return number

    def _code(self, language: str | None) -> int:
        return -1 if language is None else self._codes.setdefault(language.partition("-")[0], len(self._codes))


def _discard(postings: "array[int]", slot: int) -> None:
    """Take a slot out: mostly the first, since what came first leaves first."""
    place = 0 if postings[0] == slot else int(np.flatnonzero(np.frombuffer(postings, dtype=np.int32) == slot)[0])
    del postings[place]


def nearest(row: Row, count: int, least: float) -> list[tuple[str, float]]:
    """Return the articles with the highest similarities of a row, none below `least`."""
    found = [(-value, one) for one, value in row.items() if value >= least]
    return [(one, -value) for value, one in heapq.nsmallest(count, found)]


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
