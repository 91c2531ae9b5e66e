"""Telling the source, at a bounded rhythm, how far the finished prefix reaches.

Finished tickets in, acknowledgements out. Imports only delivery modules and `schemas`.
"""

import asyncio
from collections.abc import Collection

from pipeline.delivery.limits import Limits
from pipeline.delivery.outcome import Acknowledger
from pipeline.delivery.retry import Retries
from pipeline.delivery.tracker import Ticket, Tracker
from pipeline.delivery.wakeup import Wakeup
from pipeline.metrics import ACKNOWLEDGED, UNACKNOWLEDGED, StageMetrics
from schemas.errors import ConfigurationError, Unavailable
from schemas.message import Message, TopicPartition


class FinishedPrefix:
    """Owns the tracker and acknowledges what it hands out: after so many messages or so much time.

    `changed` is notified whenever something was finished, acknowledged or forgotten.
    """

    def __init__(
        self, acknowledger: Acknowledger, retries: Retries, limits: Limits, metrics: StageMetrics, changed: Wakeup
    ) -> None:
        self.tracker = Tracker()
        self._acknowledger = acknowledger
        self._retries = retries
        self._limits = limits
        self._metrics = metrics
        self._changed = changed
        self._owed: list[Message] = []  # handed out by the tracker, not yet acknowledged
        self._finished_since = 0
        self._one_at_a_time = asyncio.Lock()

    @property
    def unacknowledged(self) -> int:
        """Messages that were tracked and are not acknowledged, whether finished or not."""
        return self.tracker.pending + len(self._owed)

    @property
    def held(self) -> frozenset[TopicPartition]:
        """Partitions of the messages that are not acknowledged."""
        return self.tracker.pending_partitions | {message.topic_partition for message in self._owed}

    def finish(self, ticket: Ticket) -> bool:
        """Mark a ticket as finished; False when its partition was taken away since."""
        counts = self.tracker.finish(ticket)
        self._finished_since += counts
        self._changed.notify()
        return counts

    async def acknowledge_for_ever(self) -> None:
        """Acknowledge at the rhythm of the limits until cancelled; an outage of the source is waited for."""
        limits = self._limits
        while True:
            await self._changed.until(lambda: self._finished_since > 0)
            await self._changed.until(
                lambda: self._finished_since >= limits.acknowledge_records, limits.acknowledge_interval_s
            )
            with self._retries.open("acknowledge") as retry:
                while True:
                    try:
                        await self.flush()
                    except (Unavailable, ConfigurationError) as error:
                        await retry.pause(error)
                    else:
                        break

    async def flush(self) -> None:
        """Acknowledge all that is in the finished prefix, now.

        Raises:
            Unavailable: the source did not take it; it stays owed, and the next flush tries again.
            ConfigurationError: the same, until a person acts.
        """
        async with self._one_at_a_time:
            self._finished_since = 0
            for ticket in self.tracker.take_finished():
                if ticket.token is not None:
                    ticket.token()
                self._owed.append(ticket.message)
            if not self._owed:
                return
            sending = tuple(self._owed)
            await self._acknowledger.acknowledge(sending)
            sent = set(map(id, sending))
            self._owed = [message for message in self._owed if id(message) not in sent]
            self._metrics.count(ACKNOWLEDGED, len(sending))
            self._metrics.set(UNACKNOWLEDGED, self.unacknowledged)
            self._changed.notify()

    def forget(self, partitions: Collection[TopicPartition]) -> None:
        """Drop everything about the partitions: they belong to somebody else now."""
        self.tracker.forget(partitions)
        gone = set(partitions)
        self._owed = [message for message in self._owed if message.topic_partition not in gone]
        self._changed.notify()
