"""The delivery worker: one loop for Faust agents and for the embedded log (DELIVERY.md section 2).

Messages in by `offer`, with back-pressure; acknowledgements out, for the finished prefix of each partition only. Knows
no runtime and no step. Lives in one event loop.
"""

import asyncio
from collections.abc import Collection, Coroutine
from functools import partial
from random import Random
from typing import Any

import structlog

from pipeline.clock import Clock
from pipeline.delivery.acknowledging import FinishedPrefix
from pipeline.delivery.breaker import Breaker, BreakerTripped
from pipeline.delivery.completion import Completion
from pipeline.delivery.lane import Begin, Lane, share_of
from pipeline.delivery.limits import EXIT_BREAKER, EXIT_FORCED, EXIT_OK, EXIT_UNEXPECTED, Limits
from pipeline.delivery.measuring import measure_work
from pipeline.delivery.outcome import Acknowledger, Sender, Step
from pipeline.delivery.retry import Retries
from pipeline.delivery.status import State, WorkerStatus
from pipeline.delivery.tracker import Ticket, Token
from pipeline.delivery.wakeup import Wakeup
from pipeline.metrics import BATCHES_IN_FLIGHT, INBOX_BYTES, INBOX_RECORDS, RECEIVED, UNACKNOWLEDGED, Metrics
from schemas.errors import ConfigurationError, Unavailable
from schemas.message import Message, TopicPartition

# How long cancelled tasks may take to end; a step that swallows its cancellation is left behind.
_CANCEL_S = 1.0

_log = structlog.get_logger(__name__)


class DeliveryWorker:
    """Drives one step: every message offered ends as output, dead letter or counted drop, then is acknowledged.

    Life: `run()` in a task of its own, `offer()` from the intake, `stop()` from whoever ends it. A message that is not
    acknowledged in the end is delivered again by the source; nothing is remembered here.
    """

    def __init__(
        self,
        step: Step,
        sender: Sender,
        acknowledger: Acknowledger,
        clock: Clock,
        *,
        program_version: str,
        limits: Limits | None = None,
        metrics: Metrics | None = None,
        random: Random | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self._step = step
        self._clock = clock
        self._metrics = (Metrics() if metrics is None else metrics).at(step.stage)
        self.retries = Retries(
            clock,
            random or Random(),  # noqa: S311  # jitter, not a secret
            self._metrics,
            cap_s=self.limits.retry_cap_s,
            configuration_pause_s=self.limits.configuration_pause_s,
        )
        self._changed = Wakeup()
        self._live, self._behind = Lane(self.limits, self._changed), Lane(share_of(self.limits), self._changed)
        self._lanes = (self._live, self._behind)
        self._prefix = FinishedPrefix(acknowledger, self.retries, self.limits, self._metrics, self._changed)
        self._completion = partial(
            Completion, step, sender, clock, self.limits, self._metrics, self.retries, Breaker(), program_version
        )
        self._state = State.STARTING
        self._exit_code: int | None = None
        self._generations: dict[TopicPartition, int] = {}
        self._revoked: set[TopicPartition] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._ending = False

    @property
    def exit_code(self) -> int | None:
        """One of the `EXIT_…` codes once the worker has stopped, None before."""
        return self._exit_code

    @property
    def idle(self) -> bool:
        """Whether everything that was offered is finished and acknowledged."""
        return self._prefix.unacknowledged == 0

    @property
    def inbox_records(self) -> int:
        """Messages that were offered and not started yet, without those that stay behind."""
        return self._live.inbox.records

    @property
    def held(self) -> frozenset[TopicPartition]:
        """Partitions of which it has taken messages that are not acknowledged."""
        return self._prefix.held

    def status(self) -> WorkerStatus:
        """Return what the worker is doing at this moment, and bring its gauges up to date."""
        status = WorkerStatus(
            stage=self._step.stage,
            state=self._state,
            blocked=self.retries.blockages,
            inbox_records=sum(lane.inbox.records for lane in self._lanes),
            inbox_bytes=sum(lane.inbox.size_bytes for lane in self._lanes),
            batches_in_flight=sum(lane.batches for lane in self._lanes),
            unacknowledged=self._prefix.unacknowledged,
            exit_code=self._exit_code,
            last_error=self.retries.last,
        )
        self._metrics.set(INBOX_RECORDS, status.inbox_records)
        self._metrics.set(INBOX_BYTES, status.inbox_bytes)
        self._metrics.set(BATCHES_IN_FLIGHT, status.batches_in_flight)
        self._metrics.set(UNACKNOWLEDGED, status.unacknowledged)
        measure_work(self._metrics, self._step, self._prefix.tracker, self._clock.now())
        return status

    async def offer(
        self, message: Message, token: Token | None = None, generation: int | None = None, *, behind: bool = False
    ) -> bool:
        """Take a message in, waiting while the worker has as much as its limits allow.

        Offer the messages of a partition one after the other, in offset order. `token` is called once when the message
        is in the finished prefix, right before it is acknowledged. `generation` is the assignment that the message was
        read under, if the source knows it. Partitions whose messages are to stay `behind` have a lane of their own,
        which the others never wait for. False when the message was not taken: the worker is stopping, or the partition
        was taken away; the message is not to be acknowledged then.
        """
        if not self._has_window():
            await self._changed.until(lambda: self._stopping or self._has_window())
        place = message.topic_partition
        known = self._generations.get(place)
        outdated = generation is not None and known is not None and generation != known
        if self._stopping or place in self._revoked or outdated:
            return False
        # Tracked before it waits for room: should this be cancelled, nothing behind the message is acknowledged.
        ticket = self._prefix.tracker.track(message, token)
        if not await (self._behind if behind else self._live).inbox.put(ticket):
            return False
        self._metrics.count(RECEIVED)
        return True

    def assign(self, partitions: Collection[TopicPartition], generation: int = 0) -> None:
        """Accept messages of these partitions from now on, those of this generation only when they carry one.

        What is known of an earlier generation is forgotten. Partitions that were never assigned are accepted too.
        """
        changed = [place for place in partitions if self._generations.get(place) != generation]
        self._forget(changed)
        self._generations.update(dict.fromkeys(changed, generation))
        self._revoked.difference_update(partitions)

    async def revoke(self, partitions: Collection[TopicPartition], drain_s: float = 10.0) -> bool:
        """Give partitions back: start nothing more of them, finish and acknowledge what was started, then forget them.

        Waits at most `drain_s` plus the last acknowledgement. Returns whether all that was started is acknowledged;
        what finishes later is ignored.
        """
        gone = set(partitions)
        self._revoked |= gone
        for lane in self._lanes:
            lane.inbox.discard(lambda ticket: ticket.message.topic_partition in gone)
        finished = await self._changed.until(
            lambda: self._exit_code is not None or not any(lane.is_working_on(gone) for lane in self._lanes), drain_s
        )
        acknowledged = await self._flush_within(self.limits.last_acknowledge_s)
        self._forget(gone)
        return finished and acknowledged

    async def drained(self) -> bool:
        """Wait until everything offered so far is acknowledged; False when the worker stopped before."""
        while not self.idle and self._exit_code is None:
            await self._changed.until(lambda: self._exit_code is not None or not self._has_work())
            await self._flush_within(self.limits.acknowledge_interval_s)
            # When the source did not take it, the acknowledging task tries again with growing pauses.
            await self._changed.until(lambda: self.idle or self._exit_code is not None or self._has_work())
        return self.idle

    async def run(self) -> int:
        """Work until `stop` or a failure, after which nothing is acknowledged; return the exit code.

        When the breaker trips, all that is through is: else each start would give the same dead letters again.
        Cancelling it leaves at once; what was not acknowledged is delivered again.
        """
        _ = self._spawn(self._live.dispatch(self._begin_in(self._live)))
        _ = self._spawn(self._behind.dispatch_behind(self._begin_in(self._behind), self._live, self._clock))
        _ = self._spawn(self._prefix.acknowledge_for_ever())
        if not self._stopping:
            self._state = State.RUNNING
        try:
            await self._changed.until(lambda: self._exit_code is not None)
            await self._flush_within(self.limits.last_acknowledge_s)
        finally:
            self._end(EXIT_FORCED)
            await self._cancel_all()
            self.status()
        return EXIT_FORCED if self._exit_code is None else self._exit_code

    async def stop(self, drain_s: float = 20.0) -> bool:
        """Take nothing more in, finish and acknowledge what was started, and end `run`.

        What waits in the inbox was never started; it is left to be delivered again. Returns whether everything that was
        started is finished and acknowledged; when it is not after `drain_s` (plus the last acknowledgement), the exit
        code is `EXIT_FORCED`.
        """
        if self._exit_code is None:
            self._state = State.STOPPING
            self._close_inboxes()
            self.retries.hurry()
            self._changed.notify()
            finished = await self._changed.until(lambda: self._exit_code is not None or not self._has_work(), drain_s)
            acknowledged = await self._flush_within(self.limits.last_acknowledge_s)
            self._end(EXIT_OK if finished and acknowledged else EXIT_FORCED)
        return self._exit_code == EXIT_OK

    def fail(self, error: BaseException) -> None:
        """End the worker because of something nobody foresaw, here or in its intake: log it, acknowledge no more."""
        tripped = isinstance(error, BreakerTripped)
        event = "breaker tripped: the worker stops until somebody looks" if tripped else "worker failed"
        _log.critical(event, stage=self._step.stage, why=str(error), exc_info=error)
        self._end(EXIT_BREAKER if tripped else EXIT_UNEXPECTED)

    @property
    def _stopping(self) -> bool:
        return self._state is State.STOPPING or self._state is State.STOPPED

    def _has_window(self) -> bool:
        return self._prefix.unacknowledged < self.limits.unacknowledged_records

    def _has_work(self) -> bool:
        return any(lane.has_work for lane in self._lanes)

    def _begin_in(self, lane: Lane) -> Begin:
        completion = self._completion(partial(self._leave, lane))
        return lambda batch: self._spawn(completion.complete(batch))

    def _leave(self, lane: Lane, ticket: Ticket) -> None:
        key = ticket.message.key
        self._prefix.finish(ticket)
        lane.inbox.release(key)

    def _close_inboxes(self) -> None:
        for lane in self._lanes:
            lane.inbox.close()

    async def _flush_within(self, seconds: float) -> bool:
        if self._exit_code not in {None, EXIT_BREAKER}:
            return False
        try:
            async with asyncio.timeout(seconds):
                await self._prefix.flush()
        except (TimeoutError, Unavailable, ConfigurationError) as error:
            _log.warning("not acknowledged", stage=self._step.stage, why=str(error) or "timed out")
            return False
        except Exception as error:  # noqa: BLE001  # whatever it is, the worker must end with its exit code
            self.fail(error)
            return False
        return True

    def _forget(self, partitions: Collection[TopicPartition]) -> None:
        self._prefix.forget(partitions)
        for place in partitions:
            self._generations.pop(place, None)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finish_task)
        return task

    def _finish_task(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        for lane in self._lanes:
            lane.forget(task)
        error = RuntimeError("cancelled from inside") if task.cancelled() else task.exception()
        if error is not None and not self._ending:
            self.fail(error)
        self._changed.notify()

    def _end(self, code: int) -> None:
        if self._exit_code is None:
            self._exit_code = code
        self._state = State.STOPPED
        self._ending = True
        self._close_inboxes()
        self._changed.notify()

    async def _cancel_all(self) -> None:
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=_CANCEL_S)
