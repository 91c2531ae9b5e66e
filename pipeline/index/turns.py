"""So many at once, the others in the order in which they came: threads that search share a few processors.

All at once, every search would take as long as all of them together; in turns most are done long before.
"""

import os
from collections import deque
from threading import Lock
from types import TracebackType
from typing import Self


class Turns:
    """A context that at most `places` threads are in. A place is handed on, so nobody can be overtaken."""

    def __init__(self, places: int) -> None:
        self._lock = Lock()
        self._free = places
        self._waiting: deque[Lock] = deque()

    @classmethod
    def one_a_processor(cls) -> Self:
        """Return a context with as many places as this process may use processors."""
        return cls(len(os.sched_getaffinity(0)))

    def __enter__(self) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            turn = Lock()
            turn.acquire()
            self._waiting.append(turn)
        turn.acquire()  # blocks until who leaves releases it

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._free += 1
