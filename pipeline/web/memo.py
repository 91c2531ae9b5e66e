"""Answers that are kept for a moment, because many people ask for the same and computing them is dear.

Key and a way to compute in, value out. Bounded; safe for threads. Imports only the clock.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Final, Generic, TypeVar

from pipeline.clock import Clock

MAX_KEPT: Final = 64
V = TypeVar("V")


class Memo(Generic[V]):
    """Keeps each value for `keep_s` seconds."""

    def __init__(self, clock: Clock, keep_s: float) -> None:
        self._clock = clock
        self._keep_s = keep_s
        self._lock = Lock()
        self._kept: OrderedDict[Hashable, tuple[float, V]] = OrderedDict()

    def get(self, key: Hashable, compute: Callable[[], V]) -> V:
        """Return the value of `key`, computed now unless it is fresh; two who ask at once may both compute it."""
        now = self._clock.monotonic_s()
        with self._lock:
            known = self._kept.get(key)
        if known is not None and now - known[0] < self._keep_s:
            return known[1]
        value = compute()
        with self._lock:
            self._kept[key] = (now, value)
            self._kept.move_to_end(key)
            while len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)
        return value
