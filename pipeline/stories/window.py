"""The recent articles' terms, for finding which ones tell the same event. In memory of a fixed size, pure.

Terms in (see `pipeline.stories.terms`), similarities out (see `pipeline.stories.likeness`). Holds at most `capacity`
articles; the one that came first leaves first.

What one look-up costs does not grow with what is held: articles are found by the rarest terms, as many as name
`LOOKED_UP` places in all, and only the `MOST` that share the weightiest of those are compared term by term. Articles
that are named are compared directly, which costs a tenth of a look-up.
"""

from array import array
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipeline.stories.likeness import LEAST, NO_LANGUAGE, NO_TERM, Vectors, compare_vectors, make_vectors, read_terms
from pipeline.stories.terms import MAX_TERMS

DAY_S: Final = 86_400.0
NEAREST: Final = 16
"""Articles that a look-up returns."""
FLOOR: Final = 0.05
"""Similarity below which an article is not returned."""
MOST: Final = 96
"""Articles that a look-up compares."""
LOOKED_UP: Final = 4_096
"""Of 380 articles all that share a term are found by that; of 20,000 those that share a telling one."""

Row = Sequence[tuple[str, float]]
"""Article ids with their similarity, the most similar first."""


class TermWindow:
    """Similarities among the last `capacity` articles, by slot: a place that an article keeps while it is here."""

    def __init__(self, capacity: int) -> None:
        self._numbers: dict[int, int] = {}
        self._hashes = array("q", [NO_TERM])
        self._postings: list[array[int]] = [array("i")]
        self._unused_numbers: list[int] = []
        self._columns = np.zeros(1024, dtype=np.int32)
        self._vectors = make_vectors(capacity, MAX_TERMS)
        self._ids: dict[int, str] = {}
        self._slots: dict[str, int] = {}
        self._used = 0
        self._free = list(range(capacity - 1, -1, -1))
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
        hashes, weights, names = read_terms(terms[:MAX_TERMS])
        numbers = [self._number(term) for term in hashes.tolist()]
        for number in numbers:
            self._postings[number].append(slot)
        self._vectors.terms[slot, : len(numbers)] = numbers
        self._vectors.weights[slot, : len(numbers)] = weights
        self._vectors.names[slot, : len(numbers)] = names
        self._vectors.days[slot] = at.timestamp() / DAY_S
        self._vectors.languages[slot] = self._code(language)
        self._ids[slot] = article_id
        self._slots[article_id] = slot
        return left

    def remove(self, article_id: str) -> None:
        """Forget an article. Harmless when it is not held."""
        slot = self._slots.pop(article_id, None)
        if slot is None:
            return
        del self._ids[slot]
        numbers = self._vectors.terms[slot]
        for number in numbers[numbers != NO_TERM].tolist():
            postings = self._postings[number]
            _discard(postings, slot)
            if not postings:
                del self._numbers[self._hashes[number]]
                self._unused_numbers.append(number)
        self._vectors.terms[slot], self._vectors.weights[slot], self._vectors.names[slot] = NO_TERM, 0.0, False
        self._free.append(slot)

    def look_up(self, terms: Sequence[int], at: datetime, language: str | None) -> Row:
        """Return the `NEAREST` of those held to an article, held itself or not; none below `FLOOR`."""
        hashes, weights, names = read_terms(terms[:MAX_TERMS])
        numbers = np.array([self._numbers.get(term, NO_TERM) for term in hashes.tolist()], dtype=np.int32)
        known = numbers != NO_TERM
        numbers, weights, names = numbers[known], weights[known], names[known]
        day, code = np.array([at.timestamp() / DAY_S]), np.array([self._code(language)], dtype=np.int32)
        slots = self._find(numbers, weights)
        vector = Vectors(numbers[None], weights[None], names[None], day, code)
        values = compare_vectors(vector, self._vectors, slots, self._columns)[0]
        near = values >= FLOOR
        pairs = zip((-values[near]).tolist(), slots[near].tolist(), strict=True)
        first = sorted((value, self._ids[slot]) for value, slot in pairs)[:NEAREST]
        return [(one, -value) for value, one in first]

    def compare(self, ones: Sequence[str], others: Sequence[str]) -> NDArray[np.float64]:
        """Return the similarity of each of the ones to each of the others, all of them held."""
        first, second = (np.array([self._slots[key] for key in keys], dtype=np.int64) for keys in (ones, others))
        return compare_vectors(self._vectors.take(first), self._vectors, second, self._columns)

    def _find(self, numbers: NDArray[np.int32], weights: NDArray[np.float32]) -> NDArray[np.int64]:
        """Return the slots of articles that share the rarest terms, at most `MOST`, those of the greatest weight."""
        lists = [self._postings[number] for number in numbers.tolist()]
        lengths = [len(each) for each in lists]
        taken = []
        left = LOOKED_UP
        for place in sorted(range(len(lists)), key=lengths.__getitem__):
            if lengths[place] > left:
                break
            taken.append(place)
            left -= lengths[place]
        if not taken:
            return np.zeros(0, dtype=np.int64)
        slots = np.frombuffer(b"".join([lists[place] for place in taken]), dtype=np.int32)
        squares = weights[taken].astype(np.float64) ** 2
        sums = np.bincount(slots, np.repeat(squares, [lengths[place] for place in taken]), self._used)
        found = np.flatnonzero(sums > LEAST / 2)
        return found[np.argpartition(sums[found], -MOST)[-MOST:]] if len(found) > MOST else found

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
                if number >= len(self._columns):
                    self._columns = np.zeros(2 * len(self._columns), dtype=np.int32)
            self._numbers[term] = number
        return number

    def _code(self, language: str | None) -> int:
        if language is None:
            return NO_LANGUAGE
        return self._codes.setdefault(language.partition("-")[0], len(self._codes))


def _discard(postings: "array[int]", slot: int) -> None:
    """Take a slot out: mostly the first, since what came first leaves first."""
    place = 0 if postings[0] == slot else int(np.flatnonzero(np.frombuffer(postings, dtype=np.int32) == slot)[0])
    del postings[place]
