"""The embedded driver on the embedded log: everything the group has not finished goes through the step, once."""

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.clock import SystemClock
from pipeline.delivery.consume import LogConsumer
from pipeline.delivery.dead_letter import parse_dead_letter
from pipeline.delivery.limits import EXIT_FORCED, EXIT_OK, EXIT_UNEXPECTED, Limits
from pipeline.delivery.outcome import Blocked, Outcome, Refused
from pipeline.log.base import Log, Subscription
from pipeline.log.sqlite import SqliteLog
from schemas.errors import BAD_INPUT, Rejected, Unavailable
from schemas.message import Message, OutgoingMessage, TopicPartition
from schemas.topics import DEAD_LETTER, ENRICHED, RAW
from tests.delivery.world import RuleStep, succeed, unavailable

GROUP = "newswire-enrich"
LIMITS = Limits(linger_s=0.0, batch_records=10, inbox_records=50, acknowledge_interval_s=0.1)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SqliteLog]:
    """An empty embedded log with three of the topics."""
    log = SqliteLog(tmp_path / "log.db", SystemClock())
    log.create_topics([RAW, ENRICHED, DEAD_LETTER])
    yield log
    log.close()


def _fill(log: Log, count: int, start: int = 0) -> None:
    log.send([OutgoingMessage(RAW.name, b"key-%d" % number, b"%d" % number) for number in range(start, start + count)])


def _consumer(log: Log, step: RuleStep, limits: Limits = LIMITS) -> LogConsumer:
    return LogConsumer(log, GROUP, [RAW.name], step, SystemClock(), program_version="1.2.3", limits=limits)


def _messages(log: Log, topic: str) -> list[Message]:
    return [m for number, span in log.offsets(topic).items() for m in log.read(topic, number, span.begin, 10_000)]


def _lag(log: Log) -> int:
    return sum(log.lag(GROUP, [RAW.name]).values())


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110  # the log is changed by threads, which set no event
            await asyncio.sleep(0.02)


async def test_run_until_drained_gives_one_output_for_each_message(log: SqliteLog) -> None:
    """All messages go through, the lag is 0 at the end, and a second run finds nothing to do."""
    _fill(log, 300)
    step = RuleStep()
    assert await _consumer(log, step).run_until_drained() == EXIT_OK
    assert sorted(m.key or b"" for m in _messages(log, ENRICHED.name)) == sorted(b"key-%d" % n for n in range(300))
    assert _lag(log) == 0
    assert await _consumer(log, step).run_until_drained() == EXIT_OK
    assert len(_messages(log, ENRICHED.name)) == sum(step.seen.values()) == 300


async def test_refused_messages_become_dead_letters_in_the_log(log: SqliteLog) -> None:
    """A dead letter in the log names the partition and offset from which its message can be read."""
    _fill(log, 30)

    def rule(message: Message, seen: int) -> Outcome:
        return Refused(Rejected(BAD_INPUT, "no title")) if message.value == b"7" else succeed(message, seen)

    assert await _consumer(log, RuleStep(rule)).run_until_drained() == EXIT_OK
    letter = parse_dead_letter(_messages(log, DEAD_LETTER.name)[0])
    assert log.read(letter.topic, letter.partition, letter.offset, 1)[0].value == b"7"
    assert len(_messages(log, DEAD_LETTER.name)) == 1
    assert len(_messages(log, ENRICHED.name)) == 29
    assert _lag(log) == 0


async def test_idle_time_is_waited_for(log: SqliteLog) -> None:
    """Messages that arrive while the lag was 0 for less than the idle time are still taken."""
    _fill(log, 5)
    running = asyncio.create_task(_consumer(log, RuleStep()).run_until_drained(idle_s=0.6))
    await _until(lambda: _lag(log) == 0)
    await asyncio.sleep(0.1)
    _fill(log, 5, start=5)
    assert await running == EXIT_OK
    assert len(_messages(log, ENRICHED.name)) == 10


async def test_a_crash_is_reported_and_a_new_consumer_goes_on(log: SqliteLog) -> None:
    """A failed step ends the run with 70; what it had not finished is given to the next consumer."""
    _fill(log, 40)
    step = RuleStep()
    step.batch_faults.append(ZeroDivisionError("a bug"))
    assert await _consumer(log, step).run_until_drained() == EXIT_UNEXPECTED
    assert _lag(log) > 0
    assert await _consumer(log, RuleStep()).run_until_drained() == EXIT_OK
    assert {m.key for m in _messages(log, ENRICHED.name)} == {b"key-%d" % n for n in range(40)}


async def test_stop_while_blocked_gives_everything_back(log: SqliteLog) -> None:
    """A blocked consumer leaves in bounded time without committing, and frees its partitions at once."""
    _fill(log, 100)
    consumer = _consumer(log, RuleStep(lambda _message, _seen: Blocked(unavailable())))
    running = asyncio.create_task(consumer.run())
    await _until(lambda: bool(consumer.worker.status().blocked))
    assert not await consumer.stop(drain_s=0.1)
    assert await running == EXIT_FORCED
    assert _lag(log) == 100
    assert await _consumer(log, RuleStep()).run_until_drained() == EXIT_OK
    assert _lag(log) == 0


async def test_two_consumers_share_and_take_over(log: SqliteLog) -> None:
    """A second consumer gets partitions of its own; when the first leaves, the second does everything."""
    first, second = _consumer(log, RuleStep()), _consumer(log, RuleStep())
    runs = [asyncio.create_task(consumer.run()) for consumer in (first, second)]
    await asyncio.sleep(0.5)
    sent = 0
    while sent < 2000 and not (first.worker.status().unacknowledged and second.worker.status().unacknowledged):
        _fill(log, 50, start=sent)
        sent += 50
        await asyncio.sleep(0.05)
    assert await first.stop()
    assert await runs[0] == EXIT_OK
    _fill(log, 50, start=sent)
    assert await second.wait_drained()
    assert await second.stop()
    assert await runs[1] == EXIT_OK
    assert {m.key for m in _messages(log, ENRICHED.name)} == {b"key-%d" % n for n in range(sent + 50)}


async def test_messages_of_partitions_that_went_to_another_consumer_are_given_up(log: SqliteLog) -> None:
    """A blocked consumer lets go of what it holds of lost partitions; their new owner finishes it."""
    _fill(log, 60)
    first, second = _consumer(log, RuleStep(lambda _message, _seen: Blocked(unavailable()))), _consumer(log, RuleStep())
    runs = [asyncio.create_task(first.run())]
    await _until(lambda: first.worker.status().unacknowledged == 60)
    runs.append(asyncio.create_task(second.run()))
    await _until(lambda: first.worker.status().unacknowledged == _lag(log) < 60)
    await first.stop(drain_s=0)
    assert await second.wait_drained()
    await second.stop()
    assert await asyncio.gather(*runs) == [EXIT_FORCED, EXIT_OK]
    assert {m.key for m in _messages(log, ENRICHED.name)} == {b"key-%d" % n for n in range(60)}


class FlakyLog:
    """A log whose subscription fails now and then, in front of the real one."""

    def __init__(self, log: SqliteLog, faults: list[Exception]) -> None:
        self._log = log
        self.faults = faults
        self.subscriptions: list[FlakySubscription] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self._log, name)

    def subscribe(self, group: str, topics: Sequence[str]) -> Subscription:
        """Join with a subscription that shares the faults."""
        self.subscriptions.append(FlakySubscription(self._log.subscribe(group, topics), self.faults))
        return self.subscriptions[-1]


class FlakySubscription:
    """A subscription that raises the faults first, and counts polls while paused."""

    def __init__(self, inner: Subscription, faults: list[Exception]) -> None:
        self._inner = inner
        self._faults = faults
        self.paused: Collection[TopicPartition] = ()
        self.polls_while_paused = 0

    @property
    def assignment(self) -> frozenset[TopicPartition]:
        """Return what the real one owns."""
        return self._inner.assignment

    def poll(self, max_records: int, max_bytes: int, timeout_s: float) -> Sequence[Message]:
        """Poll, after the faults."""
        if self._faults:
            raise self._faults.pop()
        self.polls_while_paused += bool(self.paused)
        return self._inner.poll(max_records, max_bytes, timeout_s)

    def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Commit."""
        self._inner.commit(offsets)

    def pause(self, partitions: Collection[TopicPartition]) -> None:
        """Pause, and remember what."""
        self.paused = tuple(partitions)
        self._inner.pause(partitions)

    def close(self) -> None:
        """Leave."""
        self._inner.close()


async def test_an_outage_of_the_log_is_waited_for(log: SqliteLog) -> None:
    """Polls that fail are repeated, and nothing is lost or counted as drained meanwhile."""
    _fill(log, 20)
    flaky = FlakyLog(log, [Unavailable("locked")] * 3)
    assert await _consumer(flaky, RuleStep()).run_until_drained() == EXIT_OK  # type: ignore[arg-type]  # by __getattr__
    assert len(_messages(log, ENRICHED.name)) == 20


async def test_an_unexpected_fault_of_the_log_ends_the_run(log: SqliteLog) -> None:
    """A bug below the poll loop is not swallowed: exit code 70."""
    _fill(log, 1)
    flaky = FlakyLog(log, [ZeroDivisionError("a bug")])
    assert await _consumer(flaky, RuleStep()).run_until_drained() == EXIT_UNEXPECTED  # type: ignore[arg-type]  # as above


async def test_a_full_worker_keeps_its_partitions(log: SqliteLog) -> None:
    """While nothing can be taken in, the consumer polls with everything paused, and resumes when there is room."""
    _fill(log, 200)
    flaky = FlakyLog(log, [])
    step = RuleStep(lambda _message, _seen: Blocked(unavailable()))
    consumer = _consumer(flaky, step, replace(LIMITS, renew_s=0.05))  # type: ignore[arg-type]  # as above
    running = asyncio.create_task(consumer.run_until_drained())
    await _until(lambda: bool(flaky.subscriptions) and flaky.subscriptions[0].polls_while_paused > 3)
    assert consumer.worker.status().inbox_records <= LIMITS.inbox_records
    step.rule = succeed
    assert await running == EXIT_OK
    assert flaky.subscriptions[0].paused == ()
    assert sorted(m.key or b"" for m in _messages(log, ENRICHED.name)) == sorted(b"key-%d" % n for n in range(200))
