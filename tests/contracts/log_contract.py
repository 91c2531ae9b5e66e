"""What every log must do, whatever it is made of: the behaviour that `pipeline.log.base` promises.

A test module subclasses `LogContract` and gives it a `place` fixture. Topic and group names are new in every test, so
that one real broker can serve them all; time limits are generous.
"""

import os
import threading
import time
import uuid
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.clock import epoch_ms
from pipeline.log.base import Log, OffsetRange, Subscription
from pipeline.log.partitioner import partition_for_key
from schemas.errors import BAD_INPUT, TOO_LARGE, ConfigurationError, Rejected
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
def _polling(subscription: Subscription) -> Iterator[list[Message]]:
    """Keep polling in a thread, as a second worker would; gives what it received."""
    found: list[Message] = []
    stopped = threading.Event()

    def poll() -> None:
        while not stopped.is_set():
            found.extend(subscription.poll(100, PLENTY, 0.1))

    with ThreadPoolExecutor(1) as threads:
        polling = threads.submit(poll)
        try:
            yield found
        finally:
            stopped.set()
        polling.result()


class LogContract:
    """Subclass and define `place`."""

    #: How long a hand-over may take without waiting for a session to end, in seconds.
    takeover_s = 10.0

    @pytest.fixture
    def place(self) -> LogPlace:
        """Where the logs of one test live."""
        raise NotImplementedError

    @pytest.fixture
    def opened(self, place: LogPlace) -> Iterator[Callable[[], Log]]:
        """Open further clients, closed at the end of the test."""
        logs: list[Log] = []

        def open_one() -> Log:
            logs.append(place.open())
            return logs[-1]

        yield open_one
        for log in logs:
            log.close()

    @pytest.fixture
    def log(self, opened: Callable[[], Log]) -> Log:
        """One client."""
        return opened()

    @pytest.fixture
    def topic(self, log: Log, place: LogPlace) -> Topic:
        """A created topic with three partitions."""
        topic = place.topic()
        log.create_topics([topic])
        return topic

    @pytest.fixture
    def group(self) -> str:
        """A group that nobody used before."""
        return f"group-{uuid.uuid4().hex[:12]}"

    # Topics

    def test_created_topics_are_as_wanted(self, log: Log, place: LogPlace) -> None:
        """What was created from a table verifies against the same table, compacted topics included."""
        topics = [place.topic(1), place.topic(12, timedelta(days=7), 2 * MIB), place.topic(1, None, 65_536)]
        log.create_topics(topics)
        assert list(log.verify_topics(topics)) == []

    def test_missing_topics_are_named(self, log: Log, place: LogPlace) -> None:
        """A topic that does not exist is one sentence with its name."""
        topic = place.topic()
        (sentence,) = log.verify_topics([topic])
        assert topic.name in sentence

    @pytest.mark.parametrize(
        ("setting", "change"),
        [
            ("partitions", {"partitions": 5}),
            ("retention", {"retention": timedelta(days=2)}),
            ("max.message.bytes", {"max_message_bytes": 4 * MIB}),
            ("cleanup.policy", {"retention": None}),
        ],
    )
    def test_differences_are_named(
        self, log: Log, topic: Topic, setting: str, change: dict[str, int | timedelta | None]
    ) -> None:
        """Each way in which a topic differs from the table is one sentence with the topic and the setting."""
        wanted = {"partitions": 3, "retention": timedelta(days=1), "max_message_bytes": MIB} | change
        (sentence,) = log.verify_topics([Topic(topic.name, **wanted)])  # type: ignore[arg-type]  # one of each type
        assert topic.name in sentence
        assert setting in sentence

    def test_creating_again_changes_nothing(self, log: Log, topic: Topic) -> None:
        """A topic that exists keeps its messages and its settings."""
        log.send([message(topic, b"key")])
        log.create_topics([Topic(topic.name, 9, timedelta(days=9), 2 * MIB)])
        assert list(log.verify_topics([topic])) == []
        assert sum(span.end for span in log.offsets(topic.name).values()) == 1

    def test_many_may_create_at_once(self, opened: Callable[[], Log], place: LogPlace) -> None:
        """Several processes that start together all find their topics."""
        topics = [place.topic() for _ in range(3)]
        logs = [opened() for _ in range(4)]
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(lambda log: log.create_topics(topics), logs))
        assert list(logs[0].verify_topics(topics)) == []

    # Sending and reading

    def test_positions_are_dense_and_in_order(self, log: Log, topic: Topic) -> None:
        """Each partition counts from 0 without holes, in the order of sending, over several batches."""
        messages = batch(topic, 60)
        positions = [*log.send(messages[:35]), *log.send(messages[35:])]
        by_partition: defaultdict[int, list[bytes | None]] = defaultdict(list)
        for sent, position in zip(messages, positions, strict=True):
            assert position.topic == topic.name
            assert position.offset == len(by_partition[position.partition])
            by_partition[position.partition].append(sent.value)
        for partition, values in by_partition.items():
            assert [found.value for found in log.read(topic.name, partition, 0, 100)] == values

    def test_keys_choose_partitions_as_kafka_does(self, log: Log, place: LogPlace) -> None:
        """The partition follows from the key alone, by Kafka's default partitioner."""
        topic = place.topic(12)
        log.create_topics([topic])
        keys = [b"", b"\x00", b"\xff" * 7, *(uuid.uuid4().hex.encode() for _ in range(50))]
        positions = log.send([message(topic, key) for key in keys])
        assert [position.partition for position in positions] == [partition_for_key(key, 12) for key in keys]

    def test_a_batch_may_go_to_several_topics(self, log: Log, place: LogPlace) -> None:
        """Positions come in the order of the messages, whatever their topics."""
        first, second = place.topic(1), place.topic(1)
        log.create_topics([first, second])
        positions = log.send([message(first, b"a"), message(second, b"a"), message(first, b"b")])
        assert [tuple(position) for position in positions] == [
            (first.name, 0, 0),
            (second.name, 0, 0),
            (first.name, 0, 1),
        ]

    @pytest.mark.parametrize(
        ("key", "value", "headers"),
        [
            (None, b"no key", ()),
            (b"no value", None, ()),
            (b"", b"", ()),
            (None, b"", ()),
            (b"\x00\xff", bytes(range(256)), (("n", b""), ("schlüssel", b"\x00\xff"), ("n", b"again"))),
            ("ключ".encode(), "значение".encode(), (("stage", b"index"),)),
        ],
    )
    def test_messages_come_back_unchanged(
        self, log: Log, topic: Topic, key: bytes | None, value: bytes | None, headers: Headers
    ) -> None:
        """Keys, values and headers are bytes that nothing touches; nothing and empty differ; headers may repeat."""
        before = epoch_ms(datetime.now(UTC))
        (position,) = log.send([message(topic, key, value, headers)])
        (found,) = log.read(topic.name, position.partition, position.offset, 10)
        assert (found.key, found.value, found.headers, found.position) == (key, value, headers, position)
        assert before - 1000 <= found.timestamp_ms <= epoch_ms(datetime.now(UTC)) + 1000

    def test_sending_nothing_is_harmless(self, log: Log) -> None:
        """An empty batch has no positions."""
        assert list(log.send([])) == []

    def test_large_messages_fit_up_to_the_limit(self, log: Log, place: LogPlace) -> None:
        """A value close to the topic's limit goes through whole."""
        topic = place.topic(1, max_message_bytes=3 * MIB)
        log.create_topics([topic])
        value = bytes(uuid.uuid4().bytes * (3 * MIB // 16 - 256))
        log.send([message(topic, b"key", value)])
        (found,) = log.read(topic.name, 0, 0, 1)
        assert found.value == value

    def test_too_large_messages_are_rejected_and_nothing_is_sent(self, log: Log, place: LogPlace) -> None:
        """One message over its topic's limit refuses the whole batch, before anything is written."""
        topic = place.topic(1, max_message_bytes=65_536)
        log.create_topics([topic])
        with pytest.raises(Rejected) as caught:
            log.send([message(topic, b"small"), message(topic, b"large", b"x" * 65_537)])
        assert caught.value.reason == TOO_LARGE
        assert log.offsets(topic.name) == {0: OffsetRange(0, 0)}

    def test_compacted_topics_need_keys(self, log: Log, place: LogPlace) -> None:
        """A message without a key could never be superseded, so a compacted topic refuses it."""
        topic = place.topic(1, None)
        log.create_topics([topic])
        with pytest.raises(Rejected) as caught:
            log.send([message(topic, b"key"), message(topic, None)])
        assert caught.value.reason == BAD_INPUT
        assert log.offsets(topic.name) == {0: OffsetRange(0, 0)}

    def test_messages_hold_something(self, log: Log, topic: Topic) -> None:
        """A message with neither key nor value is refused; Kafka's clients cannot send it."""
        with pytest.raises(Rejected) as caught:
            log.send([message(topic, b"key"), message(topic, None, None)])
        assert caught.value.reason == BAD_INPUT
        assert sum(span.end for span in log.offsets(topic.name).values()) == 0

    @pytest.mark.parametrize(
        "call",
        [
            lambda log, name: log.send([OutgoingMessage(name, b"key", b"value")]),
            lambda log, name: log.subscribe("group", [name]),
            lambda log, name: log.read(name, 0, 0, 1),
            lambda log, name: log.offsets(name),
            lambda log, name: log.committed("group", name),
            lambda log, name: log.lag("group", [name]),
        ],
        ids=["send", "subscribe", "read", "offsets", "committed", "lag"],
    )
    def test_unknown_topics_are_configuration_errors(
        self, log: Log, place: LogPlace, call: Callable[[Log, str], object]
    ) -> None:
        """Naming a topic that does not exist is an error that names it, and creates nothing."""
        topic = place.topic()
        with pytest.raises(ConfigurationError, match=topic.name):
            call(log, topic.name)
        assert len(log.verify_topics([topic])) == 1

    def test_unknown_partitions_are_configuration_errors(self, log: Log, topic: Topic) -> None:
        """Reading a partition that the topic does not have is an error that says so."""
        with pytest.raises(ConfigurationError, match="partition 3"):
            log.read(topic.name, 3, 0, 1)

    def test_reading_starts_anywhere(self, log: Log, place: LogPlace) -> None:
        """Reading returns up to the limit from an offset on, and nothing at and after the end."""
        topic = place.topic(1)
        log.create_topics([topic])
        log.send(batch(topic, 20))
        assert [found.offset for found in log.read(topic.name, 0, 0, 3)] == [0, 1, 2]
        assert [found.offset for found in log.read(topic.name, 0, 18, 10)] == [18, 19]
        assert list(log.read(topic.name, 0, 20, 10)) == []
        assert list(log.read(topic.name, 0, 99, 10)) == []

    def test_other_clients_read_what_was_sent(self, log: Log, opened: Callable[[], Log], topic: Topic) -> None:
        """What `send` confirmed is there for everybody, at once and after the sender is gone."""
        positions = log.send(batch(topic, 5))
        log.close()
        other = opened()
        for position in positions:
            (found,) = other.read(topic.name, position.partition, position.offset, 1)
            assert found.position == position

    def test_many_threads_and_clients_send_at_once(self, opened: Callable[[], Log], topic: Topic, log: Log) -> None:
        """Every message gets a position of its own, no offset is left out, and each thread's order is kept."""
        clients = [log, opened()]

        def send_some(number: int) -> None:
            for n in range(10):
                sent = [message(topic, b"key-%d" % k, b"%d %d" % (number, n)) for k in range(5)]
                clients[number % 2].send(sent)

        with ThreadPoolExecutor(6) as threads:
            list(threads.map(send_some, range(6)))
        total = 0
        for partition, span in log.offsets(topic.name).items():
            found = log.read(topic.name, partition, 0, 1000)
            assert [one.offset for one in found] == list(range(span.end))
            total += len(found)
            orders: defaultdict[tuple[bytes | None, bytes], list[int]] = defaultdict(list)
            for one in found:
                thread, n = (one.value or b"").split()
                orders[one.key, thread].append(int(n))
            assert all(order == sorted(order) for order in orders.values())
        assert total == 6 * 10 * 5

    # Consuming

    def test_a_lone_consumer_gets_everything_in_order(self, log: Log, topic: Topic, group: str) -> None:
        """One consumer owns all partitions, and each comes from its first message on, in order, once."""
        positions = log.send(batch(topic, 50))
        with closing(log.subscribe(group, [topic.name])) as consumer:
            found = collect(consumer, 50)
            assert consumer.assignment == {TopicPartition(topic.name, partition) for partition in range(3)}
        assert sorted(one.position for one in found) == sorted(positions)
        for place in {one.topic_partition for one in found}:
            offsets = [one.offset for one in found if one.topic_partition == place]
            assert offsets == list(range(len(offsets)))

    def test_a_consumer_may_read_several_topics(self, log: Log, place: LogPlace, group: str) -> None:
        """A consumer of two topics gets the messages of both."""
        topics = [place.topic(2), place.topic(1)]
        log.create_topics(topics)
        for topic in topics:
            log.send(batch(topic, 10))
        with closing(log.subscribe(group, [topic.name for topic in topics])) as consumer:
            found = collect(consumer, 20)
            assert len(consumer.assignment) == 3
        assert {one.topic for one in found} == {topic.name for topic in topics}

    def test_an_empty_poll_waits_and_a_message_ends_it(self, log: Log, topic: Topic, group: str) -> None:
        """Without messages a poll waits its time; a message that arrives meanwhile is returned well before."""
        with closing(log.subscribe(group, [topic.name])) as consumer:
            join(consumer, 3)
            started = time.monotonic()
            assert list(consumer.poll(10, MIB, 0.3)) == []
            assert 0.25 < time.monotonic() - started < 5
            sender = threading.Timer(0.1, log.send, [[message(topic, b"key")]])
            sender.start()
            started = time.monotonic()
            assert len(consumer.poll(10, MIB, 20.0)) == 1
            assert time.monotonic() - started < 10
            sender.join()

    def test_a_poll_returns_no_more_records_than_asked(self, log: Log, topic: Topic, group: str) -> None:
        """`max_records` bounds every poll, and the rest comes later."""
        log.send(batch(topic, 30))
        with closing(log.subscribe(group, [topic.name])) as consumer:
            sizes: list[int] = []
            while sum(sizes) < 30:
                sizes.append(len(consumer.poll(7, PLENTY, 5.0)))
            assert sum(sizes) == 30
            assert max(sizes) <= 7

    def test_a_poll_returns_no_more_bytes_than_asked(self, log: Log, topic: Topic, group: str) -> None:
        """`max_bytes` bounds every poll of more than one message, and nothing is lost or turned round by it."""
        log.send(batch(topic, 30, size=20_000))
        with closing(log.subscribe(group, [topic.name])) as consumer:
            found: list[Message] = []
            while len(found) < 30:
                polled = consumer.poll(100, 70_000, 5.0)
                assert sum(one.size_bytes for one in polled) <= 70_000
                found += polled
        assert len({one.position for one in found}) == 30
        for partition in range(3):
            offsets = [one.offset for one in found if one.partition == partition]
            assert offsets == sorted(offsets)

    def test_a_message_larger_than_asked_comes_alone(self, log: Log, topic: Topic, group: str) -> None:
        """A message over `max_bytes` is returned by itself instead of blocking its partition for ever."""
        log.send([message(topic, b"key", b"x" * 50_000) for _ in range(3)])
        with closing(log.subscribe(group, [topic.name])) as consumer:
            sizes: list[int] = []
            while sum(sizes) < 3:
                sizes.append(len(consumer.poll(10, 1000, 5.0)))
            assert max(sizes) == 1

    def test_a_busy_partition_does_not_starve_others(self, log: Log, place: LogPlace, group: str) -> None:
        """With a long backlog in one partition, a message in another is returned long before the backlog ends."""
        topic = place.topic(2)
        log.create_topics([topic])
        keys = [b"%d" % n for n in range(100)]
        crowded = next(key for key in keys if partition_for_key(key, 2) == 0)
        lonely = next(key for key in keys if partition_for_key(key, 2) == 1)
        # 8 MB that do not compress: several of any client's fetches.
        log.send([message(topic, crowded, os.urandom(4000)) for _ in range(2000)] + [message(topic, lonely)])
        with closing(log.subscribe(group, [topic.name])) as consumer:
            keys_seen: list[bytes | None] = []
            while lonely not in keys_seen:
                keys_seen += [one.key for one in consumer.poll(10, PLENTY, 5.0)]
                assert len(keys_seen) < 1500

    def test_committed_work_is_not_delivered_again(self, log: Log, topic: Topic, group: str) -> None:
        """A later consumer of the group continues after the committed offsets, one of another group does not."""
        log.send(batch(topic, 40))
        with closing(log.subscribe(group, [topic.name])) as consumer:
            consumer.commit(next_offsets(collect(consumer, 40)))
        log.send(batch(topic, 5))
        with closing(log.subscribe(group, [topic.name])) as consumer:
            assert len(collect(consumer, 5)) == 5
            assert list(consumer.poll(100, PLENTY, 0.5)) == []
        with closing(log.subscribe(group + "-other", [topic.name])) as consumer:
            assert len(collect(consumer, 45)) == 45

    def test_uncommitted_work_is_delivered_again(self, log: Log, topic: Topic, group: str) -> None:
        """Closing commits nothing: what was read and not committed comes again."""
        log.send(batch(topic, 30))
        with closing(log.subscribe(group, [topic.name])) as consumer:
            first = collect(consumer, 30)
            done = [one for one in first if one.offset < 4]
            consumer.commit(next_offsets(done))
        with closing(log.subscribe(group, [topic.name])) as consumer:
            again = collect(consumer, 30 - len(done))
        assert {one.position for one in again} == {one.position for one in first} - {one.position for one in done}

    def test_commits_survive_the_client(self, log: Log, opened: Callable[[], Log], topic: Topic, group: str) -> None:
        """Another client sees the committed offsets, the ranges and the lag that follows from them."""
        log.send(batch(topic, 30))
        consumer = log.subscribe(group, [topic.name])
        found = collect(consumer, 30)
        half = {place: offset // 2 for place, offset in next_offsets(found).items()}
        consumer.commit(half)
        log.close()
        other = opened()
        assert other.committed(group, topic.name) == {place.partition: offset for place, offset in half.items()}
        ends = next_offsets(found)
        assert other.offsets(topic.name) == {place.partition: OffsetRange(0, ends[place]) for place in ends}
        assert other.lag(group, [topic.name]) == {place: ends[place] - half[place] for place in ends}

    def test_a_new_group_lags_by_everything(self, log: Log, topic: Topic, group: str) -> None:
        """Without a commit there is no committed offset, and all kept messages are outstanding."""
        log.send(batch(topic, 30))
        assert dict(log.committed(group, topic.name)) == {}
        lag = log.lag(group, [topic.name])
        assert {place.partition: count for place, count in lag.items()} == {
            partition: span.end for partition, span in log.offsets(topic.name).items()
        }
        assert sum(lag.values()) == 30

    # Groups

    def test_two_consumers_share_fairly(self, log: Log, opened: Callable[[], Log], place: LogPlace, group: str) -> None:
        """Two consumers own half the partitions each, never the same one, and get every message between them."""
        topic = place.topic(6)
        log.create_topics([topic])
        with closing(log.subscribe(group, [topic.name])) as first:
            join(first, 6)
            with closing(opened().subscribe(group, [topic.name])) as second:

                def halved() -> bool:
                    return len(first.assignment) == len(second.assignment) == 3

                with _polling(first) as others:
                    poll_until(halved, second)
                    assert not first.assignment & second.assignment
                    log.send(batch(topic, 60))
                    found: list[Message] = []
                    deadline = time.monotonic() + PATIENCE_S
                    while len(found) + len(others) < 60 and time.monotonic() < deadline:
                        found += second.poll(100, PLENTY, 0.1)
        positions = {one.position for one in [*found, *others]}
        assert len(positions) == 60
        assert {one.partition for one in found}.isdisjoint({one.partition for one in others})

    def test_a_consumer_too_many_waits(self, log: Log, opened: Callable[[], Log], place: LogPlace, group: str) -> None:
        """With one partition one of two consumers stands by, and continues at the commit when the other leaves."""
        topic = place.topic(1)
        log.create_topics([topic])
        log.send(batch(topic, 3))
        first = log.subscribe(group, [topic.name])
        first.commit(next_offsets(collect(first, 3)[:1]))
        second = opened().subscribe(group, [topic.name])
        with _polling(first):
            for _ in range(5):
                second.poll(10, MIB, 0.1)
            poll_until(lambda: len(first.assignment) + len(second.assignment) == 1, second)
        owner, standby = (first, second) if first.assignment else (second, first)
        owner.close()
        assert [one.offset for one in collect(standby, 2)] == [1, 2]
        standby.close()

    def test_a_closed_consumer_gives_back_at_once(
        self, log: Log, opened: Callable[[], Log], topic: Topic, group: str
    ) -> None:
        """After `close` the next consumer owns everything well before a session could have ended."""
        log.send(batch(topic, 10))
        first = log.subscribe(group, [topic.name])
        collect(first, 10)
        first.close()
        started = time.monotonic()
        with closing(opened().subscribe(group, [topic.name])) as second:
            assert len(collect(second, 10)) == 10
        assert time.monotonic() - started < self.takeover_s

    def test_a_silent_consumer_loses_its_partitions(
        self, log: Log, opened: Callable[[], Log], place: LogPlace, topic: Topic, group: str
    ) -> None:
        """One that does not poll for the session time is replaced, its late commit is ignored, and it may come back."""
        log.send(batch(topic, 30))
        silent = log.subscribe(group, [topic.name])
        stale = next_offsets(collect(silent, 30))
        with closing(opened().subscribe(group, [topic.name])) as successor:
            found = collect(successor, 30, place.session_s * 3 + PATIENCE_S)
            assert len(successor.assignment) == 3
            silent.commit(stale)
            assert dict(log.committed(group, topic.name)) == {}
            successor.commit(next_offsets(found))
            assert sum(log.lag(group, [topic.name]).values()) == 0
            with _polling(successor):
                poll_until(lambda: 0 < len(silent.assignment) < 3, silent)
        silent.close()

    def test_a_late_consumer_learns_what_it_lost(
        self, log: Log, opened: Callable[[], Log], place: LogPlace, topic: Topic, group: str
    ) -> None:
        """After another consumer took over and left, the late one starts again at the committed offsets."""
        log.send(batch(topic, 30))
        late = log.subscribe(group, [topic.name])
        collect(late, 30)
        with closing(opened().subscribe(group, [topic.name])) as successor:
            found = collect(successor, 30, place.session_s * 3 + PATIENCE_S)
            done = [one for one in found if one.offset < 3]
            successor.commit(next_offsets(done))
        again = collect(late, 30 - len(done))
        assert {one.position for one in again} == {one.position for one in found} - {one.position for one in done}
        late.close()

    def test_commits_for_others_are_ignored(self, log: Log, place: LogPlace, topic: Topic, group: str) -> None:
        """Committing partitions that one does not own, or not yet, records nothing and raises nothing."""
        other = place.topic(1)
        log.create_topics([other])
        log.send(batch(topic, 3))
        with closing(log.subscribe(group, [topic.name])) as consumer:
            consumer.commit({TopicPartition(topic.name, 0): 1})
            join(consumer, 3)
            consumer.commit({TopicPartition(other.name, 0): 1})
        assert dict(log.committed(group, topic.name)) == {}
        assert dict(log.committed(group, other.name)) == {}

    def test_paused_partitions_are_held_back_and_kept(
        self, log: Log, place: LogPlace, topic: Topic, group: str
    ) -> None:
        """A full inbox: paused partitions deliver nothing, stay owned beyond the session, and then miss nothing."""
        with closing(log.subscribe(group, [topic.name])) as consumer:
            join(consumer, 3)
            consumer.pause(consumer.assignment)
            log.send(batch(topic, 20))
            deadline = time.monotonic() + place.session_s * 1.5
            while time.monotonic() < deadline:
                assert list(consumer.poll(100, PLENTY, 0.1)) == []
            assert len(consumer.assignment) == 3
            consumer.pause([TopicPartition(topic.name, 0)])
            open_partitions = [one for one in batch(topic, 20) if partition_for_key(one.key or b"", 3) != 0]
            found = collect(consumer, len(open_partitions))
            assert {one.partition for one in found} == {1, 2}
            consumer.pause([])
            assert {one.partition for one in collect(consumer, 20 - len(found))} == {0}

    # The end

    def test_nothing_young_is_pruned(self, log: Log, topic: Topic) -> None:
        """Pruning leaves what is within its retention."""
        log.send(batch(topic, 10))
        assert log.prune() == 0
        assert sum(span.end - span.begin for span in log.offsets(topic.name).values()) == 10

    def test_closing_a_log_closes_its_consumers(
        self, log: Log, opened: Callable[[], Log], topic: Topic, group: str
    ) -> None:
        """A forgotten consumer goes with its log, and its partitions are free at once."""
        log.send(batch(topic, 10))
        collect(log.subscribe(group, [topic.name]), 10)
        log.close()
        started = time.monotonic()
        with closing(opened().subscribe(group, [topic.name])) as second:
            assert len(collect(second, 10)) == 10
        assert time.monotonic() - started < self.takeover_s

    def test_closing_again_is_harmless(self, log: Log, topic: Topic, group: str) -> None:
        """Subscriptions and logs may be closed twice, and in any order."""
        consumer = log.subscribe(group, [topic.name])
        unused = log.subscribe(group, [topic.name])
        join(consumer, 3)
        consumer.close()
        consumer.close()
        assert consumer.assignment == frozenset()
        log.close()
        log.close()
        unused.close()
