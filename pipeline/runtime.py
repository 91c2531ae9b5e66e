"""The embedded runtime: all roles in one process, on any log and index, with enrichment in processes of its own.

Settings, log and index in; articles that wait in the log end in the index. Drives the same steps and the same delivery
loop as the Faust agents. Imports the adapters, never a client.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from typing import Final, TypeVar

from pipeline import roles
from pipeline.clock import Clock
from pipeline.connections import samples_of
from pipeline.corrections.follow import CorrectionFollower
from pipeline.delivery.consume import LogConsumer
from pipeline.delivery.limits import EXIT_BREAKER, EXIT_OK, Limits
from pipeline.delivery.outcome import Step
from pipeline.index.base import ArticleIndex
from pipeline.log.base import Log
from pipeline.metrics import Metrics
from pipeline.monitoring.sampler import Sampler, Watched
from pipeline.monitoring.source_counts import CountsSources
from pipeline.roles import Role
from pipeline.settings import Settings
from pipeline.steps import build_enrich_step, build_index_step, limits_of, start_alert_step
from schemas.errors import Stopped

T = TypeVar("T")
# How often progress is looked at: often enough for a bar that moves, seldom enough to cost nothing.
PROGRESS_INTERVAL_S: Final = 0.5
FEED_LOOK_S: Final = 0.05
PRUNE_INTERVAL_S: Final = 1800.0
# Index writes are cheap per document, so that larger batches save commits; enrichment wants small ones to share out.
INDEX_LIMITS: Final = Limits(batch_records=200, linger_s=0.2, batches_in_flight=1)


@dataclass(frozen=True, slots=True)
class Progress:
    """How many messages wait for each role at this moment."""

    waiting: dict[str, int]

    @property
    def total(self) -> int:
        """Messages that wait for any role."""
        return sum(self.waiting.values())


class EmbeddedRuntime:
    """All roles over one log and one index. `run_until_drained` may be called again."""

    def __init__(
        self, settings: Settings, log: Log, index: ArticleIndex, clock: Clock, metrics: Metrics | None = None
    ) -> None:
        self._settings = settings
        self._log = log
        self._index = index
        self._clock = clock
        self._metrics = metrics or Metrics()

    async def run_until_drained(
        self,
        feed: Callable[[], object] | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> None:
        """Work until nothing waits for any role, and everything is searchable.

        Args:
            feed: runs in a thread beside the roles and sends to the log; the work ends after it has.
            on_progress: called now and then with what waits.

        Raises:
            Stopped: a role ended; what it had not finished stays in the log, and the next run goes on there.
        """
        feeding = asyncio.create_task(asyncio.to_thread(feed)) if feed else None
        if not await self._has_work(feeding):
            await asyncio.to_thread(self._index.refresh)
            return
        await self._work(feeding, on_progress, drains=True)

    async def run_beside(
        self, work: Awaitable[object], on_progress: Callable[[Progress], None] | None = None, *, drains: bool = False
    ) -> None:
        """Work until `work` ends, which sends to the log meanwhile; with `drains`, also until nothing waits.

        Everything that was indexed is searchable on return.

        Raises:
            Stopped: a role ended; what was not finished stays in the log.
            NewswireError: `work` raised it.
        """
        doing = asyncio.ensure_future(work)
        pruning = asyncio.create_task(self._prune_for_ever())
        try:
            await self._work(doing, on_progress, drains=drains)
        finally:
            doing.cancel()
            pruning.cancel()
            await asyncio.gather(doing, pruning, return_exceptions=True)

    async def _work(
        self,
        feeding: "asyncio.Future[object] | None",
        on_progress: Callable[[Progress], None] | None,
        *,
        drains: bool,
    ) -> None:
        async with AsyncExitStack() as stack:
            steps = await self._start_steps(stack)
            consumers = [(role, self._consumer(role, step)) for role, step in steps]
            running = [asyncio.create_task(_run_role(role, consumer)) for role, consumer in consumers]
            sampler = self._sampler(consumers, steps)
            sampler.start()
            stack.push_async_callback(sampler.close)
            stack.push_async_callback(_stop_all, [consumer for _, consumer in consumers], running)
            watching = asyncio.create_task(self._watch(on_progress)) if on_progress else None
            if watching:
                stack.callback(watching.cancel)
            if feeding:
                await _first_of(feeding, running)
            # In the order of the pipeline: a role can only be done when the one before it is.
            for (_, consumer), role_running in zip(consumers, running, strict=True) if drains else ():
                if not await _first_of(consumer.wait_drained(), running):
                    await role_running  # it ended before: this raises why
        await asyncio.to_thread(self._index.refresh)
        await asyncio.to_thread(self._log.prune)
        if on_progress:
            on_progress(Progress({role.name: 0 for role in roles.ROLES}))

    async def _prune_for_ever(self) -> None:
        while True:
            await self._clock.sleep_async(PRUNE_INTERVAL_S)
            await asyncio.to_thread(self._log.prune)

    async def _has_work(self, feeding: asyncio.Task[object] | None) -> bool:
        """Wait until something waits for a role, or the feed ended without: loading the models would be for nothing."""
        while True:
            fed = feeding is None or feeding.done()
            if fed and feeding:
                await feeding
            if (await asyncio.to_thread(measure_progress, self._log)).total:
                return True
            if fed:
                return False
            await self._clock.sleep_async(FEED_LOOK_S)

    async def _start_steps(self, stack: AsyncExitStack) -> Sequence[tuple[Role, Step]]:
        enrich, pool = build_enrich_step(self._settings)
        stack.push_async_callback(enrich.close)
        starting = asyncio.create_task(pool.start())  # models load for seconds; meanwhile the other steps are built
        try:
            on_index = await asyncio.to_thread(self._build_index_steps)
            alert = start_alert_step(
                self._settings, self._index, self._log, self._clock, self._metrics.at(roles.ALERT.name)
            )
            stack.push_async_callback(alert.close)
        finally:
            await starting
        return ((roles.ENRICH, enrich), *on_index, (roles.ALERT, alert))

    def _build_index_steps(self) -> list[tuple[Role, Step]]:
        return [
            (role, build_index_step(role, self._settings, self._index, self._clock, self._follow))
            for role in (roles.INDEX, roles.GROUP)
        ]

    def _follow(self) -> CorrectionFollower:
        return CorrectionFollower(self._log)

    def _consumer(self, role: Role, step: Step) -> LogConsumer:
        limits = INDEX_LIMITS if role is roles.INDEX else limits_of(role, self._settings)
        return LogConsumer(
            self._log,
            role.group,
            [topic.name for topic in role.inputs],
            step,
            self._clock,
            program_version=version("newswire"),
            limits=limits,
            metrics=self._metrics,
            backfill=[topic.name for topic in role.backfill],
        )

    def _sampler(self, consumers: Sequence[tuple[Role, LogConsumer]], steps: Sequence[tuple[Role, Step]]) -> Sampler:
        watched = [
            Watched(
                role.name,
                consumer.worker.status,
                partial(measure_lags, self._log, role),
                step.take_sources if isinstance(step, CountsSources) else None,
            )
            for (role, consumer), (_, step) in zip(consumers, steps, strict=True)
        ]
        interval_s = self._settings.metrics_interval_s
        return Sampler(lambda: samples_of(self._settings), watched, self._metrics, self._clock, interval_s=interval_s)

    async def _watch(self, on_progress: Callable[[Progress], None]) -> None:
        while True:
            on_progress(await asyncio.to_thread(measure_progress, self._log))
            await self._clock.sleep_async(PROGRESS_INTERVAL_S)


def measure_progress(log: Log) -> Progress:
    """Return how many messages wait for each role.

    Raises:
        Unavailable: the log does not answer.
    """
    return Progress({role.name: sum(measure_lags(log, role).values()) for role in roles.ROLES})


def measure_lags(log: Log, role: Role) -> dict[str, int]:
    """Return how many messages of each of its topics the role's group has not finished.

    Raises:
        Unavailable: the log does not answer.
    """
    lags = log.lag(role.group, [topic.name for topic in role.inputs])
    by_topic = dict.fromkeys((topic.name for topic in role.inputs), 0)
    for place, lag in lags.items():
        by_topic[place.topic] += lag
    return by_topic


async def _run_role(role: Role, consumer: LogConsumer) -> None:
    code = await consumer.run()
    if code == EXIT_BREAKER:
        msg = (
            f"{role.name} stopped: so many records in a row were refused that something else must be wrong; look at "
            "`newswire dead-letters list`, repair it, and run the same command again"
        )
        raise Stopped(msg, code)
    if code != EXIT_OK:
        msg = f"{role.name} stopped with code {code}; what it had not finished is kept, run the same command again"
        raise Stopped(msg, code)


async def _first_of(work: Awaitable[T], running: Sequence[asyncio.Task[None]]) -> T:
    """Return what the work gives; when a role ends before it, raise what that ended with."""
    task = asyncio.ensure_future(work)
    await asyncio.wait({task, *running}, return_when=asyncio.FIRST_COMPLETED)
    for ended in running:
        if ended.done():
            await ended
    return await task


async def _stop_all(consumers: Sequence[LogConsumer], running: Sequence[asyncio.Task[None]]) -> None:
    await asyncio.gather(*(consumer.stop() for consumer in consumers))
    await asyncio.gather(*running, return_exceptions=True)
