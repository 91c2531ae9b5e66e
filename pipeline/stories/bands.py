"""The held articles' fingerprint bands, for finding which ones may be akin. In memory, pure.

Bands in (see `pipeline.enrich.fingerprint`), article ids out. A band is held as a hash of 32 bits at the place of its
number, since those of different numbers never meet. One pair of articles in ninety million shares such a hash by
chance, and is found not to be alike when its texts are compared.
"""

from array import array
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from zlib import crc32

import numpy as np

from pipeline.enrich.fingerprint import BANDS
from pipeline.index.base import MAX_CANDIDATES

FIRST_ROOM: Final = 1024
"""Articles for which there is room at first."""
_NEVER: Final = -np.inf
"""When an empty slot was seen."""


def pack_bands(bands: Sequence[str]) -> Sequence[int]:
    """Return the bands in four bytes each, those of another scheme only as far as ours go."""
    return array("I", map(crc32, map(str.encode, bands[:BANDS])))


class BandWindow:
    """Bands of articles by slot: a place that an article keeps while it is here. Takes 200 bytes an article.

    A look-up compares the slots between the first and the last that were seen recently enough, some .4 ms for 20,000.
    """

    def __init__(self) -> None:
        self._rows = np.zeros((0, BANDS), dtype=np.uint32)
        self._seen_s = np.zeros(0)
        self._ids: dict[int, str] = {}
        self._slots: dict[str, int] = {}
        self._free: list[int] = []

    def add(self, article_id: str, bands: Sequence[int], seen_at: datetime) -> None:
        """Hold an article, if it has bands. One that is held already is replaced."""
        self.remove(article_id)
        if not bands:
            return
        if not self._free:
            self._grow()
        slot = self._free.pop()
        self._rows[slot, : len(bands)] = bands
        self._seen_s[slot] = seen_at.timestamp()
        self._ids[slot] = article_id
        self._slots[article_id] = slot

    def remove(self, article_id: str) -> None:
        """Forget an article. Harmless when it is not held."""
        slot = self._slots.pop(article_id, None)
        if slot is None:
            return
        del self._ids[slot]
        self._rows[slot] = 0
        self._seen_s[slot] = _NEVER
        self._free.append(slot)

    def look_up(self, article_id: str, bands: Sequence[int], since: datetime, at: datetime) -> list[str]:
        """Return which others share a band and were seen after `since`, at most `MAX_CANDIDATES`.

        Those that share the most bands come first, then those seen nearest to `at`, then by id.
        """
        after, at_s = since.timestamp(), at.timestamp()
        recent = np.flatnonzero(self._seen_s > after)
        if not bands or not len(recent):
            return []
        begin, end = recent[0], recent[-1] + 1
        places = np.flatnonzero(self._rows[begin:end, : len(bands)] == np.array(bands, dtype=np.uint32))
        shared = Counter((places // len(bands) + begin).tolist())
        seen = {slot: float(self._seen_s[slot]) for slot in shared}
        ranked = sorted(
            (-count, abs(seen[slot] - at_s), self._ids[slot])
            for slot, count in shared.items()
            if seen[slot] > after and self._ids[slot] != article_id
        )
        return [each for *_, each in ranked[:MAX_CANDIDATES]]

    def _grow(self) -> None:
        """Make twice the room, the first of it at the end of the list of what is free."""
        held = len(self._seen_s)
        more = max(FIRST_ROOM, held)
        self._rows = np.concatenate((self._rows, np.zeros((more, BANDS), dtype=np.uint32)))
        self._seen_s = np.concatenate((self._seen_s, np.full(more, _NEVER)))
        self._free = list(range(held + more - 1, held - 1, -1))
