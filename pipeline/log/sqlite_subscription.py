"""One consumer of the embedded log.

In: a membership (which partitions), the file (which messages), a way to wait. Out: messages in offset order, and
commits. A poll costs two or three reads of single rows when there is nothing new.
"""

import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol

import structlog

from pipeline.log.sqlite_file import translated_errors
from pipeline.log.sqlite_groups import Lease, load_committed
from pipeline.log.sqlite_membership import Membership
from pipeline.log.sqlite_messages import read_messages
from schemas.errors import NewswireError
from schemas.message import Message, TopicPartition

#: Pauses between looks at the file while waiting. Messages from this process end a pause at once; messages from others
#: are found at the next look, soon while they are coming and after 50 ms (20 looks a second) when it has been quiet.
SHORTEST_PAUSE_S: Final = 0.002
LONGEST_PAUSE_S: Final = 0.05

_log = structlog.get_logger(__name__)


class Arrivals(Protocol):
    """Tells when this process has appended something."""

    def count(self) -> int:
        """Return how often something was appended so far."""

    def wait(self, seen: int, seconds: float) -> bool:
        """Wait until `count()` differs from `seen`, at most so long; say whether it does."""


Commit = Callable[[Mapping[Lease, int]], None]


class SqliteSubscription:
    """One consumer of a group. Not safe for use by two threads at once.

    Args:
        connection: used by this object and its membership only, and closed with it.
        path: the log's file, for messages.
        group: name of the consumer group.
        membership: holds the leases, on the same connection.
        arrivals: ends a wait early.
        commit: records offsets durably for those leases that still hold.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        path: Path,
        group: str,
        membership: Membership,
        arrivals: Arrivals,
        commit: Commit,
    ) -> None:
        self._connection = connection
        self._path = path
        self._group = group
        self._membership = membership
        self._arrivals = arrivals
        self._commit = commit
        self._leases: dict[TopicPartition, Lease] = {}
        self._positions: dict[TopicPartition, int] = {}
        self._finished: dict[TopicPartition, int] = {}
        self._paused: frozenset[TopicPartition] = frozenset()
        self._turn: list[TopicPartition] = []
        self._pause_s = SHORTEST_PAUSE_S
        self._closed = False

    @property
    def assignment(self) -> frozenset[TopicPartition]:
        """Partitions that this consumer owned at its last poll."""
        return frozenset(self._leases)

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    def poll(self, max_records: int, max_bytes: int, timeout_s: float) -> Sequence[Message]:
        """Return new messages; see `Subscription.poll`."""
        if self._closed:
            msg = "poll of a subscription that was closed"
            raise RuntimeError(msg)
        waited_s = 0.0
        while True:
            seen = self._arrivals.count()
            lost = self._renew()
            messages = self._take(max_records, max_bytes)
            if messages:
                self._pause_s = SHORTEST_PAUSE_S
                return messages
            if lost or waited_s >= timeout_s:
                return ()
            pause_s = min(self._pause_s, timeout_s - waited_s)
            if not self._arrivals.wait(seen, pause_s):
                waited_s += pause_s
            self._pause_s = min(self._pause_s * 2, LONGEST_PAUSE_S)

    def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Record finished work; see `Subscription.commit`."""
        held = {self._leases[place]: offset for place, offset in offsets.items() if place in self._leases}
        if held:
            self._commit(held)
            self._finished |= {place: offset for place, offset in offsets.items() if place in self._leases}

    def pause(self, partitions: Collection[TopicPartition]) -> None:
        """Hold back these partitions and no others; see `Subscription.pause`."""
        self._paused = frozenset(partitions)

    def close(self) -> None:
        """Give the partitions back; see `Subscription.close`."""
        if self._closed:
            return
        self._closed = True
        self._leases = {}
        try:
            self._membership.leave()
        except NewswireError as error:
            # Nothing is lost: the file frees the partitions when the session ends, or this process does.
            _log.warning("consumer-left-without-goodbye", group=self._group, error=str(error))
        finally:
            self._connection.close()

    def _renew(self) -> bool:
        """Renew ownership, and start where the group stopped in what was gained; say whether anything was lost."""
        busy = [place for place, offset in self._positions.items() if offset != self._finished.get(place)]
        self._membership.renew(busy)
        leases = self._membership.leases
        if leases == self._leases:
            return False
        gained = {place: lease for place, lease in leases.items() if self._leases.get(place) != lease}
        with translated_errors(self._path):
            rows = load_committed(self._connection, self._group, [lease.row for lease in gained.values()])
        starts = {place: rows.get(lease.row, 0) for place, lease in gained.items()}
        lost = any(leases.get(place) != lease for place, lease in self._leases.items())
        self._positions = {place: starts.get(place, self._positions.get(place, 0)) for place in leases}
        self._finished = {place: starts.get(place, self._finished.get(place, 0)) for place in leases}
        self._leases = dict(leases)
        self._turn = sorted(leases)
        return lost

    def _take(self, max_records: int, max_bytes: int) -> list[Message]:
        """Return what is there now, beginning with another partition each time, so that none waits for ever."""
        messages: list[Message] = []
        left_bytes = max_bytes
        for place in self._turn:
            if place in self._paused or len(messages) >= max_records or (messages and left_bytes <= 0):
                continue
            row, start = self._leases[place].row, self._positions[place]
            left_records = max_records - len(messages)
            with translated_errors(self._path):
                found = read_messages(
                    self._connection, place, row, start, left_records, left_bytes, one_at_least=not messages
                )
            if found:
                messages += found
                left_bytes -= sum(message.size_bytes for message in found)
                self._positions[place] = found[-1].offset + 1
        self._turn = [*self._turn[1:], *self._turn[:1]]
        return messages
