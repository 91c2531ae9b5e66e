"""The headlines of gold pages whose gold holds only the body: page id → digest of the headline's letters.

`headlines.csv` was made by reading each page's own headline; digests, because the texts belong to their publishers.
"""

import csv
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from typing import Final

from pipeline.extract.characters import letters_of

_FILE: Final = "headlines.csv"
_DIGEST_BYTES: Final = 8


@cache
def load_headlines() -> dict[str, str]:
    """Return the digest of each page's headline by the page's id."""
    lines = files("pipeline.evaluate").joinpath(_FILE).read_text(encoding="utf-8").splitlines()
    return {row["page"]: row["headline_digest"] for row in csv.DictReader(lines)}


def digest(headline: str) -> str:
    """Return what is kept of a headline: case, marks and blanks make no difference.

    >>> digest("Ferry is late!") == digest("FERRY is  late")
    True
    """
    return blake2b(letters_of(headline).encode(), digest_size=_DIGEST_BYTES).hexdigest()


def is_headline(title: str, gold: str) -> bool:
    """Whether a title is the gold headline; `gold` is the headline itself or its digest."""
    return letters_of(title) == letters_of(gold) or digest(title) == gold
