"""A process that polls feeds, observed as workers are: a probe on loopback, and samples.

Settings and metrics in; both for the length of a context. Imports the adapters, never a client.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from pipeline.clock import Clock
from pipeline.connections import samples_of
from pipeline.metrics import Metrics
from pipeline.monitoring.sampler import Sampler, Watched
from pipeline.probe import Probe, serve_probe
from pipeline.settings import Settings


@asynccontextmanager
async def observe_poller(settings: Settings, clock: Clock, metrics: Metrics, stage: str) -> AsyncIterator[int]:
    """Answer /livez, /readyz and /metrics, and sample the poller; yield the probe's port.

    Raises:
        ConfigurationError: `metrics_port` cannot be used.
    """

    def readiness() -> tuple[bool, Mapping[str, Any]]:
        return True, {"role": stage, "state": "running"}

    sampler = Sampler(
        lambda: samples_of(settings), [Watched(stage)], metrics, clock, interval_s=settings.metrics_interval_s
    )
    async with serve_probe(settings.metrics_port, Probe(readiness, metrics.render)) as port:
        sampler.start()
        try:
            yield port
        finally:
            await sampler.close()
