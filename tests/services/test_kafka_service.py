"""The Kafka of the tests is a real broker: every codec, explicit topics, and nothing lost by kill -9."""

import time

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.admin import ConfigResource, ConfigResourceType, NewTopic
from kafka.errors import KafkaError, MessageSizeTooLargeError
from kafka.structs import TopicPartition

from tests.services.fixtures import Service
from tests.services.kafka_clients import connect
from tests.services.kafka_server import MESSAGE_MAX_BYTES, KafkaServer

CODECS = [None, "gzip", "snappy", "lz4", "zstd"]
READ_SECONDS = 20.0
#: More than one fetch unit of the clients, and compressible, as a page of news is.
LARGE_VALUE = b"All the news that fits one message. " * 50_000


def create_topic(address: str, name: str, partitions: int = 1) -> None:
    """Create a topic, as the broker itself must not."""
    admin = connect(KafkaAdminClient, address)
    admin.create_topics([NewTopic(name, num_partitions=partitions, replication_factor=1)])
    admin.close()


def send(address: str, topic: str, values: list[bytes], codec: str | None = None) -> None:
    """Send the values and wait until the broker has confirmed each of them."""
    producer = connect(KafkaProducer, address, compression_type=codec, acks="all", max_request_size=MESSAGE_MAX_BYTES)
    futures = [producer.send(topic, value) for value in values]
    for future in futures:
        future.get(timeout=READ_SECONDS)
    producer.close()


def read(address: str, topic: str, count: int) -> list[bytes]:
    """Read the first values of a topic's only partition."""
    consumer = connect(KafkaConsumer, address, group_id=None, auto_offset_reset="earliest")
    partition = TopicPartition(topic, 0)
    consumer.assign([partition])
    consumer.seek_to_beginning(partition)
    values: list[bytes] = []
    deadline = time.monotonic() + READ_SECONDS
    while len(values) < count and time.monotonic() < deadline:
        values += [record.value for records in consumer.poll(timeout_ms=500).values() for record in records]
    consumer.close()
    return values


@pytest.mark.parametrize("codec", CODECS)
def test_every_codec_comes_back_as_sent(kafka_server: Service, topic_prefix: str, codec: str | None) -> None:
    """Whatever compression a producer chose, a consumer here reads the same bytes, large values included."""
    topic = f"{topic_prefix}codec"
    create_topic(kafka_server.address, topic)
    values = [b"first", "Zürich — Москва".encode(), b"\x00" * 10, LARGE_VALUE]
    send(kafka_server.address, topic, values, codec)
    assert read(kafka_server.address, topic, len(values)) == values


def test_a_topic_is_created_with_its_partitions_and_settings(kafka_server: Service, topic_prefix: str) -> None:
    """The admin client creates a topic as described and can read the description back."""
    topic = f"{topic_prefix}described"
    admin = connect(KafkaAdminClient, kafka_server.address)
    wanted = NewTopic(topic, num_partitions=12, replication_factor=1, topic_configs={"retention.ms": "1000000"})
    admin.create_topics([wanted])
    admin.wait_for_topics([topic], timeout_ms=int(READ_SECONDS * 1000))  # the answer comes before the broker knows it
    (described,) = admin.describe_topics([topic])
    configs = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    admin.close()
    assert len(described["partitions"]) == 12
    assert "'retention.ms'" in str(configs)
    assert "1000000" in str(configs)


def test_no_topic_appears_by_itself(kafka_server: Service, topic_prefix: str) -> None:
    """Sending to a topic that nobody created fails instead of creating it with wrong settings."""
    topic = f"{topic_prefix}absent"
    producer = connect(KafkaProducer, kafka_server.address, max_block_ms=1_000)
    with pytest.raises(KafkaError):
        producer.send(topic, b"lost").get(timeout=5)
    producer.close()
    admin = connect(KafkaAdminClient, kafka_server.address)
    assert topic not in admin.list_topics()
    admin.close()


def test_a_message_over_the_limit_is_refused(kafka_server: Service, topic_prefix: str) -> None:
    """The broker's size limit is real, so that tests of the limit mean something."""
    topic = f"{topic_prefix}size"
    create_topic(kafka_server.address, topic)
    producer = connect(KafkaProducer, kafka_server.address, max_request_size=4 * MESSAGE_MAX_BYTES)
    with pytest.raises(MessageSizeTooLargeError):
        producer.send(topic, b"\x00" * (MESSAGE_MAX_BYTES + 1)).get(timeout=READ_SECONDS)
    producer.close()


def test_a_killed_broker_comes_back_with_its_data(own_kafka_server: KafkaServer) -> None:
    """After kill -9 and a start the same address serves every confirmed message."""
    address = own_kafka_server.address
    create_topic(address, "kept")
    values = [str(number).encode() for number in range(500)]
    send(address, "kept", values)
    first = own_kafka_server.pid
    own_kafka_server.kill()
    assert not own_kafka_server.is_running
    assert not own_kafka_server.is_healthy()
    own_kafka_server.start()
    assert own_kafka_server.pid != first
    assert own_kafka_server.address == address
    assert read(address, "kept", len(values)) == values


def test_a_suspended_broker_answers_nothing_until_it_is_resumed(own_kafka_server: KafkaServer) -> None:
    """SIGSTOP looks like a hang to clients, and SIGCONT ends it without a restart."""
    pid = own_kafka_server.pid
    own_kafka_server.suspend()
    try:
        assert not own_kafka_server.is_healthy()
    finally:
        own_kafka_server.resume()
    deadline = time.monotonic() + READ_SECONDS
    while not own_kafka_server.is_healthy() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert own_kafka_server.is_healthy()
    assert own_kafka_server.pid == pid
