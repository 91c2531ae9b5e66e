"""Watching a run from a thread beside it: how many articles are in the index, and the memory of all its processes."""

import os
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from pipeline.monitoring.memory import read_memory_bytes

INTERVAL_S: Final = 0.25


class Sampler:
    """Samples a counter and the resident memory of this process and its children while its block runs."""

    def __init__(self, count: Callable[[], int]) -> None:
        self._count = count
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.points: list[tuple[float, int, int]] = []
        """Time in seconds, counter, bytes."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def seconds_between(self, first: int, last: int) -> float:
        """Return how long the counter took from `first` to `last`."""
        return self._moment(last) - self._moment(first)

    def peak_bytes(self, first_share: float = 0.0, last_share: float = 1.0) -> int:
        """Return the most memory in a part of the run, by time."""
        start, end = self.points[0][0], self.points[-1][0]
        low, high = start + first_share * (end - start), start + last_share * (end - start)
        return max(size for at, _, size in self.points if low <= at <= high)

    def _moment(self, wanted: int) -> float:
        return next(at for at, counted, _ in self.points if counted >= wanted)

    def _watch(self) -> None:
        while not self._stop.wait(INTERVAL_S):
            self.points.append((time.perf_counter(), self._count(), read_memory_bytes(os.getpid())))
