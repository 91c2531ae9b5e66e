"""What every log must do with topics, and with messages that are sent and read outside any group."""

import uuid
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.clock import epoch_ms
from pipeline.log.base import Log, OffsetRange
from pipeline.log.partitioner import partition_for_key
from schemas.errors import BAD_INPUT, TOO_LARGE, ConfigurationError, Rejected
from schemas.message import Headers, OutgoingMessage
from schemas.topics import Topic
from tests.contracts.log_place import MIB, LogPlace, batch, message


class LogTopicsContract:
    """Part of `LogContract`, which has the fixtures."""

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
