"""One lane of a delivery worker: what waits to be started, and the batches of it that are in work.

Tickets in, batches out to whoever completes them. Lanes do not wait for each other: however long the batches of one
take, those of another begin as if it were not there. Lives in one event loop. Imports only delivery modules and the
clock.
"""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Final

from pipeline.clock import Clock
from pipeline.delivery.inbox import Inbox
from pipeline.delivery.limits import Limits
from pipeline.delivery.tracker import Ticket
from pipeline.delivery.wakeup import Wakeup
from schemas.message import TopicPartition

LONGEST_REST_S: Final = 5.0
"""A batch that takes longer has waited for something that does not answer, and has taken nobody's time."""
_SHARE: Final = 4
Begin = Callable[[list[Ticket]], asyncio.Task[None]]
"""Begins to complete a batch; the task ends with it."""


class Lane:
    """An inbox, and room for so many batches of it at once. `changed` is notified by whoever ends a batch."""

    def __init__(self, limits: Limits, changed: Wakeup) -> None:
        self.limits = limits
        self.inbox = Inbox(limits.inbox_records, limits.inbox_bytes)
        self.begun = 0
        """How many batches were begun so far."""
        self._changed = changed
        self._batches: dict[asyncio.Task[None], list[Ticket]] = {}

    @property
    def batches(self) -> int:
        """How many batches are in work."""
        return len(self._batches)

    @property
    def has_work(self) -> bool:
        """Whether anything waits or is in work."""
        return bool(self._batches) or self.inbox.records > 0

    def is_working_on(self, partitions: Collection[TopicPartition]) -> bool:
        """Whether something of these partitions was started, and is neither finished nor given up."""
        return any(
            not (ticket.finished or ticket.stale) and ticket.message.topic_partition in partitions
            for batch in self._batches.values()
            for ticket in batch
        )

    async def dispatch(self, begin: Begin) -> None:
        """Begin one batch after the other, as there is room; return when the inbox is closed and empty."""
        while await self._begin_next(begin):
            await self._changed.until(lambda: len(self._batches) < self.limits.batches_in_flight)

    async def dispatch_behind(self, begin: Begin, first: "Lane", clock: Clock) -> None:
        """Do the same, resting as `behind_rest` says after each batch during which the lane `first` had work."""
        while await self._begin_next(begin):
            begun, started_s = first.begun, clock.monotonic_s()
            await self._changed.until(lambda: len(self._batches) < self.limits.batches_in_flight)
            if first.has_work or first.begun > begun:
                rest_s = (clock.monotonic_s() - started_s) * self.limits.behind_rest
                await self._changed.until(lambda: self.inbox.closed, min(rest_s, LONGEST_REST_S))

    async def _begin_next(self, begin: Begin) -> bool:
        limits = self.limits
        batch = await self.inbox.take(limits.batch_records, limits.batch_bytes, limits.linger_s)
        if not batch:
            return False
        self._batches[begin(batch)] = batch
        self.begun += 1
        return True

    def forget(self, task: asyncio.Task[None]) -> None:
        """Make room: the batch of this task is through. Ignores tasks of others."""
        self._batches.pop(task, None)


def share_of(limits: Limits) -> Limits:
    """Return the limits of work that stays behind: small batches one by one, and hardly more waiting than the next.

    A quarter of a batch: small enough not to be felt, large enough to be worth a batch of its own.
    """
    records, size_bytes = max(1, limits.batch_records // _SHARE), max(1, limits.batch_bytes // _SHARE)
    return replace(
        limits,
        inbox_records=records,
        inbox_bytes=size_bytes,
        batch_records=records,
        batch_bytes=size_bytes,
        batches_in_flight=1,
    )
