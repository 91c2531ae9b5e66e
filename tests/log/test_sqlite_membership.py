"""Sessions of the embedded log's consumers, to the second, on a clock that the test moves."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.clock import ManualClock
from pipeline.log.sqlite import SqliteLog
from schemas.message import OutgoingMessage
from schemas.topics import Topic

TOPIC = Topic("sessions", 4, timedelta(days=7), 1 << 20)
SESSION_S = 30.0


@pytest.fixture
def clock() -> ManualClock:
    """A clock that the test moves."""
    return ManualClock(datetime(2026, 3, 1, tzinfo=UTC))


@pytest.fixture
def log(tmp_path: Path, clock: ManualClock) -> Iterator[SqliteLog]:
    """A log with one message in each of four partitions."""
    log = SqliteLog(tmp_path / "log.db", clock, session_s=SESSION_S)
    log.create_topics([TOPIC])
    log.send([OutgoingMessage(TOPIC.name, None, b"value")] * 4)
    yield log
    log.close()


def test_a_consumer_may_be_silent_for_the_whole_session(log: SqliteLog, clock: ManualClock) -> None:
    """Up to the session time after its last poll a consumer keeps everything, whenever it last wrote that it lives."""
    quiet = log.subscribe("group", [TOPIC.name])
    assert len(quiet.poll(10, 1000, 0)) == 4
    clock.advance(SESSION_S / 3 - 0.1)
    quiet.poll(10, 1000, 0)
    clock.advance(SESSION_S - 1)
    other = log.subscribe("group", [TOPIC.name])
    other.poll(10, 1000, 0)
    assert other.assignment == frozenset()
    quiet.poll(10, 1000, 0)
    assert len(quiet.assignment) == 2


def test_a_dead_session_ends_in_bounded_time(log: SqliteLog, clock: ManualClock) -> None:
    """A third of a session after its end at the latest, everything belongs to the others."""
    silent = log.subscribe("group", [TOPIC.name])
    silent.poll(10, 1000, 0)
    other = log.subscribe("group", [TOPIC.name])
    delivered = list(other.poll(10, 1000, 0))
    for _ in range(41):
        assert delivered == []
        clock.advance(1)
        delivered += other.poll(10, 1000, 0)
        if delivered:
            break
    assert len(other.assignment) == len(delivered) == 4


def test_a_loss_is_seen_before_it_is_made_good(log: SqliteLog, clock: ManualClock) -> None:
    """One that was replaced learns so from its next poll, at once; the poll after continues at the commit."""
    late = log.subscribe("group", [TOPIC.name])
    late.poll(10, 1000, 0)
    clock.advance(SESSION_S * 2)
    successor = log.subscribe("group", [TOPIC.name])
    found = successor.poll(10, 1000, 0)
    successor.commit({found[0].topic_partition: 1})
    successor.close()
    assert list(late.poll(10, 1000, 60.0)) == []
    assert late.assignment == frozenset()
    again = late.poll(10, 1000, 0)
    assert len(late.assignment) == 4
    assert {one.position for one in again} == {one.position for one in found[1:]}


def test_a_lone_consumer_survives_any_silence(log: SqliteLog, clock: ManualClock) -> None:
    """Where nobody else wants the partitions, being late costs nothing: no message is delivered twice."""
    lone = log.subscribe("group", [TOPIC.name])
    found = lone.poll(10, 1000, 0)
    clock.advance(SESSION_S * 100)
    lone.commit({one.topic_partition: 1 for one in found})
    assert list(lone.poll(10, 1000, 0)) == []
    assert sum(log.committed("group", TOPIC.name).values()) == 4


def test_a_partition_regained_in_between_is_not_mixed_up(log: SqliteLog) -> None:
    """Commits for a lease that ended are ignored even when the same consumer holds the partition again."""
    first = log.subscribe("group", [TOPIC.name])
    found = first.poll(10, 1000, 0)
    second = log.subscribe("group", [TOPIC.name])
    second.poll(10, 1000, 0)
    first.poll(10, 1000, 0)
    second.poll(10, 1000, 0)
    assert len(first.assignment) == len(second.assignment) == 2
    moved = next(one for one in found if one.topic_partition in second.assignment)
    second.commit({moved.topic_partition: 1})
    first.commit({moved.topic_partition: 0})
    assert log.committed("group", TOPIC.name) == {moved.partition: 1}
    second.close()
    again = first.poll(10, 1000, 0)
    assert len(first.assignment) == 4
    assert moved.position not in {one.position for one in again}


def test_finished_partitions_are_given_up_first(log: SqliteLog) -> None:
    """A consumer that has to share keeps those partitions in which it still has unfinished work."""
    first = log.subscribe("group", [TOPIC.name])
    found = first.poll(10, 1000, 0)
    finished = {one.topic_partition for one in found[2:]}
    first.commit(dict.fromkeys(finished, 1))
    second = log.subscribe("group", [TOPIC.name])
    second.poll(10, 1000, 0)
    first.poll(10, 1000, 0)
    second.poll(10, 1000, 0)
    assert second.assignment == finished
