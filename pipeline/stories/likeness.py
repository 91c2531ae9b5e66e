"""How alike articles are by their terms: cosine of TF-IDF vectors, less for articles far apart in time. Pure.

Terms (see `pipeline.stories.terms`) → vectors, many in one array each; vectors → a matrix of similarities, 0 to 1.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.stories.terms import NAME_BIT, WEIGHT_MASK

FADING_DAYS: Final = 30.0
FADED: Final = 0.6
"""What similarity is worth after `FADING_DAYS`: publishers date articles wrongly, so it never fades to nothing."""
CROSS_LANGUAGE: Final = 2.0
"""Two languages share only names and figures: about half of what tells one event (measured on the shipped articles)."""
CROSS_NAMES: Final = 3
"""Names that articles of two languages must share."""
LEAST: Final = 0.02
"""What is below counts as none."""
NO_TERM: Final = 0
"""Number of no term: what a row of fewer terms is filled up with, at weight 0."""
NO_LANGUAGE: Final = -1


class Vectors(NamedTuple):
    """Articles, one a row: numbers of their terms (n, m), weights and which are names; days since 1970; languages."""

    terms: NDArray[np.int32]
    weights: NDArray[np.float32]
    names: NDArray[np.bool_]
    days: NDArray[np.float64]
    languages: NDArray[np.int32]

    def take(self, rows: NDArray[np.int64]) -> "Vectors":
        """Return a copy of these rows."""
        return Vectors(self.terms[rows], self.weights[rows], self.names[rows], self.days[rows], self.languages[rows])


def make_vectors(rows: int, terms: int) -> Vectors:
    """Return room for so many articles of up to so many terms."""
    shape = (rows, terms)
    return Vectors(
        np.zeros(shape, dtype=np.int32),
        np.zeros(shape, dtype=np.float32),
        np.zeros(shape, dtype=np.bool_),
        np.zeros(rows),
        np.full(rows, NO_LANGUAGE, dtype=np.int32),
    )


def compare_vectors(
    ones: Vectors, others: Vectors, rows: NDArray[np.int64], columns: NDArray[np.int32]
) -> NDArray[np.float64]:
    """Return the similarity of each article to each of these rows of `others`, 0 for what is below `LEAST`.

    `columns` has room for every number of a term and is 0 throughout, before and after.
    """
    numbers = ones.terms.ravel()
    columns[numbers] = np.arange(1, len(numbers) + 1, dtype=np.int32)  # one for each term: the last place it stands at
    columns[NO_TERM] = 0
    mine, theirs = columns[ones.terms], columns[others.terms[rows]]
    columns[numbers] = 0
    found = _spread(mine, ones.weights)[:, theirs]
    values: NDArray[np.float64] = np.einsum("ijk,jk->ij", found, others.weights[rows]).astype(np.float64)
    languages = others.languages[rows]
    foreign = (ones.languages[:, None] != languages) & (ones.languages[:, None] >= 0) & (languages >= 0)
    if foreign.any():
        shared = _spread(mine, ones.names)[:, theirs].sum(axis=2)
        values[foreign] *= np.where(shared[foreign] >= CROSS_NAMES, CROSS_LANGUAGE, 0.0)
    gap = np.abs(ones.days[:, None] - others.days[rows])
    values *= np.maximum(FADED, 1.0 - (1.0 - FADED) / FADING_DAYS * gap)
    values[values < LEAST] = 0.0
    return values


def _spread(columns: NDArray[np.int32], weights: NDArray[np.float32] | NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return a row for each article with the weight of its terms at their columns, 0 at all others."""
    rows = np.zeros((len(columns), columns.size + 1), dtype=np.float32)
    rows[np.arange(len(columns))[:, None], columns] = weights
    rows[:, 0] = 0.0
    return rows


def read_terms(terms: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.bool_]]:
    """Return terms, weights and which are (part of) a name, each term once; the weights' squares sum up to 1."""
    packed = np.array(terms, dtype=np.int64)
    hashes = packed >> 8
    if len(set(hashes.tolist())) < len(hashes):
        packed = packed[np.sort(np.unique(hashes, return_index=True)[1])]
        hashes = packed >> 8
    weights = (packed & WEIGHT_MASK).astype(np.float32)
    norm = float(np.sqrt(weights @ weights))
    if not norm:
        return hashes[:0], weights[:0], hashes[:0] > 0
    return hashes, weights / norm, (packed & NAME_BIT) > 0
