"""What a Kafka cluster has: topics and their settings, offset ranges, committed offsets.

In: the cluster and the topics table. Out: created topics, found settings, offsets. The client connects at the first
call, so that a program can start while the broker is down.
"""

import threading
from collections.abc import Callable, Collection, Sequence
from typing import Any, Final, TypeVar

from kafka import KafkaAdminClient, errors
from kafka.admin import ConfigResource, ConfigResourceType, OffsetSpec
from kafka.structs import TopicPartition

from pipeline.clock import Clock
from pipeline.log.base import OffsetRange
from pipeline.log.kafka_client import KafkaCluster, translated_errors
from pipeline.log.topic_check import FoundTopic, retention_ms
from schemas.errors import ConfigurationError, Unavailable
from schemas.topics import Topic

Answer = TypeVar("Answer")

_SETTINGS: Final = ("cleanup.policy", "retention.ms", "max.message.bytes")
#: How long found settings are believed: an operator may raise a limit while we run.
_BELIEVED_S: Final = 60.0
_PAUSE_S: Final = 0.2
#: With three copies or more, a write is confirmed when two have it, so that one broker may be down.
_REPLICATED: Final = 3


class KafkaAdmin:
    """Questions to the cluster. Safe to use from any thread; one call at a time.

    Args:
        cluster: where.
        clock: deadlines and pauses.
        replication: copies of each topic that is created.
    """

    def __init__(self, cluster: KafkaCluster, clock: Clock, replication: int) -> None:
        self._cluster = cluster
        self._clock = clock
        self._replication = replication
        self._lock = threading.Lock()
        self._admin: KafkaAdminClient | None = None
        self._believed: dict[str, tuple[float, FoundTopic]] = {}

    def create_topics(self, topics: Sequence[Topic]) -> None:
        """Create those that are missing and wait until they can be used; see `Log.create_topics`."""
        found = self.find_topics([topic.name for topic in topics])
        missing = {self._cluster.outer(topic.name): topic for topic in topics if topic.name not in found}
        if not missing:
            return
        wanted = {name: self._describe_new(topic) for name, topic in missing.items()}
        answer = self._ask(lambda admin: admin.create_topics(wanted, raise_errors=False))
        with translated_errors(self._cluster.bootstrap):
            for topic in answer["topics"]:
                error = errors.for_code(topic["error_code"])
                if error not in {errors.NoError, errors.TopicAlreadyExistsError}:
                    reason = f"{topic['name']}: {topic.get('error_message')}"
                    raise error(reason)
        timeout_ms = round(self._cluster.timeout_s * 1000)
        self._ask(lambda admin: admin.wait_for_topics(list(missing), timeout_ms=timeout_ms))

    def find_topics(self, names: Collection[str]) -> dict[str, FoundTopic]:
        """Return those of the topics that exist, by our names."""
        outer = [self._cluster.outer(name) for name in names]
        if not outer:
            return {}
        described = self._ask(lambda admin: admin.describe_topics(outer))
        partitions = {topic["name"]: len(topic["partitions"]) for topic in described if _exists(topic)}
        if not partitions:
            return {}
        resources = [ConfigResource(ConfigResourceType.TOPIC, name, dict.fromkeys(_SETTINGS)) for name in partitions]
        settings = self._ask(lambda admin: admin.describe_configs(resources, config_filter="all"))["topic"]
        found = {}
        for outer_name, count in partitions.items():
            values = {key: setting["value"] for key, setting in settings[outer_name].items()}
            kept_ms = int(values["retention.ms"])
            name = self._cluster.inner(outer_name)
            found[name] = FoundTopic(
                name,
                count,
                values["cleanup.policy"],
                None if kept_ms < 0 else kept_ms,
                int(values["max.message.bytes"]),
            )
        return found

    def require_topic(self, name: str) -> FoundTopic:
        """Return the topic's settings, as of a minute ago at most.

        Raises:
            ConfigurationError: it does not exist.
            Unavailable: the cluster does not answer.
        """
        now_s = self._clock.monotonic_s()
        since_s, believed = self._believed.get(name, (-_BELIEVED_S, None))
        if believed is not None and now_s - since_s < _BELIEVED_S:
            return believed
        found = self.find_topics([name]).get(name)
        if found is None:
            msg = (
                f"Kafka at {','.join(self._cluster.bootstrap)} has no topic {self._cluster.outer(name)};"
                " newswire setup creates the topics"
            )
            raise ConfigurationError(msg)
        self._believed[name] = (now_s, found)
        return found

    def offset_ranges(self, name: str) -> dict[int, OffsetRange]:
        """Return what each partition of the topic holds."""
        places = self._places(name)
        # The end is asked for last: a begin beyond it would be a range of negative length.
        begins = self._list_offsets(places, OffsetSpec.EARLIEST)
        ends = self._list_offsets(places, OffsetSpec.LATEST)
        return {place.partition: OffsetRange(begins[place], ends[place]) for place in places}

    def range_from(self, name: str, partition: int, start: int) -> OffsetRange | None:
        """Return what the partition holds, None when it holds nothing from `start` on, which is asked for first.

        Whoever follows a topic asks before each step, and mostly nothing has come.
        """
        place = TopicPartition(self._cluster.outer(name), partition)
        end = self._list_offsets([place], OffsetSpec.LATEST)[place]
        return None if start >= end else OffsetRange(self._list_offsets([place], OffsetSpec.EARLIEST)[place], end)

    def committed(self, group: str, name: str) -> dict[int, int]:
        """Return the group's committed offsets in the topic."""
        places = self._places(name)
        outer = self._cluster.outer(group)
        found = self._ask(lambda admin: admin.list_group_offsets({outer: places}))[outer]
        return {place.partition: entry.offset for place, entry in found.items() if entry.offset >= 0}

    def close(self) -> None:
        """Disconnect. Harmless when repeated."""
        with self._lock:
            admin, self._admin = self._admin, None
            if admin is not None:
                admin.close()

    def _list_offsets(self, places: Sequence[TopicPartition], at: OffsetSpec) -> dict[TopicPartition, int]:
        found = self._ask(lambda admin: admin.list_partition_offsets(dict.fromkeys(places, at)))
        return {place: found[place].offset for place in places}

    def _places(self, name: str) -> list[TopicPartition]:
        count = self.require_topic(name).partitions
        return [TopicPartition(self._cluster.outer(name), partition) for partition in range(count)]

    def _describe_new(self, topic: Topic) -> dict[str, object]:
        kept_ms = retention_ms(topic)
        configs = {
            "cleanup.policy": "compact" if topic.compacted else "delete",
            "max.message.bytes": str(topic.max_message_bytes),
            # Retention must follow from when a message came, not from what a producer's clock says.
            "message.timestamp.type": "LogAppendTime",
        }
        if kept_ms is not None:
            configs["retention.ms"] = str(kept_ms)
        if self._replication >= _REPLICATED:
            configs["min.insync.replicas"] = "2"
        return {"num_partitions": topic.partitions, "replication_factor": self._replication, "configs": configs}

    def _ask(self, question: Callable[[Any], Answer]) -> Answer:
        """Ask until there is an answer or the time is over: after a broker's start some answers are "not yet"."""
        deadline_s = self._clock.monotonic_s() + self._cluster.timeout_s
        while True:
            try:
                with self._lock, translated_errors(self._cluster.bootstrap):
                    if self._admin is None:
                        self._admin = self._cluster.open(KafkaAdminClient)
                    return question(self._admin)
            except Unavailable:
                if self._clock.monotonic_s() + _PAUSE_S >= deadline_s:
                    raise
            self._clock.sleep(_PAUSE_S)


def _exists(topic: dict[str, Any]) -> bool:
    """Tell a topic from an answer that there is none; any other error is raised."""
    error = errors.for_code(topic["error_code"])
    if error is errors.UnknownTopicOrPartitionError:
        return False
    if error is not errors.NoError:
        raise error(topic["name"])
    return True
