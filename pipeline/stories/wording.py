"""What differs between two wordings of one paragraph, word by word, shown with a little of what stands around. Pure."""

from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Final, Literal

from schemas.base import Record

CONTEXT_WORDS: Final = 6
MAX_WORDS: Final = 600
"""A longer paragraph is compared as far as that, and then as one word."""
CUT: Final = "…"


class Piece(Record):
    """A run of words that both have (`same`), or only the earlier (`gone`) or the later one (`new`)."""

    kind: Literal["same", "gone", "new"]
    text: str


def compare_words(before: str, after: str) -> tuple[Piece, ...]:
    """Return the later wording with what is gone, each before what took its place; long runs of the same are cut.

    >>> " ".join(f"{piece.kind}:{piece.text}" for piece in compare_words("at 4.1 million", "at 14.1 million"))
    'same:at gone:4.1 new:14.1 same:million'
    """
    return tuple(_cut(list(_pieces(_words(before), _words(after)))))


def describe_wording(pieces: Iterable[Piece]) -> str:
    """Return the pieces as one line: `[earlier → later]` where words were replaced, `[- gone]` and `[+ new]` elsewhere.

    >>> describe_wording(compare_words("at 4.1 million", "at 14.1 million now"))
    'at [4.1 → 14.1] million [+ now]'
    """
    words: list[str] = []
    before = "same"
    for piece, following in pairwise([*pieces, Piece(kind="same", text="")]):
        if piece.kind == "same":
            words.append(piece.text)
        elif piece.kind == "gone":
            words.append(f"[{piece.text} → {following.text}]" if following.kind == "new" else f"[- {piece.text}]")
        elif before != "gone":
            words.append(f"[+ {piece.text}]")
        before = piece.kind
    return " ".join(words)


def _pieces(before: list[str], after: list[str]) -> Iterator[Piece]:
    for tag, start, end, new_start, new_end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Piece(kind="same", text=" ".join(before[start:end]))
            continue
        if end > start:
            yield Piece(kind="gone", text=" ".join(before[start:end]))
        if new_end > new_start:
            yield Piece(kind="new", text=" ".join(after[new_start:new_end]))


def _cut(pieces: list[Piece]) -> Iterator[Piece]:
    for place, piece in enumerate(pieces):
        words = piece.text.split()
        ahead = CONTEXT_WORDS if place else 0
        behind = CONTEXT_WORDS if place + 1 < len(pieces) else 0
        if piece.kind != "same" or len(pieces) == 1 or len(words) <= ahead + behind + 1:
            yield piece
        else:
            yield Piece(kind="same", text=" ".join([*words[:ahead], CUT, *(words[-behind:] if behind else ())]))


def _words(text: str) -> list[str]:
    words = text.split()
    return words if len(words) <= MAX_WORDS else [*words[:MAX_WORDS], " ".join(words[MAX_WORDS:])]
