"""The embedded log forgets what its topics allow, and nothing else."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.clock import ManualClock
from pipeline.log.base import OffsetRange
from pipeline.log.sqlite import SqliteLog
from schemas.message import Message, OutgoingMessage
from schemas.topics import Topic

KEPT_DAYS = Topic("days", 1, timedelta(days=7), 1 << 20)
COMPACTED = Topic("corrections", 1, None, 65_536)
DAY_S = 24 * 3600


@pytest.fixture
def clock() -> ManualClock:
    """A clock that the test moves."""
    return ManualClock(datetime(2026, 3, 1, tzinfo=UTC))


@pytest.fixture
def log(tmp_path: Path, clock: ManualClock) -> Iterator[SqliteLog]:
    """A log with a topic of each kind."""
    log = SqliteLog(tmp_path / "log.db", clock)
    log.create_topics([KEPT_DAYS, COMPACTED])
    yield log
    log.close()


def _send(log: SqliteLog, topic: Topic, *pairs: tuple[bytes, bytes | None]) -> None:
    log.send([OutgoingMessage(topic.name, key, value) for key, value in pairs])


def _kept(log: SqliteLog, topic: Topic) -> list[tuple[int, bytes | None, bytes | None]]:
    found: list[Message] = list(log.read(topic.name, 0, 0, 5000))
    return [(one.offset, one.key, one.value) for one in found]


def test_messages_go_after_their_retention(log: SqliteLog, clock: ManualClock) -> None:
    """Exactly what is older than the retention goes, ranges show it, and the next message continues the count."""
    _send(log, KEPT_DAYS, *[(b"old", b"%d" % n) for n in range(450)])
    clock.advance(4 * DAY_S)
    _send(log, KEPT_DAYS, (b"new", b"value"))
    clock.advance(3 * DAY_S)
    assert log.prune() == 0
    clock.advance(1)
    assert log.prune() == 450
    assert log.offsets(KEPT_DAYS.name) == {0: OffsetRange(450, 451)}
    clock.advance(7 * DAY_S)
    assert log.prune() == 1
    assert log.offsets(KEPT_DAYS.name) == {0: OffsetRange(451, 451)}
    _send(log, KEPT_DAYS, (b"next", b"value"))
    assert _kept(log, KEPT_DAYS) == [(451, b"next", b"value")]


def test_consumers_continue_at_the_first_kept_message(log: SqliteLog, clock: ManualClock) -> None:
    """A group that was away too long misses what retention took, and no more; its lag counts only what is kept."""
    _send(log, KEPT_DAYS, *[(b"old", b"%d" % n) for n in range(10)])
    clock.advance(8 * DAY_S)
    _send(log, KEPT_DAYS, (b"new", b"a"), (b"new", b"b"))
    log.prune()
    assert list(log.lag("group", [KEPT_DAYS.name]).values()) == [2]
    consumer = log.subscribe("group", [KEPT_DAYS.name])
    assert [one.offset for one in consumer.poll(10, 1 << 20, 0)] == [10, 11]


def test_compaction_keeps_the_newest_of_each_key(log: SqliteLog, clock: ManualClock) -> None:
    """However old they are, the newest message of each key stays at its offset, and older ones go."""
    _send(log, COMPACTED, (b"a", b"1"), (b"b", b"1"), (b"a", b"2"), (b"c", b"1"), (b"a", b"3"))
    clock.advance(1000 * DAY_S)
    assert log.prune() == 2
    assert _kept(log, COMPACTED) == [(1, b"b", b"1"), (3, b"c", b"1"), (4, b"a", b"3")]
    _send(log, COMPACTED, (b"b", b"2"))
    assert log.prune() == 1
    assert [offset for offset, _, _ in _kept(log, COMPACTED)] == [3, 4, 5]


def test_deletions_are_seen_for_a_day(log: SqliteLog, clock: ManualClock) -> None:
    """A key deleted by a message without a value disappears, but readers have a day to notice."""
    _send(log, COMPACTED, (b"a", b"1"), (b"a", None))
    assert log.prune() == 1
    assert _kept(log, COMPACTED) == [(1, b"a", None)]
    clock.advance(DAY_S + 1)
    assert log.prune() == 1
    assert _kept(log, COMPACTED) == []
    assert log.offsets(COMPACTED.name) == {0: OffsetRange(2, 2)}


def test_pruning_gives_disk_space_back(log: SqliteLog, clock: ManualClock, tmp_path: Path) -> None:
    """After most of the messages went, the file is a fraction of its size."""
    for _ in range(20):
        _send(log, KEPT_DAYS, *[(b"key", b"x" * 100_000)] * 10)
    clock.advance(8 * DAY_S)
    _send(log, KEPT_DAYS, (b"key", b"x" * 100_000))
    assert log.prune() == 200
    assert (tmp_path / "log.db").stat().st_size < 2_000_000
    assert [offset for offset, _, _ in _kept(log, KEPT_DAYS)] == [200]
