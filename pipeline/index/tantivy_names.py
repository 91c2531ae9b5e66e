"""Facets of names are counted by number: the engine's own way reads most of its dictionary to spell a hundred of them.

A name's number is a part of its digest, so it never changes; the exact term of a name begins with the number, from
which the name is read back. Two names of one number would be counted as one: at a million names, one chance in 20,000.
"""

from hashlib import blake2b
from typing import Final

from tantivy import Searcher

from schemas.fields import IndexField, Kind, Match

_DIGITS: Final = 14
MAX_KEPT: Final = 100_000
"""Names kept in memory; a search shows some fifty."""


def is_counted_by_number(field: IndexField) -> bool:
    """Whether the field is a facet of names; codes are few, and the engine counts them as they are."""
    return field.facet and field.kind is Kind.KEYWORD and field.match is Match.WORDS


def number_of(value: str) -> int:
    """Return the number that stands for a text: 53 bits of its digest, all that aggregations return exactly."""
    return int.from_bytes(blake2b(value.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big") >> 11


def numbered_term(name: str) -> str:
    """Return the exact term of a name: its number in hexadecimal digits, then the name."""
    return _digits(number_of(name)) + name


def _digits(number: int) -> str:
    return f"{number:0{_DIGITS}x}"


class Names:
    """Reads names from their numbers. What was read is kept: it holds in every state of every index."""

    def __init__(self) -> None:
        self._kept: dict[int, str] = {}

    def name(self, searcher: Searcher, field: str, number: int) -> str | None:
        """Return the name in the engine's field, None when no article has it (any more)."""
        name = self._kept.get(number)
        if name is None:
            terms = searcher.terms_with_prefix(field, _digits(number), limit=1)
            if not terms:
                return None
            if len(self._kept) >= MAX_KEPT:
                self._kept.clear()
            name = self._kept[number] = terms[0][0][_DIGITS:]
        return name
