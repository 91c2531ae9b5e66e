"""Where a log under test lives, and what its tests do with it: make messages, poll with patience."""

import threading
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

from pipeline.log.base import Log, Subscription
from schemas.message import Headers, Message, OutgoingMessage, TopicPartition
from schemas.topics import Topic

MIB = 1024 * 1024
PATIENCE_S = 30.0
PLENTY = 64 * MIB


class LogPlace(ABC):
    """Where logs live: opening twice gives two clients of the same log, which is empty but for other tests' topics."""

    #: Session time of the clients that `open` returns, in seconds.
    session_s: float

    @abstractmethod
    def open(self) -> Log:
        """Open a client; the fixture closes it."""

    def topic(
        self,
        partitions: int = 3,
        retention: timedelta | None = timedelta(days=1),
        max_message_bytes: int = MIB,
    ) -> Topic:
        """Return a topic of a new name, not created yet."""
        return Topic(f"contract-{uuid.uuid4().hex[:12]}", partitions, retention, max_message_bytes)


def message(topic: Topic, key: bytes | None, value: bytes | None = b"value", headers: Headers = ()) -> OutgoingMessage:
    """Return a message for `topic`."""
    return OutgoingMessage(topic.name, key, value, headers)


def batch(topic: Topic, count: int, size: int = 10) -> list[OutgoingMessage]:
    """Return messages with different keys and values that begin with their number."""
    return [message(topic, b"key-%d" % n, b"%06d" % n + b"." * (size - 6)) for n in range(count)]


def collect(subscription: Subscription, count: int, patience_s: float = PATIENCE_S) -> list[Message]:
    """Poll until `count` messages came, or fail."""
    found: list[Message] = []
    deadline = time.monotonic() + patience_s
    while len(found) < count:
        assert time.monotonic() < deadline, f"{len(found)} of {count} messages in {patience_s} s"
        found += subscription.poll(100, PLENTY, 0.2)
    return found


def poll_until(condition: Callable[[], bool], *subscriptions: Subscription, patience_s: float = PATIENCE_S) -> None:
    """Poll all in turn, dropping what comes, until the condition holds, or fail."""
    deadline = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline, f"not so after {patience_s} s"
        for subscription in subscriptions:
            subscription.poll(100, PLENTY, 0.02)


def join(subscription: Subscription, partitions: int) -> None:
    """Poll until the consumer owns so many partitions."""
    poll_until(lambda: len(subscription.assignment) == partitions, subscription)


def next_offsets(messages: Sequence[Message]) -> dict[TopicPartition, int]:
    """Return what to commit after all of these."""
    return {found.topic_partition: found.offset + 1 for found in sorted(messages, key=lambda found: found.offset)}


@contextmanager
def polling(subscription: Subscription) -> Iterator[list[Message]]:
    """Keep polling in a thread, as a second worker would; gives what it received."""
    found: list[Message] = []
    stopped = threading.Event()

    def poll() -> None:
        while not stopped.is_set():
            found.extend(subscription.poll(100, PLENTY, 0.1))

    with ThreadPoolExecutor(1) as threads:
        work = threads.submit(poll)
        try:
            yield found
        finally:
            stopped.set()
        work.result()
