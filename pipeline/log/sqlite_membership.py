"""One consumer's place in its group on the embedded log: joining, renewing, taking and giving up partitions, leaving.

In: a connection of its own, the group's name, topics, the time. Out: the leases that it holds. Knows nothing of
messages. Times between processes are wall-clock time; a step of the clock at worst moves partitions early, and the
leases' generations keep that harmless.
"""

import sqlite3
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final

import structlog

from pipeline.clock import Clock, epoch_ms
from pipeline.log.balance import balance
from pipeline.log.process_identity import identify_this_process
from pipeline.log.sqlite_file import transaction, translated_errors
from pipeline.log.sqlite_groups import (
    Lease,
    Member,
    add_member,
    advance_generation,
    free_leases,
    load_generation,
    load_leases,
    load_members,
    load_places,
    remove_members,
    renew_member,
    take_leases,
)
from schemas.message import TopicPartition

#: How many times a consumer renews within a session; each is a write of a few pages, so not more often than needed.
RENEWALS_PER_SESSION: Final = 3
#: How often to look whether other consumers of the group have ended; reads only.
LOOK_AROUND_S: Final = 1.0
_UNKNOWN: Final = -1

_log = structlog.get_logger(__name__)


class Membership:
    """A consumer's membership. Not safe for use by two threads at once.

    Args:
        connection: used by nobody else while a call runs.
        path: the log's file, for messages.
        group: name of the consumer group.
        topics: names of existing topics.
        clock: the time.
        session_s: a consumer that did not call `renew` for this long may lose its partitions.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        path: Path,
        group: str,
        topics: Sequence[str],
        clock: Clock,
        session_s: float,
    ) -> None:
        self.leases: dict[TopicPartition, Lease] = {}
        self._connection = connection
        self._path = path
        self._group = group
        self._topics = topics
        self._clock = clock
        self._renewal_s = session_s / RENEWALS_PER_SESSION
        # The last renewal may be one interval older than the last poll.
        self._lasts_ms = round((session_s + self._renewal_s) * 1000)
        self._identity = identify_this_process()
        self._member_id: int | None = None
        self._generation = _UNKNOWN
        self._renew_at_s = 0.0
        self._look_at_s = 0.0

    def renew(self, busy: Collection[TopicPartition]) -> None:
        """Keep the membership alive and bring `leases` up to date.

        Writes only when a renewal is due or something changed in the group; otherwise reads one row. A partition that
        was lost because this consumer was late is not taken back in the same call, so that the loss can be seen.

        Args:
            busy: owned partitions with unfinished work, given up last.

        Raises:
            Unavailable: the file is busy or cannot be written; call again.
        """
        with translated_errors(self._path):
            if not self._is_due():
                return
        with transaction(self._connection, self._path):
            now_ms = epoch_ms(self._clock.now())
            member_id, joined = self._stay(now_ms)
            members = load_members(self._connection, self._group)
            lapsed = [member.id for member in members if member.id != member_id and member.has_lapsed(now_ms)]
            remove_members(self._connection, self._group, lapsed)
            alive = [member for member in members if member.id not in lapsed]
            changed = self._take_share(member_id, alive, busy, avoid=self.leases if joined else ())
            generation = load_generation(self._connection, self._group)
            if joined or lapsed or changed:
                generation = advance_generation(self._connection, self._group)
            leases = self._load_own(member_id)
        # Only now: what was rolled back must not be believed, least of all a member number that another may get.
        late = joined and self._member_id is not None
        self._member_id = member_id
        self.leases = leases
        self._generation = _UNKNOWN if late else generation
        self._renew_at_s = self._clock.monotonic_s() + self._renewal_s
        if lapsed:
            _log.warning("consumers-lapsed", group=self._group, count=len(lapsed))

    def leave(self) -> None:
        """Free all partitions at once and end the membership.

        Raises:
            Unavailable: the file is busy or cannot be written; the partitions become free when the session ends.
        """
        self.leases = {}
        if self._member_id is None:
            return
        with transaction(self._connection, self._path):
            remove_members(self._connection, self._group, [self._member_id])
            advance_generation(self._connection, self._group)
        self._member_id = None

    def _is_due(self) -> bool:
        now_s = self._clock.monotonic_s()
        if self._member_id is None or now_s >= self._renew_at_s:
            return True
        if load_generation(self._connection, self._group) != self._generation:
            return True
        if now_s < self._look_at_s:
            return False
        self._look_at_s = now_s + LOOK_AROUND_S
        now_ms = epoch_ms(self._clock.now())
        members = load_members(self._connection, self._group)
        return any(member.has_lapsed(now_ms) for member in members if member.id != self._member_id)

    def _stay(self, now_ms: int) -> tuple[int, bool]:
        """Renew, or join when new or removed in the meantime; return the member number and whether this joined."""
        expires_ms = now_ms + self._lasts_ms
        if self._member_id is not None and renew_member(self._connection, self._member_id, expires_ms):
            return self._member_id, False
        return add_member(self._connection, self._group, self._topics, self._identity, expires_ms), True

    def _take_share(
        self,
        member_id: int,
        members: Sequence[Member],
        busy: Collection[TopicPartition],
        avoid: Collection[TopicPartition],
    ) -> bool:
        """Give up and take what is due to this member; say whether anything changed."""
        wanted = {member.id: member.topics for member in members}
        rows = load_places(self._connection, frozenset().union(*wanted.values()))
        places = {row: place for place, row in rows.items()}
        held = {places[lease.row]: lease for lease in load_leases(self._connection, self._group) if lease.row in places}
        owners = {place: lease.member_id for place, lease in held.items()}
        share = {place for place, member in balance(owners, wanted, rows, busy).items() if member == member_id}
        surplus = [lease for place, lease in held.items() if lease.member_id == member_id and place not in share]
        free_leases(self._connection, self._group, surplus)
        generation = load_generation(self._connection, self._group) + 1
        free = share.difference(held, avoid)
        take_leases(self._connection, self._group, [Lease(rows[place], member_id, generation) for place in free])
        return bool(surplus or free)

    def _load_own(self, member_id: int) -> dict[TopicPartition, Lease]:
        places = {row: place for place, row in load_places(self._connection, self._topics).items()}
        found = load_leases(self._connection, self._group)
        return {places[lease.row]: lease for lease in found if lease.member_id == member_id}
