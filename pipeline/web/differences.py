"""Two versions of a text → which sentences each has alone. Pure.

Sentences are compared as a set, without case and signs: a copy that moves a paragraph has changed nothing.
"""

import re
from typing import Final

from schemas.base import Record

MAX_CHARS: Final = 60_000
MAX_SENTENCES: Final = 12
"""Shown of each side; more is no longer a copy with changes."""
_SENTENCE: Final = re.compile(r"[^.!?…\n]+[.!?…]*[\"”’»“)]*")
_SIGNS: Final = re.compile(r"[\W_]+")


class Differences(Record):
    """Share of the first text's sentences that the other keeps, 0 to 1; sentences that it leaves out, and adds."""

    kept: float
    left_out: tuple[str, ...]
    added: tuple[str, ...]


def compare_texts(first: str, other: str) -> Differences:
    """Return how `other` differs from `first`.

    >>> compare_texts("One here. Two here.", "Two here. Three!")
    Differences(kept=0.5, left_out=('One here.',), added=('Three!',))
    """
    ours, theirs = _sentences(first), _sentences(other)
    left_out = [text for key, text in ours.items() if key not in theirs]
    added = [text for key, text in theirs.items() if key not in ours]
    kept = 1.0 if not ours else (len(ours) - len(left_out)) / len(ours)
    return Differences(
        kept=round(kept, 3), left_out=tuple(left_out[:MAX_SENTENCES]), added=tuple(added[:MAX_SENTENCES])
    )


def _sentences(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for match in _SENTENCE.finditer(text[:MAX_CHARS]):
        sentence = " ".join(match.group().split())
        key = _SIGNS.sub("", sentence).casefold()
        if key:
            found.setdefault(key, sentence)
    return found
