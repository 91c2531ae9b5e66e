"""Holding a client to the offsets of the log: a message that it leaves out must not be committed over.

Messages in, as a client delivers them, partition by partition; an error out for the first one behind a gap that the log
does not have. The topics are written without transactions and kept whole, so offsets have no holes but those that
retention and foreign writers make; only where there is one, the log is asked. Imports the log protocol and `schemas`.
"""

import asyncio

from pipeline.clock import Clock
from pipeline.log.base import Log
from schemas.errors import Unavailable
from schemas.message import Message, TopicPartition

_PAUSE_S = 1.0


class Skipped(RuntimeError):
    """The client has left out a message that the log holds, and would have it committed over."""


class Continuity:
    """Follows the partitions of one consumer through one assignment after the other."""

    def __init__(self, log: Log, group: str, clock: Clock) -> None:
        self._log, self._group, self._clock = log, group, clock
        self._next: dict[TopicPartition, int] = {}
        self._starts: dict[str, dict[int, int]] = {}

    def restart(self) -> None:
        """Begin a new assignment: each partition has to go on where the group has committed."""
        self._next, self._starts = {}, {}

    async def check(self, message: Message) -> None:
        """Return when the message is the next of its partition, or one that was delivered before.

        Waits while the log does not answer, which is asked at the first message of a partition and at a gap.

        Raises:
            Skipped: there are messages before it that were neither committed nor delivered.
        """
        place, offset, following = message.topic_partition, message.offset, self._next
        expected = following.get(place)
        if expected is None:
            expected = await self._ask_start(place, self._starts)
        if offset > expected and await self._ask_held(place, expected, offset):
            what = f"from offset {expected} to {offset} of {place.topic}/{place.partition}"
            msg = f"the client went {what}, and left out messages that the log holds"
            raise Skipped(msg)
        following[place] = offset + 1  # of the assignment that it came with, although another may have begun since

    async def _ask_start(self, place: TopicPartition, starts: dict[str, dict[int, int]]) -> int:
        while place.topic not in starts:
            try:
                starts[place.topic] = await asyncio.to_thread(self._read_starts, place.topic)
            except Unavailable:
                await self._clock.sleep_async(_PAUSE_S)
        return starts[place.topic].get(place.partition, 0)

    def _read_starts(self, topic: str) -> dict[int, int]:
        committed = self._log.committed(self._group, topic)
        return {
            partition: max(span.begin, committed.get(partition, span.begin))
            for partition, span in self._log.offsets(topic).items()
        }

    async def _ask_held(self, place: TopicPartition, start: int, end: int) -> bool:
        """Return whether the log holds a message from offset `start` to before `end`."""
        while True:
            try:
                found = await asyncio.to_thread(self._log.read, place.topic, place.partition, start, 1)
            except Unavailable:
                await self._clock.sleep_async(_PAUSE_S)
            else:
                return bool(found) and found[0].offset < end
