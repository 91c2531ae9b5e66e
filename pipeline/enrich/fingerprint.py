"""Fingerprints: how alike two bodies are, from a few hundred bytes each.

Body text → `Fingerprint` (MinHash of word 5-grams and of figures, LSH bands); two signatures → estimated Jaccard
similarity, containment and agreement of figures. Pure; imports only `schemas`, the figures and rensa.

Method: MinHash (Broder 1997; rensa's is C-MinHash, Li and Li 2022), banded for look-up (Leskovec, Rajaraman, Ullman,
"Mining of Massive Datasets", 3.4).
"""

import hashlib
import re
import struct
import unicodedata
from collections.abc import Sequence
from typing import Final

from rensa import CMinHash

from pipeline.enrich.figures import find_figures
from schemas.article import Fingerprint

SHINGLE_WORDS: Final = 5
PERMUTATIONS: Final = 128
FIGURE_PERMUTATIONS: Final = 32
BANDS: Final = 32
ROWS: Final = 4
"""Two bodies meet in a band with 1 - (1 - s^4)^32: s = .2 → .05, .3 → .23, .4 → .56, .5 → .87, .6 → .99, .8 → 1.0."""

MIN_SHINGLES: Final = 8  # under 12 words, two briefs are alike by chance
MAX_CHARS: Final = 500_000  # ten times the longest article measured
SIGNATURE_LENGTH: Final = PERMUTATIONS + FIGURE_PERMUTATIONS
_SEED: Final = 20_181_106
# The last number is rensa's own: a release that hashes differently must never be compared with this one.
SCHEME: Final = (
    f"minhash-w{SHINGLE_WORDS}-p{PERMUTATIONS}-f{FIGURE_PERMUTATIONS}-b{BANDS}x{ROWS}-r{CMinHash.ALGORITHM_VERSION}"
)
# Scripts written without blanks count each character as a word.
_WORD = re.compile(r"[぀-ヿ㐀-䶿一-鿿豈-﫿]|[^\W_]+")
_UINT32_SPAN: Final = float(1 << 32)


def fingerprint(body: str) -> Fingerprint | None:
    """Return the fingerprint of a body, or None for a text of under five words.

    Words are compared in lower case and without accents. Under `MIN_SHINGLES` different 5-grams there are no bands: the
    signature can still be compared, but nobody will look for it. The same text gives the same bytes in every process.
    """
    folded = _fold(body[:MAX_CHARS])
    words = _WORD.findall(folded)
    if len(words) < SHINGLE_WORDS:
        return None
    shingles = {" ".join(words[start : start + SHINGLE_WORDS]) for start in range(len(words) - SHINGLE_WORDS + 1)}
    text = _minhash(shingles, PERMUTATIONS)
    bands = _bands(text) if len(shingles) >= MIN_SHINGLES else ()
    signature = (*text, *_minhash(find_figures(folded), FIGURE_PERMUTATIONS))
    return Fingerprint(scheme=SCHEME, signature=signature, bands=bands, shingle_count=len(shingles))


def estimate_jaccard(left: Sequence[int], right: Sequence[int]) -> float:
    """Return the estimated Jaccard similarity of two bodies' 5-grams, 0 to 1; its standard error is at most .044.

    Signatures of another length are not ours and count as 0.
    """
    if len(left) != SIGNATURE_LENGTH or len(right) != SIGNATURE_LENGTH:
        return 0.0
    return sum(map(int.__eq__, left[:PERMUTATIONS], right[:PERMUTATIONS])) / PERMUTATIONS


def estimate_figures(left: Sequence[int], right: Sequence[int]) -> float:
    """Return the estimated Jaccard similarity of two bodies' figures, 0 to 1; its standard error is at most .09."""
    if len(left) != SIGNATURE_LENGTH or len(right) != SIGNATURE_LENGTH:
        return 0.0
    return sum(map(int.__eq__, left[PERMUTATIONS:], right[PERMUTATIONS:])) / FIGURE_PERMUTATIONS


def estimate_count(signature: Sequence[int]) -> float:
    """Return about how many different shingles a signature was made of (relative error about 9 %).

    The smallest of n uniform values lies at 1 / (n + 1) of their range, on average over the permutations.
    """
    total = sum(signature[:PERMUTATIONS])
    return max(1.0, PERMUTATIONS * _UINT32_SPAN / total - 1) if total else 1.0


def estimate_containment(
    left: Sequence[int], right: Sequence[int], left_count: int | None = None, right_count: int | None = None
) -> float:
    """Return about how much of the shorter body stands in the longer one, 0 to 1.

    Counts are numbers of different shingles; an unknown one is estimated from its signature.
    """
    jaccard = estimate_jaccard(left, right)
    if jaccard == 0:
        return 0.0
    sizes = [count or estimate_count(signature) for count, signature in ((left_count, left), (right_count, right))]
    shared = jaccard * sum(sizes) / (1 + jaccard)
    return min(1.0, shared / min(sizes))


def _minhash(items: set[str], permutations: int) -> tuple[int, ...]:
    minhash = CMinHash(num_perm=permutations, seed=_SEED)
    minhash.update(list(items))
    return tuple(int(value) for value in minhash.digest())


def _fold(text: str) -> str:
    lowered = text.lower()
    if lowered.isascii():
        return lowered
    decomposed = unicodedata.normalize("NFKD", lowered)
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _bands(signature: tuple[int, ...]) -> tuple[str, ...]:
    """Hash each band with its number, so that equal rows of different bands do not meet."""
    names = []
    for band in range(BANDS):
        rows = struct.pack(f"<H{ROWS}I", band, *signature[band * ROWS : (band + 1) * ROWS])
        names.append(hashlib.blake2b(rows, digest_size=8).hexdigest())
    return tuple(names)
