"""Counts that are kept while the index stays as it is: the next page and another order of a search have the same ones.

Counting is the dear half of a search, and depends neither on the page nor on the order. Bounded; safe for threads.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Final, Generic, TypeVar

from tantivy import Searcher

MAX_KEPT: Final = 256
Kept = TypeVar("Kept")


class KeptCounts(Generic[Kept]):
    """What was counted with one searcher; a newer one begins anew."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._searcher: Searcher | None = None
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()

    def get(self, searcher: Searcher, key: Hashable, count: Callable[[], Kept]) -> Kept:
        """Return what was counted for `key` with this searcher, else count; two who ask at once may both count."""
        with self._lock:
            if self._searcher is not searcher:
                self._searcher = searcher
                self._kept.clear()
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        counted = count()
        with self._lock:
            if self._searcher is searcher:
                self._kept[key] = counted
                while len(self._kept) > MAX_KEPT:
                    self._kept.popitem(last=False)
        return counted
