"""One consumer of a Kafka group, with the promises of `Subscription`.

In: a cluster, a group, topics. Out: messages, commits. kafka-python bounds a poll by records and not by bytes, tells
nobody when it is cut off, and gives a partition back without a trace when a rebalance returns it at once; this module
makes up for the three. Rebalances are eager, so that every partition that was under way is visibly lost first.
"""

import threading
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import structlog
from kafka import ConsumerRebalanceListener, KafkaConsumer, OffsetAndMetadata, errors
from kafka import TopicPartition as KafkaPartition
from kafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor

from pipeline.clock import Clock
from pipeline.log.kafka_client import KafkaCluster, describe, translated_errors
from pipeline.log.kafka_reader import build_message
from schemas.errors import Unavailable
from schemas.message import Message, TopicPartition

_SLICE_S: Final = 0.25  # the longest time inside one poll of the client, so that losses are seen soon
_FETCH_BYTES: Final = 16 * 1024 * 1024
_FETCH_WAIT_MS: Final = 200
#: After so long without a message the broker is asked something, to tell a quiet topic from a lost connection.
_QUIET_S: Final = 10.0
_PAUSE_S: Final = 0.1

_log = structlog.get_logger(__name__)


class _Losses(ConsumerRebalanceListener):  # type: ignore[misc]  # kafka-python has no types
    """Remembers which partitions were taken away; called by the client's own thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lost: set[Any] = set()

    def on_partitions_revoked(self, revoked: Collection[Any]) -> None:
        with self._lock:
            self._lost.update(revoked)

    def on_partitions_assigned(self, assigned: Collection[Any]) -> None:
        """Do nothing: what is new is read from the client."""

    def take(self) -> set[Any]:
        """Return what was lost since the last call."""
        with self._lock:
            lost, self._lost = self._lost, set()
            return lost

    def seen(self) -> set[Any]:
        """Return the same, and keep it."""
        with self._lock:
            return set(self._lost)


class KafkaSubscription:
    """One consumer. Not safe for use by two threads at once.

    Args:
        cluster: where.
        clock: deadlines.
        group: name of the consumer group.
        topics: names of existing topics.
        session_s: a consumer that does not poll for this long loses its partitions.
    """

    def __init__(
        self, cluster: KafkaCluster, clock: Clock, group: str, topics: Sequence[str], session_s: float
    ) -> None:
        self._cluster = cluster
        self._clock = clock
        self._group = group
        session_ms = round(session_s * 1000)
        self._consumer: Any = cluster.open(
            KafkaConsumer,
            group_id=cluster.outer(group),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            allow_auto_create_topics=False,
            session_timeout_ms=session_ms,
            max_poll_interval_ms=session_ms,
            heartbeat_interval_ms=max(session_ms // 10, 1),
            partition_assignment_strategy=(RoundRobinPartitionAssignor,),
            fetch_max_bytes=_FETCH_BYTES,
            fetch_max_wait_ms=_FETCH_WAIT_MS,
        )
        self._losses = _Losses()
        outer = [cluster.outer(topic) for topic in topics]
        try:
            with translated_errors(cluster.bootstrap):
                self._consumer.subscribe(outer, listener=self._losses)
                self._wait_for_metadata(outer)
        except BaseException:
            self._consumer.close(autocommit=False)
            raise
        self._probe = KafkaPartition(outer[0], 0)
        self._ready: deque[Message] = deque()
        self._assignment: frozenset[TopicPartition] = frozenset()
        self._paused: frozenset[TopicPartition] = frozenset()
        self._heard_at_s = clock.monotonic_s()
        self._closed = False

    @property
    def assignment(self) -> frozenset[TopicPartition]:
        """Partitions that this consumer owned at its last poll."""
        return self._assignment

    def poll(self, max_records: int, max_bytes: int, timeout_s: float) -> Sequence[Message]:
        """Return new messages; see `Subscription.poll`."""
        if self._closed:
            msg = "poll of a subscription that was closed"
            raise RuntimeError(msg)
        deadline_s = self._clock.monotonic_s() + timeout_s
        while True:
            left_s = max(deadline_s - self._clock.monotonic_s(), 0)
            with translated_errors(self._cluster.bootstrap):
                lost = self._fetch(max_records, min(left_s, _SLICE_S))
            messages = self._take(max_records, max_bytes)
            if messages:
                return messages
            self._ask_when_quiet()
            if lost or left_s <= 0:
                return ()

    def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Record finished work; see `Subscription.commit`."""
        held = {
            self._outer(place): OffsetAndMetadata(offset, "", -1)
            for place, offset in offsets.items()
            if place in self._assignment and self._outer(place) not in self._losses.seen()
        }
        if not held or self._closed:
            return
        with translated_errors(self._cluster.bootstrap):
            try:
                self._consumer.commit(held, timeout_ms=round(self._cluster.timeout_s * 1000))
            except (errors.CommitFailedError, errors.RebalanceInProgressError, errors.FencedInstanceIdError) as error:
                # Everything is lost in an eager rebalance; the next poll shows it, and the owners start at the commits.
                _log.info("commit-came-too-late", group=self._group, error=describe(error))

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    def pause(self, partitions: Collection[TopicPartition]) -> None:
        """Hold back these partitions and no others; see `Subscription.pause`."""
        self._paused = frozenset(partitions)

    def close(self) -> None:
        """Leave the group; see `Subscription.close`."""
        if self._closed:
            return
        self._closed = True
        self._assignment = frozenset()
        self._ready.clear()
        try:
            self._consumer.close(autocommit=False, timeout_ms=round(self._cluster.timeout_s * 1000))
        except errors.KafkaError as error:
            _log.warning("consumer-left-without-goodbye", group=self._group, error=describe(error))

    def _wait_for_metadata(self, topics: Sequence[str]) -> None:
        """Wait until the client knows the topics' partitions.

        A group leader that joins before shares out no partition, and kafka-python 3.0 then leaves the group idle until
        its metadata change, which may take minutes.
        """
        deadline_s = self._clock.monotonic_s() + self._cluster.timeout_s
        while not all(self._consumer.partitions_for_topic(topic) for topic in topics):
            if self._clock.monotonic_s() > deadline_s:
                msg = f"Kafka at {','.join(self._cluster.bootstrap)} does not describe {', '.join(topics)}"
                raise Unavailable(msg)
            self._clock.sleep(_PAUSE_S)

    def _fetch(self, max_records: int, wait_s: float) -> bool:
        """Poll the client once, for new messages only when none are waiting here; say whether anything was lost."""
        owned = self._consumer.assignment()
        waiting = any(message.topic_partition not in self._paused for message in self._ready)
        held_back = owned if waiting else {place for place in owned if self._inner(place) in self._paused}
        self._consumer.resume(*(owned - held_back))
        self._consumer.pause(*held_back)
        fetched = self._consumer.poll(0 if waiting else round(wait_s * 1000), max_records)
        lost = self._losses.take()
        owned = self._consumer.assignment()
        # What a rebalance took and gave back within one poll counts as lost until the next poll, like all that is gone.
        self._assignment = frozenset(map(self._inner, owned - lost))
        self._ready = deque(message for message in self._ready if message.topic_partition in self._assignment)
        for place, records in fetched.items():
            if place not in lost:
                self._ready.extend(build_message(self._cluster, record) for record in records)
            elif place in owned:
                self._start_again(place)
        if fetched:
            self._heard_at_s = self._clock.monotonic_s()
        return bool(lost)

    def _start_again(self, place: Any) -> None:  # noqa: ANN401 - kafka-python has no types
        """Go back to the commit, because what was fetched may be from before a loss."""
        committed = self._consumer.committed(place, timeout_ms=round(self._cluster.timeout_s * 1000))
        if committed is None:
            self._consumer.seek_to_beginning(place)
        else:
            self._consumer.seek(place, committed)

    def _take(self, max_records: int, max_bytes: int) -> list[Message]:
        """Take from what is ready, in order, what fits; the first one always does."""
        taken: list[Message] = []
        kept: deque[Message] = deque()
        left_bytes = max_bytes
        for message in self._ready:
            place = message.topic_partition
            fits = len(taken) < max_records and (not taken or message.size_bytes <= left_bytes)
            if fits and place not in self._paused and not any(other.topic_partition == place for other in kept):
                taken.append(message)
                left_bytes -= message.size_bytes
            else:
                kept.append(message)
        self._ready = kept
        return taken

    def _ask_when_quiet(self) -> None:
        """Ask the broker something after a quiet time.

        Raises:
            Unavailable: no answer; the client itself would wait for ever without a word.
        """
        if self._clock.monotonic_s() - self._heard_at_s < _QUIET_S:
            return
        with translated_errors(self._cluster.bootstrap):
            ends = self._consumer.end_offsets([self._probe], timeout_ms=round(self._cluster.timeout_s * 1000))
        if not ends:
            msg = f"Kafka at {','.join(self._cluster.bootstrap)} knows no offsets of {self._probe.topic}"
            raise Unavailable(msg)
        self._heard_at_s = self._clock.monotonic_s()

    def _outer(self, place: TopicPartition) -> Any:  # noqa: ANN401 - kafka-python has no types
        return KafkaPartition(self._cluster.outer(place.topic), place.partition)

    def _inner(self, place: Any) -> TopicPartition:  # noqa: ANN401 - as above
        return TopicPartition(self._cluster.inner(place.topic), place.partition)
