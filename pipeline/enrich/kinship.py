"""Which process worked on a content last, so that its next copy comes to where the results are kept.

Hints of a batch's values → shares: copies of what was here a moment ago in shares of their own, each for its process;
the rest for whichever is free, divided by weight. Knows places only as objects; pure but for what it remembers.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final, Generic, NamedTuple, TypeVar

from pipeline.enrich.split import cut, split_by_weight

REMEMBERED: Final = 8192
"""Contents whose process is known; about as many as eight processes keep results of."""

PAGE_WEIGHT: Final = 5_000
PAGE_BYTES: Final = 50
"""A page costs what its article costs, as a text of 5,000 bytes on average, and to parse 50 bytes what a byte of text
costs in recognition (181 pages, 800 articles)."""

_BEGIN: Final = b'"content":"'
_END: Final = b'","content_type":"'
_PAGE: Final = b'html"'
P = TypeVar("P")


class Hint(NamedTuple):
    """What a value tells without being decoded: a digest that copies of its content share, and about how much work."""

    content: bytes | None
    weight: int


def read_hint(value: bytes) -> Hint:
    """Return the hint of an encoded raw article; without a digest, and its size as weight, when it is none of ours.

    The record is not decoded, since the process that enriches it does that. Another order of its fields costs nothing
    but the hint.
    """
    begin = value.find(_BEGIN)
    end = value.find(_END, begin)  # whatever stands inside the content has its quotation marks escaped
    if begin < 0 or end < 0:
        return Hint(None, len(value))
    is_page = value.startswith(_PAGE, end + len(_END))
    weight = PAGE_WEIGHT + len(value) // PAGE_BYTES if is_page else len(value)
    return Hint(blake2b(value[begin:end], digest_size=16).digest(), weight)


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

    def share_out(self, hints: Sequence[Hint], sizes: Sequence[int], places: int) -> list[Share[P]]:
        """Return shares in which every position is once; copies that come together for the first time stay together.

        `sizes` are the bytes of the values, `places` is how many there are. No share is larger than `cut` allows, so
        that many copies are several shares.
        """
        at_home: defaultdict[P, list[int]] = defaultdict(list)
        leaders: dict[bytes | int, list[int]] = {}
        for position, (content, _) in enumerate(hints):
            place = None if content is None else self._places.get(content)
            if place is not None:
                at_home[place].append(position)
            else:
                leaders.setdefault(position if content is None else content, []).append(position)
        kin = list(leaders.values())
        groups = split_by_weight([hints[positions[0]].weight for positions in kin], places)
        shares: list[Share[P]] = []
        for group in groups:
            shares += [Share(chunk, None) for chunk in cut([kin[number] for number in group], sizes)]
        for place, positions in at_home.items():
            shares += [Share(chunk, place) for chunk in cut([positions], sizes)]
        return shares
