"""Back-fill never disturbs live work: it is let in only while live messages do not wait, and all of it in the end."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.clock import SystemClock
from pipeline.delivery.backfill import HELD_RECORDS, LOW_LAG, Backfill
from pipeline.delivery.consume import LogConsumer
from pipeline.delivery.limits import EXIT_OK, Limits
from pipeline.log.sqlite import SqliteLog
from schemas.message import OutgoingMessage, TopicPartition
from schemas.topics import BACKFILL_RAW, DEAD_LETTER, ENRICHED, RAW, Topic
from tests.delivery.world import RuleStep

GROUP = "newswire-enrich"
LIMITS = Limits(linger_s=0.0, batch_records=20, inbox_records=50, acknowledge_interval_s=0.1, batches_in_flight=1)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SqliteLog]:
    """An empty embedded log."""
    with closing(SqliteLog(tmp_path / "log.db", SystemClock())) as log:
        log.create_topics([RAW, BACKFILL_RAW, ENRICHED, DEAD_LETTER])
        yield log


def send(log: SqliteLog, topic: Topic, count: int, start: int = 0) -> None:
    """Append messages with keys of their own."""
    names = (f"{topic.name}-{number}".encode() for number in range(start, start + count))
    log.send([OutgoingMessage(topic.name, name, name) for name in names])


def consumer(log: SqliteLog, step: RuleStep) -> LogConsumer:
    """Return the consumer of a role with back-fill."""
    topics = [RAW.name, BACKFILL_RAW.name]
    kept = [BACKFILL_RAW.name]
    return LogConsumer(log, GROUP, topics, step, SystemClock(), program_version="1", limits=LIMITS, backfill=kept)


async def test_live_goes_first(log: SqliteLog) -> None:
    """With as much of both waiting, live messages are done before the back-fill, and nothing is missed."""
    send(log, BACKFILL_RAW, 400)
    send(log, RAW, 400)
    step = RuleStep(takes_s=0.01)
    assert await consumer(log, step).run_until_drained() == EXIT_OK
    order = [message.topic for batch in step.calls for message in batch]
    assert len(step.seen) == 800
    last_live = max(place for place, topic in enumerate(order) if topic == RAW.name)
    # What one poll may bring before the first live message is known.
    assert order[:last_live].count(BACKFILL_RAW.name) <= 3 * LIMITS.batch_records
    assert sum(log.lag(GROUP, [RAW.name, BACKFILL_RAW.name]).values()) == 0


async def test_live_arrives_in_the_middle_of_a_backfill(log: SqliteLog) -> None:
    """A live message that arrives while there is much to back-fill waits for a small batch or two only."""
    send(log, BACKFILL_RAW, 1500)
    step = RuleStep(takes_s=0.02)
    working = consumer(log, step)
    running = asyncio.create_task(working.run())
    async with asyncio.timeout(20):
        while len(step.calls) < 5:  # noqa: ASYNC110  # the step sets no event
            await asyncio.sleep(0.01)
    before = len(step.seen)
    await asyncio.to_thread(send, log, RAW, 5)
    async with asyncio.timeout(20):
        while sum(place.topic == RAW.name for place in step.seen) < 5:  # noqa: ASYNC110  # as above
            await asyncio.sleep(0.005)
    # The time of a poll passes, in which small batches go on; the rest of the 1,500 still waits.
    assert len(step.seen) - before < 500
    await working.stop()
    await running


class _Unread:
    """How many live messages are unread, as a test says."""

    count = 0

    def __call__(self) -> int:
        return self.count


async def test_high_live_lag_closes_the_gate(log: SqliteLog) -> None:
    """Nothing is let in while many live messages are unread; everything is as soon as they are read."""
    step = RuleStep()
    working = LogConsumer(log, GROUP, [RAW.name], step, SystemClock(), program_version="1", limits=LIMITS)
    running = asyncio.create_task(working.run())
    unread, told = _Unread(), list[bool]()
    gate = Backfill(working.worker, [BACKFILL_RAW.name], unread, SystemClock(), told.append)
    gate.start()
    unread.count = LOW_LAG + 1
    send(log, BACKFILL_RAW, 300)
    places = [TopicPartition(BACKFILL_RAW.name, number) for number in range(BACKFILL_RAW.partitions)]
    waiting = [found for place in places for found in log.read(place.topic, place.partition, 0, 300)]
    for found in waiting[:HELD_RECORDS]:
        await gate.offer(found, 0)
    await asyncio.sleep(0.15)
    assert not gate.is_open
    assert (len(step.seen), gate.full, told) == (0, True, [True])
    unread.count = LOW_LAG
    async with asyncio.timeout(20):
        while len(step.seen) < HELD_RECORDS:  # noqa: ASYNC110  # as above
            await asyncio.sleep(0.01)
    assert told == [True, False]
    await gate.revoke(places, 0.0)
    gate.stop()
    await working.stop()
    await running
