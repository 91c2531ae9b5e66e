"""Letting back-fill into a worker only while live work is not waiting: the same rule on both runtimes.

Messages of back-fill topics in, as they are read; the same messages offered to the worker, one after the other, to stay
behind the live ones (`lane.py`), and only while few of those are in its inbox and few are unread. Knows no log and no
Faust. Lives in one event loop.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Collection
from typing import Final

from pipeline.clock import Clock
from pipeline.delivery.lane import share_of
from pipeline.delivery.worker import DeliveryWorker
from schemas.message import Message, TopicPartition

HELD_RECORDS: Final = 64
"""Messages read ahead; more are left in the log."""
LOW_LAG: Final = 20
"""Live messages not read yet that count as none: what arrives while one batch is worked on."""
_LOOK_S: Final = 0.05


class Backfill:
    """Stands before a worker: live messages pass at once, those of back-fill topics wait here.

    `live_waiting` gives how many live messages have not been read. `on_full` is told when reading of back-fill should
    pause (True) and may go on (False). A rebalance forgets pauses, and is followed by a new answer when too much comes.
    """

    def __init__(
        self,
        worker: DeliveryWorker,
        topics: Collection[str],
        live_waiting: Callable[[], int],
        clock: Clock,
        on_full: Callable[[bool], None] = lambda _: None,
    ) -> None:
        self.topics = frozenset(topics)
        self._worker = worker
        self._live_waiting = live_waiting
        self._clock = clock
        self._on_full = on_full
        self._inbox_records = share_of(worker.limits).batch_records
        self._held: deque[tuple[Message, int]] = deque()
        self._arrived = asyncio.Event()
        self._running: asyncio.Task[None] | None = None
        self.full = False

    def start(self) -> None:
        """Let in what is held, whenever there is room, until the worker has stopped or `stop`; once, in the loop."""
        self._running = asyncio.create_task(self._let_in_for_ever())
        self._running.add_done_callback(self._end)

    def stop(self) -> None:
        """Let nothing more in. What is held is not acknowledged, so it is delivered again."""
        if self._running is not None:
            self._running.cancel()

    async def offer(self, message: Message, generation: int) -> bool:
        """Offer a live message to the worker, or hold one of a back-fill topic without waiting; as `offer` there."""
        if message.topic not in self.topics:
            return await self._worker.offer(message, generation=generation)
        self._held.append((message, generation))
        self._arrived.set()
        self._tell_full()
        return True

    async def revoke(self, partitions: Collection[TopicPartition], drain_s: float) -> bool:
        """Drop what is held of partitions that are taken away, and have the worker give them back."""
        gone = set(partitions)
        self._held = deque(held for held in self._held if held[0].topic_partition not in gone)
        self._tell_full()
        return await self._worker.revoke(gone, drain_s)

    @property
    def is_open(self) -> bool:
        """Whether live work leaves room at this moment."""
        return self._worker.inbox_records < self._inbox_records and self._live_waiting() <= LOW_LAG

    async def _let_in_for_ever(self) -> None:
        while self._worker.exit_code is None:
            if not self._held:
                self._arrived.clear()
                await self._arrived.wait()
            elif self.is_open:
                message, generation = self._held.popleft()
                self._tell_full()
                await self._worker.offer(message, generation=generation, behind=True)
            else:
                await self._clock.sleep_async(_LOOK_S)

    def _end(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._worker.fail(error)

    def _tell_full(self) -> None:
        count = len(self._held)
        # Told again with each further message: after a rebalance reading goes on although it was to pause.
        full = count >= (HELD_RECORDS // 2 if self.full else HELD_RECORDS)
        if full != self.full or count > HELD_RECORDS:
            self.full = full
            self._on_full(full)
