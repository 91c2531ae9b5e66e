"""Fingerprints: how alike two bodies are, from a few hundred bytes each.

Body text → `Fingerprint` (sketches of its word 5-grams, figures and names; LSH bands); two signatures → Jaccard
similarity, containment, agreement of figures and of names. Pure; imports only `schemas`, the figures and numpy.

Methods: bottom-k sketches (Bar-Yossef et al. 2002; Cohen and Kaplan 2007), which are exact for a text of up to
`TEXT_SKETCH` 5-grams, about 260 words, where MinHash of the same size errs by .03 to .04; MinHash (Broder 1997) for the
bands (Leskovec, Rajaraman, Ullman, "Mining of Massive Datasets", 3.4).

A signature is three counts (`text`, `figures`, `names`) followed by the three sketches, each ascending 32-bit hashes.
"""

import hashlib
import re
import struct
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.enrich.figures import find_figures
from schemas.article import Fingerprint

SHINGLE_WORDS: Final = 5
TEXT_SKETCH: Final = 256
FIGURE_SKETCH: Final = 64
NAME_SKETCH: Final = 64
PERMUTATIONS: Final = 192
BANDS: Final = 48
ROWS: Final = 4
"""Two bodies meet in a band with 1 - (1 - s^4)^48: s = .2 → .07, .3 → .32, .4 → .71, .5 → .95, .6 → 1.0."""

MIN_SHINGLES: Final = 8  # under 12 words, two briefs are alike by chance
MAX_CHARS: Final = 500_000  # ten times the longest article measured
SCHEME: Final = f"bottom-k-w{SHINGLE_WORDS}-t{TEXT_SKETCH}-f{FIGURE_SKETCH}-n{NAME_SKETCH}-b{BANDS}x{ROWS}"
_BAND: Final = struct.Struct(f"<H{ROWS}I")
_HEAD: Final = 3
_HASH_SPAN: Final = float(1 << 32)
_CHUNK: Final = 4096
# Scripts written without blanks count each character as a word.
_WORD = re.compile(r"[぀-ヿ㐀-䶿一-鿿豈-﫿]|[^\W_]+")
# A capital inside a sentence: what begins a sentence or a quotation says nothing.
_NAME = re.compile(r"(?<=[a-z0-9,;] )[A-Z][^\W\d_]+")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_MULTIPLIERS: Final = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93, 1],
                               dtype=np.uint64)  # fmt: skip


class _Sketches(NamedTuple):
    text: Sequence[int]
    figures: Sequence[int]
    names: Sequence[int]


def fingerprint(body: str) -> Fingerprint | None:
    """Return the fingerprint of a body, or None for a text of under five words.

    Words are compared in lower case and without accents. Under `MIN_SHINGLES` different 5-grams there are no bands: the
    signature can still be compared, but nobody will look for it. The same text gives the same bytes in every process.
    """
    body = body[:MAX_CHARS]
    folded = _fold(body)
    words = _WORD.findall(folded)
    if len(words) < SHINGLE_WORDS:
        return None
    shingles = _hash_shingles(words)
    bands = _bands(_minhash(shingles)) if len(shingles) >= MIN_SHINGLES else ()
    text = _distinct(shingles >> np.uint64(32))[:TEXT_SKETCH].tolist()
    figures = _sketch(find_figures(folded), FIGURE_SKETCH)
    names = _sketch({_fold(name) for name in set(_NAME.findall(body))}, NAME_SKETCH)
    signature = (len(text), len(figures), len(names), *text, *figures, *names)
    return Fingerprint(scheme=SCHEME, signature=signature, bands=bands, shingle_count=len(shingles))


def estimate_jaccard(left: Sequence[int], right: Sequence[int]) -> float:
    """Return the Jaccard similarity of two bodies' 5-grams, 0 to 1: exact for short texts, else within about .03.

    Signatures of another form are not ours and count as 0.
    """
    ours, theirs = _split(left), _split(right)
    return _jaccard(ours.text, theirs.text, TEXT_SKETCH) if ours and theirs else 0.0


def estimate_figures(left: Sequence[int], right: Sequence[int]) -> float:
    """Return the Jaccard similarity of two bodies' figures, 0 to 1."""
    ours, theirs = _split(left), _split(right)
    return _jaccard(ours.figures, theirs.figures, FIGURE_SKETCH) if ours and theirs else 0.0


def contained_figures(left: Sequence[int], right: Sequence[int]) -> float:
    """Return how many of the figures of the text that has fewer stand in the other one, 0 to 1; 1 when it has none."""
    ours, theirs = _split(left), _split(right)
    return _contained(ours.figures, theirs.figures) if ours and theirs else 0.0


def contained_names(left: Sequence[int], right: Sequence[int]) -> float:
    """Return how many of the names of the text that has fewer stand in the other one, 0 to 1; 1 when it has none."""
    ours, theirs = _split(left), _split(right)
    return _contained(ours.names, theirs.names) if ours and theirs else 0.0


def count_figures(left: Sequence[int], right: Sequence[int]) -> int:
    """Return how many figures the body with fewer of them has."""
    ours, theirs = _split(left), _split(right)
    return min(len(ours.figures), len(theirs.figures)) if ours and theirs else 0


def count_other_figures(left: Sequence[int], right: Sequence[int]) -> int:
    """Return how many figures of the body with fewer of them the other one does not have."""
    ours, theirs = _split(left), _split(right)
    if not ours or not theirs:
        return 0
    first, second = set(ours.figures), set(theirs.figures)
    return min(len(first), len(second)) - len(first & second)


def estimate_names(left: Sequence[int], right: Sequence[int]) -> float:
    """Return the Jaccard similarity of the capitalised words inside sentences, 0 to 1; 1 when neither has any."""
    ours, theirs = _split(left), _split(right)
    if not ours or not theirs:
        return 0.0
    return _jaccard(ours.names, theirs.names, NAME_SKETCH) if ours.names or theirs.names else 1.0


def estimate_count(signature: Sequence[int]) -> float:
    """Return how many different shingles a signature was made of: exact up to `TEXT_SKETCH`, else within about 6 %."""
    sketches = _split(signature)
    return _count(sketches.text) if sketches else 1.0


def estimate_containment(left: Sequence[int], right: Sequence[int]) -> float:
    """Return how much of the shorter body stands in the longer one, 0 to 1.

    Counted below the smaller of the two sketches' reach, so that both hold every hash that is looked at.
    """
    ours, theirs = _split(left), _split(right)
    if not ours or not theirs:
        return 0.0
    reach = min(_reach(ours.text), _reach(theirs.text))
    first, second = ours.text[: bisect_right(ours.text, reach)], theirs.text[: bisect_right(theirs.text, reach)]
    shorter = min((_count(ours.text), len(first)), (_count(theirs.text), len(second)))[1]
    return min(1.0, int(np.count_nonzero(_repeats(first, second))) / shorter) if shorter else 0.0


def _split(signature: Sequence[int]) -> _Sketches | None:
    if len(signature) <= _HEAD or len(signature) != _HEAD + sum(signature[:_HEAD]):
        return None
    text, figures = signature[0], signature[1]
    rest = signature[_HEAD:]
    return _Sketches(rest[:text], rest[text : text + figures], rest[text + figures :])


def _jaccard(left: Sequence[int], right: Sequence[int], size: int) -> float:
    """Share of both among the smallest of the union, which is a random sample of it."""
    repeats = _repeats(left, right)
    union = len(left) + len(right) - int(np.count_nonzero(repeats))
    if not union:
        return 0.0
    if union > size and (len(left) == size or len(right) == size):
        ranks = np.arange(2, len(repeats) + 2) - np.cumsum(repeats)
        repeats = repeats[ranks <= size]
        union = size
    return int(np.count_nonzero(repeats)) / union


def _repeats(left: Sequence[int], right: Sequence[int]) -> NDArray[np.bool_]:
    """Return, for the values of both in one ascending row, which repeat the one before: those that both have."""
    values = np.concatenate((np.asarray(left, dtype=np.int64), np.asarray(right, dtype=np.int64)))
    values.sort()
    repeats: NDArray[np.bool_] = values[1:] == values[:-1]
    return repeats


def _contained(left: Sequence[int], right: Sequence[int]) -> float:
    first, second = set(left), set(right)
    return len(first & second) / min(len(first), len(second)) if first and second else 1.0


def _reach(text: Sequence[int]) -> int:
    return text[-1] if len(text) == TEXT_SKETCH else 1 << 32


def _count(text: Sequence[int]) -> float:
    if len(text) < TEXT_SKETCH:
        return float(max(1, len(text)))
    return (TEXT_SKETCH - 1) * _HASH_SPAN / max(1, text[-1])


def _hash_shingles(words: Sequence[str]) -> NDArray[np.uint64]:
    """Return the different 64-bit hashes of all runs of `SHINGLE_WORDS` words, ascending."""
    numbers = {word: _hash(word) for word in set(words)}
    hashes = np.array([numbers[word] for word in words], dtype=np.uint64)
    mixed = _mix(hashes)
    count = len(words) - SHINGLE_WORDS + 1
    sums = np.zeros(count, dtype=np.uint64)
    for place, multiplier in enumerate(_MULTIPLIERS):
        sums += mixed[place : place + count] * multiplier
    shingles = _mix(sums)
    shingles.sort()
    return _distinct(shingles)


def _distinct(ascending: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return ascending values without repeats; np.unique takes five times as long for some hundreds."""
    kept = np.empty(len(ascending), dtype=np.bool_)
    kept[:1] = True
    np.not_equal(ascending[1:], ascending[:-1], out=kept[1:])
    return ascending[kept]


def _mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spread every bit over all others (the finaliser of SplitMix64, Steele et al. 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


@lru_cache(maxsize=1)
def _permutations() -> NDArray[np.uint64]:
    """Return an odd factor for each permutation, from a counter: no release of a library can change them."""
    return _mix(np.arange(1, PERMUTATIONS + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)) | np.uint64(1)


def _minhash(shingles: NDArray[np.uint64]) -> NDArray[np.uint64]:
    smallest = np.full(PERMUTATIONS, np.iinfo(np.uint64).max, dtype=np.uint64)
    for start in range(0, len(shingles), _CHUNK):
        permuted = shingles[start : start + _CHUNK, None] * _permutations()[None, :]
        smallest = np.minimum(smallest, permuted.min(axis=0))
    return smallest >> np.uint64(32)


def _sketch(items: set[str], size: int) -> list[int]:
    return sorted({_hash(item) >> 32 for item in items})[:size]


@lru_cache(maxsize=32_768)
def _hash(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


def _fold(text: str) -> str:
    # Only runs of other characters are decomposed: quotation marks alone make most texts more than ASCII.
    lower = text.lower()
    return lower if lower.isascii() else _NOT_ASCII.sub(lambda run: _without_accents(run.group()), lower)


@lru_cache(maxsize=32_768)
def _without_accents(run: str) -> str:
    decomposed = unicodedata.normalize("NFKD", run)
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _bands(minhash: NDArray[np.uint64]) -> tuple[str, ...]:
    """Hash each band with its number, so that equal rows of different bands do not meet."""
    values = minhash.tolist()
    names = []
    for band in range(BANDS):
        rows = _BAND.pack(band, *values[band * ROWS : (band + 1) * ROWS])
        names.append(hashlib.blake2b(rows, digest_size=8).hexdigest())
    return tuple(names)
