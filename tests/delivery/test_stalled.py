"""A partition that holds unread messages and delivers none is found, and no healthy one is taken for it."""

import asyncio
from contextlib import closing, nullcontext
from pathlib import Path

import pytest
from structlog.typing import EventDict

from pipeline.clock import SystemClock
from pipeline.delivery.limits import EXIT_UNEXPECTED
from pipeline.delivery.stalled import LOOKS, StallDetector, StallWatch, Standing
from pipeline.log.sqlite import SqliteLog
from schemas.message import OutgoingMessage, TopicPartition
from schemas.topics import RAW
from tests.delivery.world import World

ONE, TWO = TopicPartition("t", 0), TopicPartition("t", 1)


def looks(count: int, standings: dict[TopicPartition, Standing], held: set[TopicPartition], *, has_room: bool) -> int:
    """Return after how many looks something has stalled, -1 when nothing has."""
    detector = StallDetector()
    return next((n for n in range(count) if detector.find(standings, held, has_room=has_room)), -1)


def test_unread_messages_and_empty_hands_are_a_stall() -> None:
    """After so many looks, and only in the partition that has unread messages."""
    standings = {ONE: Standing(5, 3), TWO: Standing(9, 0)}
    assert looks(100, standings, set(), has_room=True) == LOOKS
    detector = StallDetector()
    found = [detector.find(standings, set(), has_room=True) for _ in range(LOOKS + 1)]
    assert found[-1] == [ONE]


def test_a_worker_that_holds_the_messages_has_not_stalled() -> None:
    """What was delivered and is being worked on may take any time."""
    assert looks(1000, {ONE: Standing(None, 3)}, {ONE}, has_room=True) == -1


def test_a_worker_without_room_gets_longer() -> None:
    """While other partitions fill its hands, one may have to wait; not for ever."""
    found = looks(1000, {ONE: Standing(5, 3)}, {TWO}, has_room=False)
    assert LOOKS < found < 1000


def test_progress_begins_the_time_anew() -> None:
    """A partition that goes on, however slowly, has not stalled."""
    detector = StallDetector()
    for committed in range(100):
        for _ in range(LOOKS):
            assert detector.find({ONE: Standing(committed, 3)}, set(), has_room=True) == []


def test_a_partition_that_was_given_away_in_between_begins_anew() -> None:
    """What belonged to somebody else meanwhile is not held against this worker."""
    detector = StallDetector()
    for _ in range(10):
        for _ in range(LOOKS):
            assert detector.find({ONE: Standing(5, 3)}, set(), has_room=True) == []
        assert detector.find({}, set(), has_room=True) == []


@pytest.mark.parametrize("owned", [{TopicPartition(RAW.name, n) for n in range(RAW.partitions)}, None])
async def test_the_watch_asks_the_log(
    tmp_path: Path, log_lines: list[EventDict], owned: set[TopicPartition] | None
) -> None:
    """It names the partition where messages wait; while the group shares partitions out, it knows nothing."""
    with closing(SqliteLog(tmp_path / "log.db", SystemClock())) as log:
        log.create_topics([RAW])
        position = log.send([OutgoingMessage(RAW.name, b"k", b"v")])[0]
        world = World()
        watch = StallWatch(log, "newswire-enrich", [RAW.name], SystemClock(), lambda: owned, world.worker, stall_s=0.12)
        with pytest.raises(TimeoutError) if owned is None else nullcontext():
            await asyncio.wait_for(watch.run(), 2)
        await asyncio.sleep(0)
        assert world.worker.exit_code == (None if owned is None else EXIT_UNEXPECTED)
        assert owned is None or f"{RAW.name}/{position.partition}" in log_lines[-1]["why"]
