"""The Kafka log while its broker is away: calls end in time, nothing piles up, and everything goes on afterwards."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from typing import TypeVar

import psutil
import pytest

from pipeline.clock import SystemClock
from pipeline.log.kafka import KafkaLog
from schemas.errors import ConfigurationError, Unavailable
from schemas.message import Message, OutgoingMessage, TopicPartition
from schemas.topics import Topic
from tests.services.kafka_server import KafkaServer

Answer = TypeVar("Answer")

TIMEOUT_S = 2.0
TOPIC = Topic("faults", 2, timedelta(days=1), 1 << 20)
BATCH = [OutgoingMessage(TOPIC.name, b"%d" % n, b"value") for n in range(10)]

CALLS: dict[str, Callable[[KafkaLog], object]] = {
    "create_topics": lambda log: log.create_topics([TOPIC]),
    "verify_topics": lambda log: log.verify_topics([TOPIC]),
    "send": lambda log: log.send(BATCH),
    "subscribe": lambda log: log.subscribe("group", [TOPIC.name]),
    "read": lambda log: log.read(TOPIC.name, 0, 0, 10),
    "offsets": lambda log: log.offsets(TOPIC.name),
    "committed": lambda log: log.committed("group", TOPIC.name),
    "lag": lambda log: log.lag("group", [TOPIC.name]),
}


@pytest.fixture
def server(own_kafka_server: KafkaServer) -> KafkaServer:
    """A broker that the test may stop; running when the test begins."""
    own_kafka_server.resume()
    return own_kafka_server.start()


@pytest.fixture
def log(server: KafkaServer) -> Iterator[KafkaLog]:
    """A log with short time limits."""
    log = KafkaLog([server.address], SystemClock(), session_s=6.0, timeout_s=TIMEOUT_S)
    yield log
    log.close()


def _refused(call: Callable[[], object]) -> float:
    """Return how long it took until the call raised `Unavailable`, in seconds."""
    started = time.monotonic()
    with pytest.raises(Unavailable, match="does not answer"):
        call()
    return time.monotonic() - started


def test_calls_without_a_broker_end_in_time(server: KafkaServer, log: KafkaLog) -> None:
    """With the broker down from the start every call raises `Unavailable` in time and leaves no thread or open file."""
    server.kill()
    threads, files = threading.active_count(), psutil.Process().num_fds()
    for name, call in CALLS.items():
        assert _refused(partial(call, log)) < TIMEOUT_S * 2 + 2, name
    assert threading.active_count() == threads
    assert psutil.Process().num_fds() <= files


@pytest.mark.slow
@pytest.mark.parametrize("outage", ["kill", "suspend"])
def test_everything_goes_on_after_an_outage(server: KafkaServer, log: KafkaLog, outage: str) -> None:
    """Killed or hanging: each call is refused in time; afterwards the same objects work, nothing confirmed is gone."""
    log.create_topics([TOPIC])
    confirmed = list(log.send(BATCH))
    consumer = log.subscribe("survivor" + outage, [TOPIC.name])
    received = _collect(consumer.poll, {position.partition: position.offset for position in confirmed})
    getattr(server, outage)()
    for name, call in CALLS.items():
        assert _refused(partial(call, log)) < TIMEOUT_S * 3 + 2, name
    assert _refused(partial(consumer.commit, _next_offsets(received))) < TIMEOUT_S * 2 + 2
    server.resume() if outage == "suspend" else server.start()
    confirmed += _persist(lambda: log.send(BATCH))
    received += _collect(consumer.poll, {position.partition: position.offset for position in confirmed})
    assert set(confirmed) <= {one.position for one in received}
    deadline = time.monotonic() + 40
    while sum(_persist(lambda: log.lag("survivor" + outage, [TOPIC.name])).values()) > 0:
        # A consumer that was away too long joins anew and gets what it had not committed once more.
        assert time.monotonic() < deadline
        received += _persist(lambda: consumer.poll(100, 1 << 20, 0.2))
        _persist(partial(consumer.commit, _next_offsets(received)))


def test_a_waiting_consumer_notices_that_the_broker_is_gone(
    server: KafkaServer, log: KafkaLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A poll without messages raises `Unavailable` after the quiet time, instead of looking like an empty topic."""
    monkeypatch.setattr("pipeline.log.kafka_subscription._QUIET_S", 1.0)
    log.create_topics([TOPIC])
    consumer = log.subscribe("waiting", [TOPIC.name])
    deadline = time.monotonic() + 20
    while len(consumer.assignment) < TOPIC.partitions:
        assert time.monotonic() < deadline
        consumer.poll(1000, 1 << 20, 0.2)
    while consumer.poll(1000, 1 << 20, 1.5):
        pass
    server.kill()
    assert _refused(lambda: [consumer.poll(1000, 1 << 20, 1.0) for _ in range(5)]) < 5 + TIMEOUT_S * 2


def test_a_replication_that_cannot_be_is_a_configuration_error(server: KafkaServer) -> None:
    """One broker cannot keep three copies; the error says so instead of being tried again."""
    log = KafkaLog([server.address], SystemClock(), replication=3, timeout_s=TIMEOUT_S)
    with pytest.raises(ConfigurationError, match=r"(?i)replication"):
        log.create_topics([Topic("copies", 1, timedelta(days=1), 1 << 20)])
    log.close()


def _collect(poll: Callable[[int, int, float], Sequence[Message]], end: dict[int, int]) -> list[Message]:
    """Poll until the last offset of each partition came."""
    found: list[Message] = []
    deadline = time.monotonic() + 40
    while not set(end.items()) <= {(one.partition, one.offset) for one in found}:
        assert time.monotonic() < deadline, len(found)
        found += _persist(lambda: poll(100, 1 << 20, 0.2))
    return found


def _persist(call: Callable[[], Answer]) -> Answer:
    """Repeat a call until the cluster answers, as the workers do."""
    deadline = time.monotonic() + 40
    while True:
        try:
            return call()
        except Unavailable:
            assert time.monotonic() < deadline


def _next_offsets(messages: Sequence[Message]) -> dict[TopicPartition, int]:
    return {one.topic_partition: one.offset + 1 for one in sorted(messages, key=lambda one: one.offset)}
