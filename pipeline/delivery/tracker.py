"""Which messages are finished: per partition, the finished prefix in offset order.

Messages in, tickets out; finished tickets in, the prefix that may be acknowledged out. Pure: no I/O, no clock, no
event loop. Imports only `schemas`.
"""

import heapq
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from itertools import count

from schemas.message import Message, TopicPartition

Token = Callable[[], object]
"""Called once when its message belongs to the finished prefix, in offset order (Faust: the event's `ack`)."""


@dataclass(slots=True, eq=False)
class _Partition:
    place: TopicPartition
    forgotten: bool = False
    waiting: list[tuple[int, int, "Ticket"]] = field(default_factory=list)  # heap by (offset, sequence)


@dataclass(slots=True, eq=False)
class Ticket:
    """One delivery of one message. `size_bytes` is that of the message as it was delivered."""

    message: Message
    token: Token | None
    sequence: int
    owner: _Partition
    size_bytes: int
    finished: bool = False

    @property
    def stale(self) -> bool:
        """Whether the partition was forgotten after this message was tracked."""
        return self.owner.forgotten


class Tracker:
    """Keeps the order of what was taken from each partition.

    A ticket belongs to the prefix when it and all tracked tickets of the same partition with lower offsets are
    finished. Offsets may have holes (compaction, transactions). The same offset may be tracked again: each delivery
    is a ticket of its own. An offset below the ones already handed out (the source was rewound, a topic was made
    anew) is tracked like any other.
    """

    def __init__(self) -> None:
        self._partitions: dict[TopicPartition, _Partition] = {}
        self._touched: dict[_Partition, None] = {}  # keeps insertion order, which a set does not
        self._sequence = count()
        self._pending = 0

    @property
    def pending(self) -> int:
        """Tickets tracked and not yet handed out by `take_finished`."""
        return self._pending

    def oldest_ms(self) -> int | None:
        """Return when the oldest unfinished message was appended; None when there is none.

        Looks at the first unfinished offset of each partition, so that it costs little: what stands behind it in the
        same partition is hardly ever older.
        """
        heads = [partition.waiting[0][2].message for partition in self._partitions.values() if partition.waiting]
        return min((message.timestamp_ms for message in heads), default=None)

    @property
    def pending_partitions(self) -> frozenset[TopicPartition]:
        """Partitions that have tickets tracked and not yet handed out."""
        return frozenset(place for place, partition in self._partitions.items() if partition.waiting)

    def track(self, message: Message, token: Token | None = None) -> Ticket:
        """Remember the message as taken from its partition and not finished."""
        place = message.topic_partition
        partition = self._partitions.get(place)
        if partition is None:
            partition = self._partitions[place] = _Partition(place)
        ticket = Ticket(message, token, next(self._sequence), partition, message.size_bytes)
        heapq.heappush(partition.waiting, (message.offset, ticket.sequence, ticket))
        self._pending += 1
        return ticket

    def finish(self, ticket: Ticket) -> bool:
        """Mark the ticket as finished and release the bytes of its message: value and headers are gone.

        Returns False, changing nothing, when it is stale or was finished before.
        """
        if ticket.stale or ticket.finished:
            return False
        ticket.finished = True
        whole = ticket.message
        ticket.message = Message(whole.topic, whole.partition, whole.offset, whole.timestamp_ms, whole.key, value=None)
        self._touched[ticket.owner] = None
        return True

    def take_finished(self) -> list[Ticket]:
        """Hand out, once, the tickets that joined the finished prefixes, in offset order within each partition."""
        taken: list[Ticket] = []
        for partition in self._touched:
            waiting = partition.waiting
            while waiting and waiting[0][2].finished:
                taken.append(heapq.heappop(waiting)[2])
        self._touched.clear()
        self._pending -= len(taken)
        return taken

    def forget(self, partitions: Collection[TopicPartition]) -> None:
        """Drop everything known about the partitions; their tickets become stale. Unknown ones are ignored."""
        for place in partitions:
            partition = self._partitions.pop(place, None)
            if partition is not None:
                partition.forgotten = True
                self._pending -= len(partition.waiting)
                partition.waiting.clear()
                self._touched.pop(partition, None)


def finished_offsets(messages: Iterable[Message]) -> dict[TopicPartition, int]:
    """Return for each partition the offset to commit: one past its last finished message.

    >>> finished_offsets([Message("t", 0, 4, 0, None, None), Message("t", 0, 7, 0, None, None)])
    {TopicPartition(topic='t', partition=0): 8}
    """
    return {message.topic_partition: message.offset + 1 for message in messages}
