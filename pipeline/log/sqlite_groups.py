"""Consumer groups in the embedded log's file: members, leases, committed offsets.

In: an open connection, inside a transaction where it writes. Out: who owns what, and how far a group is. A lease says
that a partition belongs to one member; the table's key lets no partition belong to two. Member numbers are never used
again, and every lease carries the group's generation at which it was taken, so a commit by a member that lost a
partition is recognised even if the member has it back. Knows nothing of threads, polling or connections.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from pipeline.log.process_identity import ProcessIdentity, is_gone
from schemas.message import TopicPartition


class Member(NamedTuple):
    """One consumer of a group, as the file has it."""

    id: int
    topics: frozenset[str]
    identity: ProcessIdentity
    expires_ms: int

    def has_lapsed(self, now_ms: int) -> bool:
        """Say whether it may be removed: not heard of in time, or its process has ended."""
        return now_ms >= self.expires_ms or is_gone(self.identity)


class Lease(NamedTuple):
    """One owned partition: its row, its owner, and the generation at which it was taken."""

    row: int
    member_id: int
    generation: int


def load_generation(connection: sqlite3.Connection, group: str) -> int:
    """Return how often membership or ownership in the group has changed."""
    found = connection.execute("SELECT generation FROM groups WHERE name = ?", (group,)).fetchone()
    return int(found[0]) if found else 0


def advance_generation(connection: sqlite3.Connection, group: str) -> int:
    """Record a change in the group, which its members notice at their next poll; return the new generation."""
    connection.execute(
        "INSERT INTO groups (name, generation) VALUES (?, 1)"
        " ON CONFLICT (name) DO UPDATE SET generation = generation + 1",
        (group,),
    )
    return load_generation(connection, group)


def add_member(
    connection: sqlite3.Connection, group: str, topics: Sequence[str], identity: ProcessIdentity, expires_ms: int
) -> int:
    """Add a consumer to the group and return its number."""
    cursor = connection.execute(
        "INSERT INTO members (group_name, topics, machine, pid, started, expires_ms) VALUES (?, ?, ?, ?, ?, ?)",
        (group, json.dumps(sorted(topics)), *identity, expires_ms),
    )
    return cursor.lastrowid or 0


def renew_member(connection: sqlite3.Connection, member_id: int, expires_ms: int) -> bool:
    """Put off the member's end; False when it has been removed."""
    cursor = connection.execute("UPDATE members SET expires_ms = ? WHERE id = ?", (expires_ms, member_id))
    return cursor.rowcount == 1


def load_members(connection: sqlite3.Connection, group: str) -> list[Member]:
    """Return the group's members, oldest first."""
    found = connection.execute(
        "SELECT id, topics, machine, pid, started, expires_ms FROM members WHERE group_name = ? ORDER BY id", (group,)
    )
    return [
        Member(number, frozenset(json.loads(topics)), ProcessIdentity(machine, pid, started), expires_ms)
        for number, topics, machine, pid, started, expires_ms in found
    ]


def remove_members(connection: sqlite3.Connection, group: str, numbers: Iterable[int]) -> None:
    """Remove consumers and free what they owned."""
    for number in numbers:
        connection.execute("DELETE FROM leases WHERE group_name = ? AND member_id = ?", (group, number))
        connection.execute("DELETE FROM members WHERE id = ?", (number,))


def load_leases(connection: sqlite3.Connection, group: str) -> list[Lease]:
    """Return all leases of the group."""
    found = connection.execute("SELECT partition_id, member_id, generation FROM leases WHERE group_name = ?", (group,))
    return [Lease(*row) for row in found]


def take_leases(connection: sqlite3.Connection, group: str, leases: Iterable[Lease]) -> None:
    """Record the leases; their partitions must be free."""
    connection.executemany(
        "INSERT INTO leases (group_name, partition_id, member_id, generation) VALUES (?, ?, ?, ?)",
        [(group, *lease) for lease in leases],
    )


def free_leases(connection: sqlite3.Connection, group: str, leases: Iterable[Lease]) -> None:
    """Give up the leases; those that have a newer owner stay with it."""
    connection.executemany(
        "DELETE FROM leases WHERE group_name = ? AND partition_id = ? AND member_id = ? AND generation = ?",
        [(group, *lease) for lease in leases],
    )


def load_places(connection: sqlite3.Connection, topics: Iterable[str]) -> dict[TopicPartition, int]:
    """Return the row of every partition of these topics."""
    found = connection.execute(
        "SELECT t.name, p.partition, p.id FROM topics t JOIN partitions p ON p.topic_id = t.id"
        " WHERE t.name IN (SELECT value FROM json_each(?))",
        (json.dumps(sorted(topics)),),
    )
    return {TopicPartition(name, partition): row for name, partition, row in found}


def commit_offsets(connection: sqlite3.Connection, group: str, offsets: Mapping[Lease, int]) -> None:
    """Record how far the group is, for those partitions whose lease still holds."""
    connection.executemany(
        "INSERT INTO committed (group_name, partition_id, next_offset)"
        " SELECT group_name, partition_id, ? FROM leases"
        " WHERE group_name = ? AND partition_id = ? AND member_id = ? AND generation = ?"
        " ON CONFLICT (group_name, partition_id) DO UPDATE SET next_offset = excluded.next_offset",
        [(offset, group, *lease) for lease, offset in offsets.items()],
    )


def load_committed(connection: sqlite3.Connection, group: str, rows: Sequence[int]) -> dict[int, int]:
    """Return the group's committed offset of each partition row that has one."""
    found = connection.execute(
        "SELECT partition_id, next_offset FROM committed WHERE group_name = ?"
        " AND partition_id IN (SELECT value FROM json_each(?))",
        (group, json.dumps(list(rows))),
    )
    return dict(found.fetchall())
