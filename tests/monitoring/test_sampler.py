"""The sampler: what a process did arrives, and nothing that goes wrong with samples reaches the work."""

import asyncio
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from pipeline.clock import SystemClock
from pipeline.delivery.status import State, WorkerStatus
from pipeline.index.samples import Sample, SampleStore
from pipeline.index.sqlite_samples import SqliteSamples
from pipeline.metrics import FINISHED, LAG, Metrics
from pipeline.monitoring.sampler import Lags, Sampler, Watched
from schemas.errors import Unavailable
from schemas.sample_fields import SampleKind
from schemas.topics import BACKFILL_ENRICHED, ENRICHED

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class ReluctantStore(SqliteSamples):
    """A store that does not answer the first few times, or only after a while."""

    def __init__(self, path: Path, failures: int = 0, pause_s: float = 0) -> None:
        super().__init__(path)
        self.failures = failures
        self.pause_s = pause_s
        self.written = 0
        self.has_five = threading.Event()

    def write(self, samples: Sequence[Sample]) -> None:
        """Fail, or wait, then write."""
        time.sleep(self.pause_s)
        if self.failures:
            self.failures -= 1
            msg = "not now"
            raise Unavailable(msg)
        super().write(samples)
        self.written += len(samples)
        if self.written >= 5:
            self.has_five.set()


def running() -> WorkerStatus:
    """Return the state of a worker at work."""
    return WorkerStatus("index", State.RUNNING, (), 0, 0, 0, 0, None)


def lags() -> Lags:
    """Return the lag of a stage with a live and a back-fill topic."""
    return {ENRICHED.name: 3, BACKFILL_ENRICHED.name: 40}


def make_sampler(store: SampleStore, metrics: Metrics, interval_s: float = 0.02) -> Sampler:
    """Return a sampler of one stage."""
    return Sampler(lambda: store, [Watched("index", running, lags)], metrics, SystemClock(), interval_s=interval_s)


async def test_samples_add_up(tmp_path: Path) -> None:
    """All that was counted is in the samples once, the last bit too; lag is told with its part of back-fill."""
    store, metrics = ReluctantStore(tmp_path / "samples.db"), Metrics()
    sampler = make_sampler(store, metrics)
    sampler.start()
    for _ in range(10):
        metrics.at("index").count(FINISHED, 7, outcome="done")
        await asyncio.sleep(0.01)
    assert await asyncio.to_thread(store.has_five.wait, 20)  # several, however busy the machine is
    metrics.at("index").count(FINISHED, 7, outcome="done")
    await sampler.close()
    samples = store.read([SampleKind.STAGE], LONG_AGO)
    assert sum(sample.fields["done"] for sample in samples) == 77
    assert {(sample.fields["lag"], sample.fields["lag_backfill"]) for sample in samples} == {(43, 40)}
    assert metrics.value(LAG, stage="index", topic=ENRICHED.name) == 3


async def test_an_outage_costs_no_sample(tmp_path: Path) -> None:
    """While the store does not answer, samples are kept, with the times that they are of."""
    store, metrics = ReluctantStore(tmp_path / "samples.db", failures=3), Metrics()
    sampler = make_sampler(store, metrics)
    sampler.start()
    metrics.at("index").count(FINISHED, 5, outcome="done")
    assert await asyncio.to_thread(store.has_five.wait, 20)
    await sampler.close()
    samples = store.read([SampleKind.STAGE], LONG_AGO)
    assert sum(sample.fields["done"] for sample in samples) == 5
    at = [sample.at for sample in samples]
    assert len(set(at)) == len(at)


async def test_a_store_that_hangs_holds_nobody(tmp_path: Path) -> None:
    """Neither the event loop nor the end of the process waits for a store that does not answer."""
    sampler = make_sampler(ReluctantStore(tmp_path / "samples.db", pause_s=3), Metrics())
    started = time.monotonic()
    sampler.start()
    await asyncio.sleep(0.1)
    await sampler.close(last_write_s=0.1)
    assert time.monotonic() - started < 2


async def test_no_interval_means_no_samples(tmp_path: Path) -> None:
    """Switched off, it opens nothing and writes nothing."""
    store = SqliteSamples(tmp_path / "samples.db")
    sampler = make_sampler(store, Metrics(), interval_s=0)
    sampler.start()
    await sampler.close()
    assert store.read([SampleKind.STAGE], LONG_AGO) == []
