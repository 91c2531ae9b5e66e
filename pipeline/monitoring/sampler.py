"""The sampler of a process: every few seconds what it did becomes samples, written by a thread of its own.

Metrics and states in, documents in `news-pipeline-metrics` out. It never blocks the work and never fails it: the event
loop only takes a snapshot; asking the log and writing happens in a daemon thread that nothing waits for, and what
cannot be written is kept for a while (bounded), then counted as lost.
"""

import asyncio
import os
import platform
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from queue import SimpleQueue
from typing import Final

import structlog

from pipeline.clock import Clock
from pipeline.delivery.status import WorkerStatus
from pipeline.index.samples import Sample, SampleStore
from pipeline.metrics import LAG, MEMORY_BYTES, SAMPLES_LOST, Metrics, Snapshot
from pipeline.monitoring.memory import read_memory_bytes
from pipeline.monitoring.source_counts import Fields
from pipeline.monitoring.stage_samples import Span, build_poller_samples, build_stage_samples
from schemas.errors import NewswireError
from schemas.sample_fields import SampleKind
from schemas.topics import BACKFILLS

KEPT: Final = 5_000
"""Samples kept while they cannot be written: hours of a process at rest, one of a process that is refused a lot."""
LAST_WRITE_S: Final = 2.0
SOURCES_INTERVAL_S: Final = 300.0
"""Publishers change slowly and are many: a sample of each every few seconds would be more than the articles."""
_BACKFILL_TOPICS: Final = frozenset(topic.name for topic in BACKFILLS)

_log = structlog.get_logger(__name__)

Lags = Mapping[str, int]
"""Messages that a stage's group has not finished, by topic."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A stage of this process: how it says what it is doing (None: the poller), and what is asked in the thread.

    `sources` is given the seconds since it was asked last, see `CountsSources`.
    """

    stage: str
    status: Callable[[], WorkerStatus] | None = None
    lags: Callable[[], Lags] | None = None
    sources: Callable[[float], Sequence[Fields]] | None = None


class Sampler:
    """Samples the stages of one process. `start` and `close` belong to its event loop."""

    def __init__(
        self,
        open_store: Callable[[], SampleStore],
        watched: Sequence[Watched],
        metrics: Metrics,
        clock: Clock,
        *,
        interval_s: float,
    ) -> None:
        """Prepare; the store is opened in the thread, and not at all when `interval_s` is 0."""
        self._open_store = open_store
        self._watched = watched
        self._metrics = metrics
        self._clock = clock
        self._interval_s = interval_s
        self._process = f"{platform.node()}:{os.getpid()}"
        self._before: dict[str, Snapshot] = {}
        self._taken_s = clock.monotonic_s()
        self._queue: SimpleQueue[list[Sample] | None] = SimpleQueue()
        self._sources_taken_s = clock.monotonic_s()
        self._thread = threading.Thread(target=self._write_for_ever, name="samples", daemon=True)
        self._taking: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin sampling, unless that is switched off."""
        if self._interval_s <= 0 or self._taking is not None:
            return
        self._before = {each.stage: self._metrics.snapshot(each.stage) for each in self._watched}
        self._taken_s = self._clock.monotonic_s()
        self._thread.start()
        self._taking = asyncio.create_task(self._take_for_ever())

    async def close(self, last_write_s: float = LAST_WRITE_S) -> None:
        """Take a last sample and give it so long to be written. Harmless when repeated, and when never started."""
        taking, self._taking = self._taking, None
        if taking is None:
            return
        taking.cancel()
        await self._take()
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join, last_write_s)

    async def _take_for_ever(self) -> None:
        while True:
            await self._clock.sleep_async(self._interval_s)
            await self._take()

    async def _take(self) -> None:
        """Take a sample of each stage and hand it to the thread."""
        try:
            # In a thread: the system counts some 60 MB a millisecond.
            memory_bytes = await asyncio.to_thread(read_memory_bytes, os.getpid())
            now_s, at = self._clock.monotonic_s(), self._clock.now()
            samples: list[Sample] = []
            for each in self._watched:
                self._metrics.at(each.stage).set(MEMORY_BYTES, memory_bytes)
                span = Span(self._process, each.stage, at, now_s - self._taken_s)
                status = each.status() if each.status else None  # brings the gauges up to date as well
                before, after = self._before.get(each.stage, {}), self._metrics.snapshot(each.stage)
                if status is None:
                    samples += build_poller_samples(span, before, after, memory_bytes)
                else:
                    samples += build_stage_samples(span, before, after, status, memory_bytes)
                self._before[each.stage] = after
            self._taken_s = now_s
            self._queue.put(samples)
        except Exception as error:  # noqa: BLE001 - a sample is never worth the work that it tells of
            _log.warning("samples.not-taken", why=repr(error))

    def _write_for_ever(self) -> None:
        waiting: deque[Sample] = deque()
        store: SampleStore | None = None
        well = True
        while True:
            samples = self._queue.get()
            if samples is not None:
                waiting.extend(self._with_lag(samples))
            waiting.extend(self._sources(last=samples is None))
            while len(waiting) > KEPT:
                waiting.popleft()
                self._metrics.at(self._watched[0].stage).count(SAMPLES_LOST)
            try:
                store = store or self._open_store()
                if waiting:
                    store.write(tuple(waiting))
                waiting.clear()
                well = True
            except Exception as error:  # noqa: BLE001 - as above; the same samples are tried again with the next
                if well:
                    _log.warning("samples.not-written", why=str(error) or repr(error), kept=len(waiting))
                well = False
            if samples is None:
                if store is not None:
                    store.close()
                return

    def _sources(self, *, last: bool) -> list[Sample]:
        """Return the samples of publishers, when it is time for them."""
        now_s = self._clock.monotonic_s()
        interval_s = now_s - self._sources_taken_s
        if not last and interval_s < SOURCES_INTERVAL_S:
            return []
        self._sources_taken_s = now_s
        found: list[Sample] = []
        for each in self._watched:
            try:
                fields = each.sources(interval_s) if each.sources else ()
            except Exception as error:  # noqa: BLE001 - as above
                _log.warning("samples.no-sources", why=str(error) or repr(error))
                continue
            span = Span(self._process, each.stage, self._clock.now(), interval_s)
            found += [span.sample(SampleKind.SOURCE, str(place), one) for place, one in enumerate(fields)]
        return found

    def _with_lag(self, samples: Sequence[Sample]) -> list[Sample]:
        """Add what only the log knows; it may not answer, and then the samples go without."""
        asked: dict[str, dict[str, int]] = {}
        for each in self._watched:
            if each.lags is None:
                continue
            try:
                lags = each.lags()
            except NewswireError:
                continue
            except Exception as error:  # noqa: BLE001 - as above
                _log.warning("samples.no-lag", why=repr(error))
                continue
            for topic, lag in lags.items():
                self._metrics.at(each.stage).set(LAG, lag, topic=topic)
            backfill = sum(lag for topic, lag in lags.items() if topic in _BACKFILL_TOPICS)
            asked[each.stage] = {"lag": sum(lags.values()), "lag_backfill": backfill}
        return [
            replace(sample, fields={**sample.fields, **asked.get(sample.fields["stage"], {})})
            if sample.fields["kind"] == SampleKind.STAGE
            else sample
            for sample in samples
        ]
