"""The embedded log: topics, partitions, offsets and consumer groups in one SQLite file.

In: a path and a clock. Out: a `Log` that any number of threads and processes of one machine may open at once. Put the
file on a local disk: SQLite's write-ahead log does not work across a network. A process that forks must open the log
after the fork.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import structlog

from pipeline.clock import Clock, epoch_ms
from pipeline.log.base import OffsetRange, Subscription
from pipeline.log.sqlite_file import install_layout, open_connection, transaction, translated_errors
from pipeline.log.sqlite_groups import Lease, commit_offsets, load_committed
from pipeline.log.sqlite_membership import Membership
from pipeline.log.sqlite_messages import (
    StoredTopic,
    append_messages,
    create_topic,
    load_ranges,
    load_topic,
    read_messages,
)
from pipeline.log.sqlite_retention import delete_forgotten
from pipeline.log.sqlite_subscription import SqliteSubscription
from pipeline.log.topic_check import count_unfinished, describe_differences, refuse_unfit
from schemas.errors import ConfigurationError, Unavailable
from schemas.message import Message, OutgoingMessage, Position, TopicPartition
from schemas.topics import Topic

#: As Kafka's default bound on one fetch: what `read` returns at most, whatever `limit` says.
READ_MAX_BYTES: Final = 50 * 1024 * 1024

_log = structlog.get_logger(__name__)


class _Arrivals:
    """Counts appends of this process and wakes those who wait for the next one."""

    def __init__(self) -> None:
        self._count = 0
        self._changed = threading.Condition()

    def add(self) -> None:
        with self._changed:
            self._count += 1
            self._changed.notify_all()

    def count(self) -> int:
        return self._count

    def wait(self, seen: int, seconds: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._count != seen, seconds)


class SqliteLog:
    """A log in one file; made when it does not exist.

    Args:
        path: the file; `-wal` and `-shm` files stand beside it while it is open.
        clock: append times, retention and sessions.
        session_s: a consumer that does not poll for this long loses its partitions.
        busy_s: how long a call waits for other writers before it raises `Unavailable`.

    Raises:
        ConfigurationError: not a database, not a log, of a newer version, damaged, or not writable.
        Unavailable: another process keeps the file busy.
    """

    def __init__(self, path: Path, clock: Clock, *, session_s: float = 30.0, busy_s: float = 10.0) -> None:
        self._path = path
        self._clock = clock
        self._session_s = session_s
        self._busy_s = busy_s
        install_layout(path, clock, busy_s)
        self._writer = open_connection(path, durable=True, busy_s=busy_s)
        self._reader = open_connection(path, durable=False, busy_s=busy_s)
        self._write_lock = threading.Lock()
        self._read_lock = threading.Lock()
        self._topics: dict[str, StoredTopic] = {}
        self._arrivals = _Arrivals()
        self._subscriptions: list[SqliteSubscription] = []
        self._closed = False

    def create_topics(self, topics: Sequence[Topic]) -> None:
        """Create those that are missing; see `Log.create_topics`."""
        with self._reading():
            missing = [topic for topic in topics if load_topic(self._reader, topic.name) is None]
        if missing:
            with self._writing():
                for topic in missing:
                    create_topic(self._writer, topic)

    def verify_topics(self, topics: Sequence[Topic]) -> Sequence[str]:
        """Return one sentence for each difference; see `Log.verify_topics`."""
        with self._reading():
            stored = {topic.name: load_topic(self._reader, topic.name) for topic in topics}
        found = {name: topic.rules if topic else None for name, topic in stored.items()}
        return [sentence for topic in topics for sentence in describe_differences(topic, found[topic.name])]

    def send(self, messages: Sequence[OutgoingMessage]) -> Sequence[Position]:
        """Append in one transaction, all or nothing; see `Log.send`. On disk when it returns."""
        topics = {name: self._topic(name) for name in {message.topic for message in messages}}
        for message in messages:
            refuse_unfit(message, topics[message.topic].rules)
        if not messages:
            return []
        with self._writing():
            positions = append_messages(self._writer, messages, topics, epoch_ms(self._clock.now()))
        self._arrivals.add()
        return positions

    def subscribe(self, group: str, topics: Sequence[str]) -> Subscription:
        """Join the group at the first poll; see `Log.subscribe`."""
        for name in topics:
            self._topic(name)
        connection = open_connection(self._path, durable=False, busy_s=self._busy_s)
        membership = Membership(connection, self._path, group, topics, self._clock, self._session_s)

        def commit(offsets: Mapping[Lease, int]) -> None:
            with self._writing():
                commit_offsets(self._writer, group, offsets)

        subscription = SqliteSubscription(connection, self._path, group, membership, self._arrivals, commit)
        with self._read_lock:
            self._subscriptions = [*(known for known in self._subscriptions if not known.closed), subscription]
        return subscription

    def read(self, topic: str, partition: int, start: int, limit: int) -> Sequence[Message]:
        """Return messages from `start` on, at most 50 MiB of them; see `Log.read`."""
        row = self._row(topic, partition)
        with self._reading():
            return read_messages(self._reader, TopicPartition(topic, partition), row, start, limit, READ_MAX_BYTES)

    def offsets(self, topic: str) -> Mapping[int, OffsetRange]:
        """Return what each partition holds; see `Log.offsets`."""
        stored = self._topic(topic)
        with self._reading():
            return load_ranges(self._reader, stored)

    def committed(self, group: str, topic: str) -> Mapping[int, int]:
        """Return the group's committed offsets; see `Log.committed`."""
        stored = self._topic(topic)
        with self._reading():
            found = load_committed(self._reader, group, stored.rows)
        return {partition: found[row] for partition, row in enumerate(stored.rows) if row in found}

    def lag(self, group: str, topics: Sequence[str]) -> Mapping[TopicPartition, int]:
        """Return how much of each partition the group has not finished; see `Log.lag`."""
        return {
            place: count
            for topic in topics
            for place, count in count_unfinished(topic, self.committed(group, topic), self.offsets(topic)).items()
        }

    def prune(self) -> int:
        """Delete what retention and compaction let go; see `Log.prune`. Producers can go on meanwhile."""
        connection = open_connection(self._path, durable=False, busy_s=self._busy_s)
        try:
            deleted = delete_forgotten(connection, self._path, self._clock)
        finally:
            connection.close()
        if deleted:
            _log.info("log-pruned", path=str(self._path), messages=deleted)
        return deleted

    def close(self) -> None:
        """Close open subscriptions and the file; see `Log.close`."""
        self._closed = True
        for subscription in self._subscriptions:
            subscription.close()
        with self._write_lock:
            self._writer.close()
        with self._read_lock:
            self._reader.close()

    def _topic(self, name: str) -> StoredTopic:
        known = self._topics.get(name)
        if known is None:
            with self._reading():
                known = load_topic(self._reader, name)
            if known is None:
                msg = f"the log {self._path} has no topic {name}; newswire setup creates the topics"
                raise ConfigurationError(msg)
            self._topics[name] = known
        return known

    def _row(self, topic: str, partition: int) -> int:
        rows = self._topic(topic).rows
        if not 0 <= partition < len(rows):
            msg = f"the topic {topic} has no partition {partition}, only 0 to {len(rows) - 1}"
            raise ConfigurationError(msg)
        return rows[partition]

    @contextmanager
    def _reading(self) -> Iterator[None]:
        with self._read_lock, translated_errors(self._path):
            self._refuse_when_closed()
            yield

    @contextmanager
    def _writing(self) -> Iterator[None]:
        if not self._write_lock.acquire(timeout=self._busy_s):
            msg = f"the log {self._path} is being written by another thread"
            raise Unavailable(msg)
        try:
            self._refuse_when_closed()
            with transaction(self._writer, self._path):
                yield
        finally:
            self._write_lock.release()

    def _refuse_when_closed(self) -> None:
        if self._closed:
            msg = f"the log {self._path} was closed"
            raise RuntimeError(msg)
