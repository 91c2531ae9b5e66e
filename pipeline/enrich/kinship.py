"""Which process worked on a content last, so that its next copy comes to where the results are kept.

Sizes and contents of a batch → shares: copies of what was here a moment ago in shares of their own, each for its
process; the rest for whichever is free, divided by size. Knows places only as objects; pure but for what it remembers.
"""

import re
from collections import OrderedDict, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final, Generic, TypeVar

from pipeline.enrich.split import MAX_CHUNK_VALUES, split_by_size

REMEMBERED: Final = 8192
"""Contents whose process is known; about as many as eight processes keep results of."""

_CONTENT: Final = re.compile(rb'"content":"(.*?)","content_type":"', re.DOTALL)
P = TypeVar("P")


def content_digest(value: bytes) -> bytes | None:
    """Return what is the same for copies of one content: a hash of it in an encoded raw article; None without one.

    The record is not decoded, since the process that enriches it does that. Another order of its fields costs nothing
    but the hint.
    """
    found = _CONTENT.search(value)
    return blake2b(found.group(1), digest_size=16).digest() if found else None


@dataclass(frozen=True, slots=True)
class Share(Generic[P]):
    """Positions of a batch's values that are worked on together; `place` is where copies of them were, if they were."""

    positions: list[int]
    place: P | None


class Kinship(Generic[P]):
    """Where contents were worked on last."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._places: OrderedDict[bytes, P] = OrderedDict()
        self._remembered = remembered

    def note(self, content: bytes | None, place: P) -> None:
        """Remember that the place works on the content."""
        if content is not None:
            self._places[content] = place
            self._places.move_to_end(content)
            if len(self._places) > self._remembered:
                self._places.popitem(last=False)

    def share_out(self, sizes: Sequence[int], contents: Sequence[bytes | None], places: int) -> list[Share[P]]:
        """Return shares in which every position is once; copies that come together for the first time stay together.

        Args:
            sizes: bytes of each value.
            contents: the digest of each value's content, None where it has none.
            places: how many there are.
        """
        at_home: defaultdict[P, list[int]] = defaultdict(list)
        leaders: dict[bytes | int, list[int]] = {}
        for position, content in enumerate(contents):
            place = None if content is None else self._places.get(content)
            if place is not None:
                at_home[place].append(position)
            else:
                leaders.setdefault(position if content is None else content, []).append(position)
        kin = list(leaders.values())
        groups = split_by_size([sizes[positions[0]] for positions in kin], places)
        shares: list[Share[P]] = [Share([one for number in group for one in kin[number]], None) for group in groups]
        for place, positions in at_home.items():
            starts = range(0, len(positions), MAX_CHUNK_VALUES)
            shares += [Share(positions[start : start + MAX_CHUNK_VALUES], place) for start in starts]
        return shares
