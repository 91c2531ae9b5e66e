"""Sending to Kafka: every message's delivery report is awaited.

In: messages that fit their topics. Out: their positions. acks=all and idempotence are asked for explicitly, so that a
conflicting setting is an error instead of a silent downgrade.
"""

import threading
from collections.abc import Sequence
from typing import Any, Final

from kafka import KafkaProducer, errors

from pipeline.clock import Clock
from pipeline.log.kafka_client import KafkaCluster, translated_errors
from pipeline.log.topic_check import FoundTopic, refuse_unfit
from schemas.message import OutgoingMessage, Position

#: What a record batch of one message adds to its bytes: batch header 61, record and length fields 21 (KIP-98), and a
#: length of up to 5 bytes before key, value and each header's name and value.
BATCH_OVERHEAD_BYTES: Final = 61 + 21 + 10
HEADER_OVERHEAD_BYTES: Final = 10

#: The limits of single topics are checked before; this one only has to be above the largest of them.
_MAX_REQUEST_BYTES: Final = 16 * 1024 * 1024
_BATCH_BYTES: Final = 32 * 1024
_LINGER_MS: Final = 20
_GRACE_S: Final = 1.0


def check_fit(message: OutgoingMessage, topic: FoundTopic) -> None:
    """Refuse a message that the broker would refuse; errors as `refuse_unfit`.

    Compression is not counted on, so that what fits does not depend on what a text looks like.
    """
    refuse_unfit(message, topic, BATCH_OVERHEAD_BYTES + HEADER_OVERHEAD_BYTES * len(message.headers))


class Producer:
    """One connection for all threads. Connects at the first send.

    Args:
        cluster: where; its time limit bounds the delivery of a batch.
        clock: deadlines.
    """

    def __init__(self, cluster: KafkaCluster, clock: Clock) -> None:
        self._cluster = cluster
        self._clock = clock
        self._lock = threading.Lock()
        self._producer: KafkaProducer | None = None

    def send(self, messages: Sequence[OutgoingMessage]) -> list[Position]:
        """Send and wait for all delivery reports; see `Log.send`."""
        deadline_s = self._clock.monotonic_s() + self._cluster.timeout_s + _GRACE_S
        with translated_errors(self._cluster.bootstrap):
            producer = self._connect()
            reports: list[Any] = []
            failures: list[Exception] = []
            try:
                for message in messages:
                    headers = list(message.headers)
                    topic = self._cluster.outer(message.topic)
                    reports.append(producer.send(topic, message.value, message.key, headers))
            except errors.KafkaError as error:
                failures.append(error)
            # All are awaited even after a failure: what is still under way must not arrive after a second attempt.
            delivered = [self._await(report, deadline_s, failures) for report in reports]
            if failures:
                self._give_up(producer, failures)
                raise failures[0]
        return [
            Position(message.topic, report.partition, report.offset)
            for message, report in zip(messages, delivered, strict=True)
            if report is not None
        ]

    def close(self) -> None:
        """Disconnect, after what is under way has arrived or its time is over. Harmless when repeated."""
        with self._lock:
            producer, self._producer = self._producer, None
        if producer is not None:
            _stop(producer, self._cluster.timeout_s)

    def _connect(self) -> Any:  # noqa: ANN401 - kafka-python has no types
        with self._lock:
            if self._producer is None:
                timeout_ms = round(self._cluster.timeout_s * 1000)
                self._producer = self._cluster.open(
                    KafkaProducer,
                    acks="all",
                    enable_idempotence=True,
                    compression_type="zstd",
                    linger_ms=_LINGER_MS,
                    batch_size=_BATCH_BYTES,
                    max_request_size=_MAX_REQUEST_BYTES,
                    max_block_ms=timeout_ms,
                    delivery_timeout_ms=timeout_ms,
                    request_timeout_ms=max(timeout_ms // 2, 1),
                    allow_auto_create_topics=False,
                )
            return self._producer

    def _await(self, report: Any, deadline_s: float, failures: list[Exception]) -> Any:  # noqa: ANN401 - as above
        try:
            return report.get(timeout=max(deadline_s - self._clock.monotonic_s(), 0))
        except errors.KafkaError as error:
            failures.append(error)
            return None

    def _give_up(self, producer: Any, failures: Sequence[Exception]) -> None:  # noqa: ANN401 - as above
        """Drop a producer that lost a batch: its sequence numbers may be spoiled, and a new one starts clean.

        Other threads' batches fail with it, and are sent again by their owners.
        """
        if all(isinstance(failure, _ABOUT_ONE_MESSAGE) for failure in failures):
            return
        with self._lock:
            if self._producer is producer:
                self._producer = None
        _stop(producer, 0)


_ABOUT_ONE_MESSAGE: Final = (
    errors.MessageSizeTooLargeError,
    errors.RecordListTooLargeError,
    errors.InvalidRecordError,
    errors.InvalidTimestampError,
)


def _stop(producer: Any, timeout_s: float) -> None:  # noqa: ANN401 - as above
    try:
        producer.close(timeout=timeout_s)
    except errors.KafkaError:
        # `close` raises when something is still under way, and then leaves its thread running; there is no public way
        # to end that.
        producer._sender.force_close()  # noqa: SLF001
