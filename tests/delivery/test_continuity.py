"""A client that leaves out a message of the log is found out before anything behind the gap is committed."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.clock import SystemClock
from pipeline.delivery.continuity import Continuity, Skipped
from pipeline.log.sqlite import SqliteLog
from schemas.message import Message, OutgoingMessage, TopicPartition
from schemas.topics import INDEXED

GROUP = "newswire-group"
PLACE = TopicPartition(INDEXED.name, 0)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SqliteLog]:
    """Ten messages in one partition, of which the group has finished the first four."""
    with closing(SqliteLog(tmp_path / "log.db", SystemClock())) as log:
        log.create_topics([INDEXED])
        log.send([OutgoingMessage(INDEXED.name, b"k", b"v") for _ in range(10)])
        subscription = log.subscribe(GROUP, [INDEXED.name])
        while not subscription.assignment:
            subscription.poll(1, 1000, 0.1)
        subscription.commit({PLACE: 4})
        subscription.close()
        yield log


def message(offset: int) -> Message:
    """Return the message at an offset, as a client delivers it."""
    return Message(INDEXED.name, 0, offset, 0, b"k", b"v")


async def deliver(continuity: Continuity, *offsets: int) -> None:
    """Deliver messages in this order."""
    for offset in offsets:
        await continuity.check(message(offset))


async def test_messages_in_order_pass(log: SqliteLog) -> None:
    """From the committed offset on; one that comes again is no gap."""
    await deliver(Continuity(log, GROUP, SystemClock()), 4, 5, 6, 5, 6, 7, 8, 9)


@pytest.mark.parametrize("offsets", [(5,), (9,), (4, 6), (4, 5, 4, 6)], ids=str)
async def test_a_gap_is_found(log: SqliteLog, offsets: tuple[int, ...]) -> None:
    """At the first message of an assignment, after the group's committed offset, and in the middle."""
    with pytest.raises(Skipped, match=f"to {offsets[-1]} of {INDEXED.name}/0"):
        await deliver(Continuity(log, GROUP, SystemClock()), *offsets)


async def test_offsets_that_the_log_does_not_have_are_no_gap(log: SqliteLog) -> None:
    """Markers of a foreign writer's transactions take offsets, and are never delivered."""
    continuity = Continuity(log, GROUP, SystemClock())
    await deliver(continuity, *range(4, 10))
    await deliver(continuity, 12)


async def test_each_assignment_begins_at_the_committed_offset(log: SqliteLog) -> None:
    """After a rebalance the client has to go back to what is committed; going on where it was would skip the rest."""
    continuity = Continuity(log, GROUP, SystemClock())
    await deliver(continuity, 4, 5)
    continuity.restart()
    await deliver(continuity, 4)
    continuity.restart()
    with pytest.raises(Skipped):
        await deliver(continuity, 6)


async def test_a_group_without_offsets_begins_with_what_is_kept(log: SqliteLog) -> None:
    """The first message that the topic still holds."""
    await deliver(Continuity(log, "another", SystemClock()), 0, 1)
    with pytest.raises(Skipped):
        await deliver(Continuity(log, "another", SystemClock()), 1)
