"""One worker of the distributed runtime as a process: starting, answering a supervisor, leaving in time.

In: settings, a role, and a way to consume (Faust's, in `agents`). Out: an exit code. Waits for services that do not
answer, refuses services that are not set up, drains when told to leave. Imports the adapters, never a client.
"""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from random import Random
from typing import Any, Final, Protocol, TypeVar

import structlog

from pipeline.clock import Clock
from pipeline.connections import log_of, samples_of
from pipeline.delivery.limits import EXIT_FORCED, EXIT_OK
from pipeline.delivery.outcome import Step
from pipeline.delivery.retry import Retries
from pipeline.delivery.status import State, WorkerStatus
from pipeline.delivery.watchdog import Watchdog
from pipeline.delivery.worker import DeliveryWorker
from pipeline.garbage import collect_seldom
from pipeline.log.base import Log
from pipeline.metrics import Metrics
from pipeline.monitoring.sampler import Sampler, Watched
from pipeline.monitoring.source_counts import CountsSources, Fields
from pipeline.probe import HOST, Probe, serve_probe
from pipeline.roles import Role
from pipeline.settings import Settings
from pipeline.steps import start_step
from schemas.errors import ConfigurationError, Unavailable
from schemas.topics import TOPICS

DRAIN_S: Final = 20.0
LEAVE_S: Final = 30.0
_CLOSE_S: Final = 3.0
# How long a broker may take to answer at the start before /readyz says that it is waited for.
_ASK_S: Final = 5.0

Answer = TypeVar("Answer")
_log = structlog.get_logger(__name__)


class Consumer(Protocol):
    """What feeds a delivery worker from a log."""

    worker: DeliveryWorker

    @property
    def joined(self) -> bool:
        """Whether the group has given this worker its share of the partitions, even an empty one."""

    async def run(self) -> int:
        """Work until `worker.stop` or a failure, and return the exit code."""


class WorkerProcess:
    """Runs one role. `run` once, in the main thread."""

    def __init__(
        self,
        settings: Settings,
        role: Role,
        clock: Clock,
        open_consumer: Callable[[Step, Metrics], Consumer],
        *,
        watchdog_s: float = 60.0,
    ) -> None:
        """Prepare; the process ends itself when its event loop is blocked for `watchdog_s`."""
        self._settings = settings
        self._role = role
        self._clock = clock
        self._open_consumer = open_consumer
        self._metrics = Metrics()
        self._retries = Retries(clock, Random(), self._metrics.at(role.name))  # noqa: S311  # jitter, not a secret
        self._watchdog = Watchdog(clock, limit_s=watchdog_s)
        self._leaving = asyncio.Event()
        self._consumer: Consumer | None = None
        watched = Watched(role.name, self.status, self._lags, self._sources)
        self._sampler = Sampler(
            lambda: samples_of(settings), [watched], self._metrics, clock, interval_s=settings.metrics_interval_s
        )
        self._lag_log: Log | None = None
        self._step: Step | None = None

    async def run(self) -> int:
        """Start, work until SIGTERM or SIGINT, and return one of the `EXIT_…` codes.

        Raises:
            ConfigurationError: something has to be set up or corrected first; nothing was started.
        """
        collect_seldom()
        self._watchdog.start()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._leave)
        async with serve_probe(self._settings.metrics_port, Probe(self._readiness, self._render)) as port:
            _log.info("worker starts", **self._describe(port))
            self._sampler.start()
            try:
                return await self._work()
            finally:
                await self._sampler.close()

    def status(self) -> WorkerStatus:
        """Return what the process is doing at this moment, also before there is a delivery worker."""
        if self._consumer is not None:
            return self._consumer.worker.status()
        state = State.STOPPING if self._leaving.is_set() else State.STARTING
        return WorkerStatus(self._role.name, state, self._retries.blockages, 0, 0, 0, 0, None)

    def _describe(self, port: int) -> dict[str, object]:
        settings = self._settings
        facts = {"role": self._role.name, "pid": os.getpid(), "group": settings.topic_prefix + self._role.group}
        places = {"log": settings.resolved_log_url, "index": settings.shown_index_url}
        return {**facts, **places, "probe": f"http://{HOST}:{port}/readyz"}

    def _render(self) -> bytes:
        self.status()  # brings the gauges up to date
        return self._metrics.render()

    def _lags(self) -> dict[str, int]:
        """Ask for the lag of each topic of the role; in the sampler's thread, on a connection of its own."""
        self._lag_log = self._lag_log or log_of(self._settings, self._clock, _ASK_S)
        topics = [topic.name for topic in self._role.inputs]
        return {topic: sum(self._lag_log.lag(self._role.group, [topic]).values()) for topic in topics}

    def _sources(self, interval_s: float) -> Sequence[Fields]:
        if isinstance(self._step, CountsSources):
            return self._step.take_sources(interval_s)
        return ()

    def _readiness(self) -> tuple[bool, Mapping[str, Any]]:
        status = self.status()
        joined = self._consumer is not None and self._consumer.joined
        blocked = [
            {
                "where": one.where,
                "since": one.since,
                "why": one.why,
                "attempts": one.attempts,
                "needs_person": one.needs_person,
            }
            for one in status.blocked
        ]
        facts = {
            "role": status.stage,
            "state": status.state,
            "joined": joined,
            "blocked": blocked,
            "inbox_records": status.inbox_records,
            "batches_in_flight": status.batches_in_flight,
            "unacknowledged": status.unacknowledged,
        }
        return status.ready and joined, facts

    async def _work(self) -> int:
        step = await self._unless_leaving(self._start())
        if step is None:
            _log.info("worker leaves before it has started", role=self._role.name)
            return EXIT_OK
        self._step = step
        try:
            code = await self._consume(step)
        finally:
            await self._sampler.close()  # before the step, which it asks
            await self._close(step)
        _log.info("worker ends", role=self._role.name, exit_code=code)
        return code

    async def _start(self) -> Step:
        await self._until_answered("broker", self._check_topics)
        metrics = self._metrics.at(self._role.name)
        return await self._until_answered("start", lambda: start_step(self._role, self._settings, self._clock, metrics))

    async def _check_topics(self) -> None:
        log = log_of(self._settings, self._clock, _ASK_S)
        try:
            faults = await asyncio.to_thread(log.verify_topics, TOPICS)
        finally:
            await asyncio.to_thread(log.close)
        if faults:
            msg = "Kafka is not set up for newswire:\n- " + "\n- ".join(faults)
            msg += "\nnewswire setup creates what is missing; a topic that differs has to be altered or made anew"
            raise ConfigurationError(msg)

    async def _until_answered(self, where: str, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        with self._retries.open(where) as retry:
            while True:
                try:
                    return await ask()
                except Unavailable as error:
                    await retry.pause(error)

    async def _unless_leaving(self, work: Awaitable[Answer]) -> Answer | None:
        """Return what the work gives, None when the process was told to leave before."""
        working = asyncio.ensure_future(work)
        leaving = asyncio.ensure_future(self._leaving.wait())
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        leaving.cancel()
        if not working.done():
            working.cancel()
            return None
        return await working

    async def _consume(self, step: Step) -> int:
        consumer = self._consumer = self._open_consumer(step, self._metrics)
        running = asyncio.create_task(consumer.run())
        await self._unless_leaving(asyncio.shield(running))
        if not running.done():
            await consumer.worker.stop(DRAIN_S)
        return await running

    async def _close(self, step: Step) -> None:
        try:
            async with asyncio.timeout(_CLOSE_S):
                await step.close()
        except TimeoutError:
            _log.warning("step was not closed in time", role=self._role.name)

    def _leave(self) -> None:
        if self._leaving.is_set():
            os._exit(EXIT_FORCED)  # asked twice: at once, and the log delivers again
        _log.info("worker leaves", role=self._role.name)
        self._leaving.set()
        self._watchdog.leave_within(LEAVE_S)
