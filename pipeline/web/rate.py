"""How many requests one client may make: a bucket of tokens each, refilled steadily. Pure but for its clock.

In: a client's name. Out: seconds to wait, 0 when it may go on. Memory is bounded: the longest unseen are forgotten.
"""

from collections import OrderedDict
from threading import Lock
from typing import Final

from pipeline.clock import Clock

MAX_CLIENTS: Final = 10_000


class RateLimit:
    """A limit of `per_minute` requests, all of which may come at once. Safe for threads."""

    def __init__(self, per_minute: int, clock: Clock) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._lock = Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_s(self, client: str) -> float:
        """Count a request and return 0, or return how long the client has to wait for the next."""
        if not self._per_minute:
            return 0.0
        per_second = self._per_minute / 60
        now = self._clock.monotonic_s()
        with self._lock:
            left, seen = self._buckets.pop(client, (float(self._per_minute), now))
            left = min(self._per_minute, left + (now - seen) * per_second)
            wait = 0.0 if left >= 1 else (1 - left) / per_second
            self._buckets[client] = (left if wait else left - 1, now)
            while len(self._buckets) > MAX_CLIENTS:
                self._buckets.popitem(last=False)
        return wait
