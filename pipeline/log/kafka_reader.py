"""Reading Kafka partitions outside any group.

In: a partition, an offset, a limit. Out: messages. One consumer without a group serves all calls, one at a time.
"""

import threading
from typing import Any, Final

from kafka import KafkaConsumer
from kafka.structs import TopicPartition

from pipeline.clock import Clock
from pipeline.log.base import OffsetRange
from pipeline.log.kafka_client import KafkaCluster, translated_errors
from schemas.errors import Unavailable
from schemas.message import Message

#: As Kafka's default bound on one fetch: what `read` returns at most, whatever `limit` says.
READ_MAX_BYTES: Final = 50 * 1024 * 1024
_POLL_MS: Final = 500


def build_message(cluster: KafkaCluster, record: Any) -> Message:  # noqa: ANN401 - kafka-python has no types
    """Return a consumer's record as our message, under our topic name."""
    headers = tuple((name, value or b"") for name, value in record.headers or ())
    return Message(
        cluster.inner(record.topic),
        record.partition,
        record.offset,
        record.timestamp,
        record.key,
        record.value,
        headers,
    )


class Reader:
    """Reads any partition. Connects at the first call."""

    def __init__(self, cluster: KafkaCluster, clock: Clock) -> None:
        self._cluster = cluster
        self._clock = clock
        self._lock = threading.Lock()
        self._consumer: Any = None

    def read(self, topic: str, partition: int, start: int, limit: int, span: OffsetRange) -> list[Message]:
        """Return messages from `start` on that lie within `span`, which is what the partition holds; see `Log.read`.

        Raises:
            Unavailable: there are messages, and none came in time.
        """
        place = TopicPartition(self._cluster.outer(topic), partition)
        start = max(start, span.begin)
        if start >= span.end or limit <= 0:
            return []
        deadline_s = self._clock.monotonic_s() + self._cluster.timeout_s
        with self._lock, translated_errors(self._cluster.bootstrap):
            consumer = self._seek(place, start)
            messages: list[Message] = []
            left_bytes = READ_MAX_BYTES
            while len(messages) < limit and left_bytes > 0 and consumer.position(place, timeout_ms=0) < span.end:
                if self._clock.monotonic_s() > deadline_s:
                    break
                for record in consumer.poll(_POLL_MS, limit - len(messages)).get(place, ()):
                    messages.append(build_message(self._cluster, record))
                    left_bytes -= messages[-1].size_bytes
            # Past the end with nothing in between is possible: compaction took the last of them.
            if not messages and consumer.position(place, timeout_ms=0) < span.end:
                msg = f"Kafka at {','.join(self._cluster.bootstrap)} did not send {topic} {partition} from {start}"
                raise Unavailable(msg)
            return messages

    def close(self) -> None:
        """Disconnect. Harmless when repeated."""
        with self._lock:
            consumer, self._consumer = self._consumer, None
            if consumer is not None:
                consumer.close(autocommit=False)

    def _seek(self, place: TopicPartition, start: int) -> Any:  # noqa: ANN401 - as above
        if self._consumer is None:
            self._consumer = self._cluster.open(
                KafkaConsumer,
                group_id=None,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                allow_auto_create_topics=False,
            )
        if self._consumer.assignment() != {place}:
            self._consumer.assign([place])
        self._consumer.seek(place, start)
        return self._consumer
