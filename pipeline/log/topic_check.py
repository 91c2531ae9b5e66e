"""Rules that are the same for every log: whether a topic is as wanted, whether a message fits it, what lag is. Pure.

In: the wanted topic and what a log says it has; a message and its topic's rules; offsets. Out: sentences, errors, lag.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.log.base import OffsetRange
from schemas.errors import BAD_INPUT, TOO_LARGE, Rejected
from schemas.message import OutgoingMessage, TopicPartition
from schemas.topics import Topic


@dataclass(frozen=True, slots=True)
class FoundTopic:
    """A topic as a log has it, in Kafka's terms. `retention_ms` None: kept for ever."""

    name: str
    partitions: int
    cleanup_policy: str
    retention_ms: int | None
    max_message_bytes: int

    @property
    def compacted(self) -> bool:
        """Whether messages need a key, because only the newest of each key is kept."""
        return "compact" in self.cleanup_policy


def as_wanted(topic: Topic) -> FoundTopic:
    """Return the topic as a log has it when it is as the table says."""
    policy = "compact" if topic.compacted else "delete"
    return FoundTopic(topic.name, topic.partitions, policy, retention_ms(topic), topic.max_message_bytes)


def retention_ms(topic: Topic) -> int | None:
    """Return how long messages are kept, None for ever."""
    return None if topic.retention is None else round(topic.retention.total_seconds() * 1000)


def describe_differences(wanted: Topic, found: FoundTopic | None) -> Sequence[str]:
    """Return one sentence for each way in which `found` differs; none when all is well."""
    if found is None:
        return [f"topic {wanted.name} does not exist"]
    policy = "compact" if wanted.compacted else "delete"
    compared: list[tuple[str, object, object]] = [
        ("partitions", found.partitions, wanted.partitions),
        ("cleanup.policy", found.cleanup_policy, policy),
        ("max.message.bytes", found.max_message_bytes, wanted.max_message_bytes),
    ]
    # What compaction keeps, it keeps whatever retention.ms says.
    if not wanted.compacted:
        compared.append(("retention.ms", _or_unlimited(found.retention_ms), _or_unlimited(retention_ms(wanted))))
    return [
        f"topic {wanted.name} has {setting} {actual}, not {expected}"
        for setting, actual, expected in compared
        if actual != expected
    ]


def count_unfinished(
    topic: str, committed: Mapping[int, int], ranges: Mapping[int, OffsetRange]
) -> dict[TopicPartition, int]:
    """Return how many kept messages of each partition lie at or after the committed offset."""
    return {
        TopicPartition(topic, partition): max(span.end - max(committed.get(partition, 0), span.begin), 0)
        for partition, span in ranges.items()
    }


def size_bytes(message: OutgoingMessage) -> int:
    """Return the bytes of key, value and headers, as `Message.size_bytes` counts them."""
    headers = sum(len(name) + len(value) for name, value in message.headers)
    return len(message.key or b"") + len(message.value or b"") + headers


def refuse_unfit(message: OutgoingMessage, topic: FoundTopic, overhead_bytes: int = 0) -> None:
    """Refuse a message that its topic can never take.

    Args:
        message: what is to be sent.
        topic: where to.
        overhead_bytes: what the medium adds to each message that counts towards the limit.

    Raises:
        Rejected: `too-large`; or `bad-input` for a message with neither key nor value, or without a key on a compacted
            topic.
    """
    size = size_bytes(message) + overhead_bytes
    if size > topic.max_message_bytes:
        raise Rejected(TOO_LARGE, f"{size} bytes, and {topic.name} takes {topic.max_message_bytes}")
    if message.key is None and message.value is None:
        raise Rejected(BAD_INPUT, f"a message with neither key nor value for {topic.name}")
    if message.key is None and topic.compacted:
        raise Rejected(BAD_INPUT, f"a message without a key, and {topic.name} keeps one message of each key")


def _or_unlimited(milliseconds: int | None) -> int | str:
    return "unlimited" if milliseconds is None else milliseconds
