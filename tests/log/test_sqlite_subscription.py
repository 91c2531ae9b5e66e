"""A consumer of the embedded log is thrifty: few looks while nothing happens, and no more loaded than asked for."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.clock import SystemClock
from pipeline.log.sqlite import SqliteLog
from pipeline.log.sqlite_file import open_connection
from pipeline.log.sqlite_membership import Membership
from pipeline.log.sqlite_messages import load_topic, read_messages
from pipeline.log.sqlite_subscription import SqliteSubscription
from schemas.message import OutgoingMessage, TopicPartition
from schemas.topics import Topic

TOPIC = Topic("thrift", 2, None, 1 << 20)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the log is."""
    return tmp_path / "log.db"


@pytest.fixture
def log(path: Path) -> Iterator[SqliteLog]:
    """A log with one topic."""
    log = SqliteLog(path, SystemClock())
    log.create_topics([TOPIC])
    yield log
    log.close()


class _NoArrivals:
    """Nothing ever arrives; waiting takes no time and is written down."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    def count(self) -> int:
        return 0

    def wait(self, seen: int, seconds: float) -> bool:
        assert seen == 0
        self.waits.append(seconds)
        return False


def test_an_idle_consumer_looks_twenty_times_a_second(log: SqliteLog, path: Path) -> None:
    """Waiting begins with short pauses, settles at 50 ms over several polls, and lasts as long as asked."""
    arrivals = _NoArrivals()
    connection = open_connection(path, durable=False, busy_s=1)
    membership = Membership(connection, path, "group", [TOPIC.name], SystemClock(), 30)
    consumer = SqliteSubscription(connection, path, "group", membership, arrivals, lambda _: None)
    assert list(consumer.poll(10, 1000, 1.0)) == []
    assert sum(arrivals.waits) == pytest.approx(1.0)
    assert arrivals.waits[0] < 0.005
    arrivals.waits.clear()
    assert list(consumer.poll(10, 1000, 2.0)) == []
    assert sum(arrivals.waits) == pytest.approx(2.0)
    assert len(arrivals.waits) <= 41
    log.send([OutgoingMessage(TOPIC.name, b"key", b"value")])
    assert len(consumer.poll(10, 1000, 2.0)) == 1
    consumer.close()


def test_a_send_of_this_process_ends_the_wait(log: SqliteLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long a pause has become, a message sent through the same log is returned at once."""
    monkeypatch.setattr("pipeline.log.sqlite_subscription.SHORTEST_PAUSE_S", 60.0)
    consumer = log.subscribe("group", [TOPIC.name])
    sender = threading.Timer(0.1, log.send, [[OutgoingMessage(TOPIC.name, b"key", b"value")]])
    sender.start()
    started = time.monotonic()
    assert len(consumer.poll(10, 1000, 30.0)) == 1
    assert time.monotonic() - started < 15
    sender.join()


def test_reading_stops_at_the_byte_limit(log: SqliteLog, path: Path) -> None:
    """What fits is read; one that does not fit by itself is read alone, or not at all when others came before."""
    log.send([OutgoingMessage(TOPIC.name, b"k", b"x" * 999) for _ in range(10)])
    connection = open_connection(path, durable=False, busy_s=1)
    topic = load_topic(connection, TOPIC.name)
    assert topic is not None
    partition = next(number for number, span in log.offsets(TOPIC.name).items() if span.end == 10)
    place, row = TopicPartition(TOPIC.name, partition), topic.rows[partition]

    def count(max_bytes: int, *, one_at_least: bool) -> int:
        return len(read_messages(connection, place, row, 0, 100, max_bytes, one_at_least=one_at_least))

    assert [count(limit, one_at_least=True) for limit in (0, 999, 1000, 1999, 2000, 99_999)] == [1, 1, 1, 1, 2, 10]
    assert [count(limit, one_at_least=False) for limit in (0, 999, 1000, 1999, 2000)] == [0, 0, 1, 1, 2]
    connection.close()


def test_messages_without_a_key_go_round(log: SqliteLog) -> None:
    """Batches and single messages without a key fill all partitions evenly."""
    spread = Topic("spread", 4, timedelta(days=1), 1000)
    log.create_topics([spread])
    without_key = OutgoingMessage(spread.name, None, b"value")
    log.send([without_key] * 6)
    for _ in range(6):
        log.send([without_key])
    assert {span.end for span in log.offsets(spread.name).values()} == {3}
