"""Examples of what went wrong, for `newswire evaluate --show`: faults by kind → lines. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Final

AROUND_CHARS: Final = 40


def excerpt(text: str, start: int, end: int, around: int = AROUND_CHARS) -> str:
    """Return a stretch of text in brackets with what stands around it, on one line.

    >>> excerpt("The mayor Ada Holm spoke.", 10, 18, around=6)
    '…mayor [Ada Holm] spoke…'
    """
    before, after = text[max(0, start - around) : start], text[end : end + around]
    return " ".join(f"…{before}[{text[start:end]}]{after}…".split())


def take_each(faults: Mapping[str, Iterable[str]], count: int) -> Iterator[str]:
    """Yield at most `count` lines of each kind of fault, the kind before each; kinds are read one after the other."""
    for kind, lines in faults.items():
        yield from (f"{kind}: {line}" for line in islice(lines, count))
