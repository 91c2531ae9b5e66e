"""Driving a delivery worker from a `Log`: the embedded runtime's counterpart of a Faust agent.

A log, a group, topics and a step in; everything the group has not finished goes through the step. Imports only delivery
modules, the log protocol, the clock, the metrics and `schemas`.
"""

import asyncio
from collections import deque
from collections.abc import Collection, Sequence
from random import Random

from pipeline.clock import Clock
from pipeline.delivery.backfill import Backfill
from pipeline.delivery.limits import Limits
from pipeline.delivery.log_ends import LogSender, LogSource
from pipeline.delivery.outcome import Step
from pipeline.delivery.worker import DeliveryWorker
from pipeline.log.base import Log
from pipeline.metrics import Metrics
from schemas.errors import ConfigurationError, Unavailable
from schemas.message import Message, TopicPartition

# Commits wait for the poll that is going on, and a poll with messages returns at once.
_POLL_S = 0.2
_LOOK_S = 0.05


class LogConsumer:
    """One consumer of a group: polls, offers to its worker, acknowledges by commit, follows its partitions."""

    def __init__(
        self,
        log: Log,
        group: str,
        topics: Sequence[str],
        step: Step,
        clock: Clock,
        *,
        program_version: str,
        limits: Limits | None = None,
        metrics: Metrics | None = None,
        random: Random | None = None,
        backfill: Collection[str] = (),
    ) -> None:
        """Prepare; of `topics` those in `backfill` are read only while the others are not waiting."""
        self._source = LogSource(log, group, topics)
        self._clock = clock
        self.worker = DeliveryWorker(
            step,
            LogSender(log),
            self._source,
            clock,
            program_version=program_version,
            limits=limits,
            metrics=metrics,
            random=random,
        )
        self._generations: dict[TopicPartition, int] = {}
        self._generation = 0
        self._polled: deque[tuple[Message, int]] = deque()
        self._polling: asyncio.Task[None] | None = None
        self._backfill = Backfill(self.worker, backfill, self._live_waiting, clock)
        self._more_live = 0
        self._held_back: frozenset[TopicPartition] = frozenset()

    async def run(self) -> int:
        """Work until `stop` or a failure; give the partitions back and return the worker's exit code.

        The step is not closed: it belongs to whoever made it.
        """
        working = asyncio.create_task(self.worker.run())
        polling = self._polling = asyncio.create_task(self._poll_for_ever())
        self._backfill.start()
        try:
            await asyncio.wait({working, polling}, return_when=asyncio.FIRST_COMPLETED)
            if polling.done() and not polling.cancelled() and (error := polling.exception()):
                self.worker.fail(error)
            return await working
        finally:
            self._backfill.stop()
            polling.cancel()
            working.cancel()
            await asyncio.wait({working, polling})
            await self._source.close()

    async def stop(self, drain_s: float = 20.0) -> bool:
        """Stop polling, then the worker; returns whether everything that was started is finished and acknowledged."""
        if self._polling is not None:
            self._polling.cancel()
        return await self.worker.stop(drain_s)

    async def wait_drained(self, idle_s: float = 0.0) -> bool:
        """Wait until the group has finished all that its topics hold, and that has been so for `idle_s`.

        For the last of several roles: wait for each in the order of the pipeline. False when the worker ended before.
        """
        quiet_since_s: float | None = None
        while self.worker.exit_code is None:
            if await self._is_quiet():
                now_s = self._clock.monotonic_s()
                quiet_since_s = now_s if quiet_since_s is None else quiet_since_s
                if now_s - quiet_since_s >= idle_s:
                    return True
            else:
                quiet_since_s = None
            await self._clock.sleep_async(_LOOK_S)
        return False

    async def run_until_drained(self, idle_s: float = 0.0) -> int:
        """Run until the group's lag has been 0 for `idle_s` with nothing in flight; return the exit code."""
        running = asyncio.create_task(self.run())
        waiting = asyncio.create_task(self.wait_drained(idle_s))
        try:
            await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
            if waiting.done() and waiting.result():
                await self.stop()
            return await running
        finally:
            waiting.cancel()
            running.cancel()
            await asyncio.wait({running, waiting})

    async def _is_quiet(self) -> bool:
        if self._polled or not await self.worker.drained():
            return False
        try:
            # Asked last: what arrives after the answer belongs to the next look.
            return await self._source.is_drained() and self.worker.idle and not self._polled
        except (Unavailable, ConfigurationError):
            return False

    async def _poll_for_ever(self) -> None:
        limits = self.worker.limits
        while True:
            await self._hold_back()
            await self._poll(limits.batch_records, limits.batch_bytes, _POLL_S)
            if self._polled:
                await self._feed_all()

    async def _hold_back(self) -> None:
        """Leave back-fill in the log while enough of it is held here."""
        full, topics = self._backfill.full, self._backfill.topics
        held_back = frozenset(place for place in self._generations if full and place.topic in topics)
        if held_back != self._held_back:
            await self._source.pause(held_back)
            self._held_back = held_back

    def _live_waiting(self) -> int:
        """Return what is known to wait: polled and not offered yet, or left behind by a poll that was full."""
        return len(self._polled) + self._more_live

    async def _poll(self, max_records: int, max_bytes: int, timeout_s: float) -> None:
        with self.worker.retries.open("poll") as retry:
            while True:
                try:
                    messages, assignment = await self._source.poll(max_records, max_bytes, timeout_s)
                except (Unavailable, ConfigurationError) as error:
                    await retry.pause(error)
                else:
                    break
        await self._follow(assignment)
        live = 0
        for message in messages:
            generation = self._generations.get(message.topic_partition, self._generation)
            if message.topic in self._backfill.topics:
                await self._backfill.offer(message, generation)
            else:
                live += 1
                self._polled.append((message, generation))
        self._more_live = live if live >= max_records else 0

    async def _follow(self, assignment: Collection[TopicPartition]) -> None:
        gone = self._generations.keys() - set(assignment)
        if gone:
            # They are lost already, so there is nothing to wait for: the new owner starts at the committed offset.
            await self._backfill.revoke(gone, drain_s=0.0)
            for place in gone:
                del self._generations[place]
        gained = set(assignment) - self._generations.keys()
        if gained:
            self._generation += 1
            self._generations.update(dict.fromkeys(gained, self._generation))
            self.worker.assign(gained, self._generation)

    async def _feed_all(self) -> None:
        """Offer what was polled; while the worker is full, keep the partitions by polling with all of them paused."""
        feeding = asyncio.create_task(self._feed())
        paused = False
        try:
            while not (await asyncio.wait({feeding}, timeout=self.worker.limits.renew_s))[0]:
                await self._source.pause(self._generations.keys())
                paused = True
                # A partition gained by this very poll is not paused yet and may deliver: then one message only.
                await self._poll(max_records=1, max_bytes=1, timeout_s=0.0)
            await feeding
        finally:
            feeding.cancel()
        if paused:
            await self._source.pause(self._held_back)

    async def _feed(self) -> None:
        while self._polled:
            message, generation = self._polled[0]
            await self._backfill.offer(message, generation)
            self._polled.popleft()
