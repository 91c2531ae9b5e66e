"""The distributed log: Kafka, through kafka-python.

In: bootstrap servers and a clock. Out: a `Log` with the same promises as the embedded one. It connects at the first
call, so a program may start before the broker does; every call ends within the time limit. The workers of the
distributed pipeline consume through Faust; this log serves producers, commands, reports and plain consumers.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pipeline.clock import Clock
from pipeline.log.base import OffsetRange, Subscription
from pipeline.log.kafka_admin import KafkaAdmin
from pipeline.log.kafka_client import KafkaCluster
from pipeline.log.kafka_producer import Producer, check_fit
from pipeline.log.kafka_reader import Reader
from pipeline.log.kafka_security import OPEN_TO_ALL, KafkaSecurity
from pipeline.log.kafka_subscription import KafkaSubscription
from pipeline.log.topic_check import count_unfinished, describe_differences
from schemas.errors import ConfigurationError
from schemas.message import Message, OutgoingMessage, Position, TopicPartition
from schemas.topics import Topic


class KafkaLog:
    """A log on a Kafka cluster.

    Args:
        bootstrap: `host:port` of one or more brokers.
        clock: deadlines. Append times and retention follow the brokers' clocks.
        topic_prefix: stands before every topic and group name on the cluster, so that several installations and tests
            can share one; messages carry the names without it.
        replication: copies of each topic that `create_topics` creates.
        session_s: a consumer that does not poll for this long loses its partitions.
        timeout_s: the longest time that a call waits for the cluster.
        delivery_s: the longest time that a batch may take to arrive, once the cluster has answered; by default as long.
        security: how the cluster lets us in.
    """

    def __init__(
        self,
        bootstrap: Sequence[str],
        clock: Clock,
        *,
        topic_prefix: str = "",
        replication: int = 1,
        session_s: float = 30.0,
        timeout_s: float = 30.0,
        delivery_s: float | None = None,
        security: KafkaSecurity = OPEN_TO_ALL,
    ) -> None:
        self._clock = clock
        self._session_s = session_s
        self._cluster = KafkaCluster(tuple(bootstrap), topic_prefix, timeout_s, security)
        self._admin = KafkaAdmin(self._cluster, clock, replication)
        self._producer = Producer(replace(self._cluster, timeout_s=delivery_s or timeout_s), clock)
        self._reader = Reader(self._cluster, clock)
        self._lock = threading.Lock()
        self._subscriptions: list[KafkaSubscription] = []
        self._closed = False

    def create_topics(self, topics: Sequence[Topic]) -> None:
        """Create those that are missing; see `Log.create_topics`."""
        self._refuse_when_closed()
        self._admin.create_topics(topics)

    def verify_topics(self, topics: Sequence[Topic]) -> Sequence[str]:
        """Return one sentence for each difference; see `Log.verify_topics`."""
        self._refuse_when_closed()
        found = self._admin.find_topics([topic.name for topic in topics])
        return [sentence for topic in topics for sentence in describe_differences(topic, found.get(topic.name))]

    def send(self, messages: Sequence[OutgoingMessage]) -> Sequence[Position]:
        """Send and wait until all in-sync replicas have every message; see `Log.send`."""
        self._refuse_when_closed()
        topics = {name: self._admin.require_topic(name) for name in {message.topic for message in messages}}
        for message in messages:
            check_fit(message, topics[message.topic])
        return self._producer.send(messages) if messages else []

    def subscribe(self, group: str, topics: Sequence[str]) -> Subscription:
        """Join the group at the first poll; see `Log.subscribe`."""
        self._refuse_when_closed()
        for name in topics:
            self._admin.require_topic(name)
        subscription = KafkaSubscription(self._cluster, self._clock, group, topics, self._session_s)
        with self._lock:
            self._subscriptions = [*(known for known in self._subscriptions if not known.closed), subscription]
        return subscription

    def read(self, topic: str, partition: int, start: int, limit: int) -> Sequence[Message]:
        """Return messages from `start` on, at most 50 MiB of them; see `Log.read`."""
        self._refuse_when_closed()
        count = self._admin.require_topic(topic).partitions
        if not 0 <= partition < count:
            msg = f"the topic {topic} has no partition {partition}, only 0 to {count - 1}"
            raise ConfigurationError(msg)
        span = self._admin.range_from(topic, partition, start)
        return [] if span is None else self._reader.read(topic, partition, start, limit, span)

    def offsets(self, topic: str) -> Mapping[int, OffsetRange]:
        """Return what each partition holds; see `Log.offsets`."""
        self._refuse_when_closed()
        return self._admin.offset_ranges(topic)

    def committed(self, group: str, topic: str) -> Mapping[int, int]:
        """Return the group's committed offsets; see `Log.committed`."""
        self._refuse_when_closed()
        return self._admin.committed(group, topic)

    def lag(self, group: str, topics: Sequence[str]) -> Mapping[TopicPartition, int]:
        """Return how much of each partition the group has not finished; see `Log.lag`."""
        return {
            place: count
            for topic in topics
            for place, count in count_unfinished(topic, self.committed(group, topic), self.offsets(topic)).items()
        }

    def prune(self) -> int:
        """Return 0: the brokers apply retention and compaction by themselves."""
        return 0

    def close(self) -> None:
        """Leave the groups and disconnect, after what is being sent has arrived; see `Log.close`."""
        self._closed = True
        for subscription in self._subscriptions:
            subscription.close()
        self._producer.close()
        self._reader.close()
        self._admin.close()

    def _refuse_when_closed(self) -> None:
        if self._closed:
            msg = "the Kafka log was closed"
            raise RuntimeError(msg)
