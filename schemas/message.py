"""Messages as every log carries them: bytes with a key, headers and a place.

A log (embedded or Kafka) turns an `OutgoingMessage` into a `Message` at a `Position`. Imports nothing of ours.
"""

from dataclasses import dataclass
from typing import NamedTuple

Headers = tuple[tuple[str, bytes], ...]


class TopicPartition(NamedTuple):
    """One partition of one topic."""

    topic: str
    partition: int


class Position(NamedTuple):
    """Where a message is stored; `offset` counts from 0 in its partition."""

    topic: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A message to be appended to `topic`; its partition follows from the key as in Kafka's default partitioner."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


@dataclass(frozen=True, slots=True)
class Message:
    """A message read from a log. `timestamp_ms` is the append time, milliseconds since the epoch, UTC."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()

    @property
    def position(self) -> Position:
        """Where the message is stored."""
        return Position(self.topic, self.partition, self.offset)

    @property
    def topic_partition(self) -> TopicPartition:
        """The partition that the message came from."""
        return TopicPartition(self.topic, self.partition)

    @property
    def size_bytes(self) -> int:
        """Key, value and header bytes together: what the message costs in memory and on the wire."""
        headers = sum(len(name) + len(value) for name, value in self.headers)
        return len(self.key or b"") + len(self.value or b"") + headers

    def header(self, name: str) -> bytes | None:
        """Return the last header called `name`, or None; the last one wins, as in Kafka's clients."""
        for candidate, value in reversed(self.headers):
            if candidate == name:
                return value
        return None
