"""What a log promises, whatever it is made of.

`Log` is implemented by `SqliteLog` (embedded) and `KafkaLog` (kafka-python). Both pass the same contract suite in
`tests/contracts`. All calls block and are safe to make from any thread unless a method says otherwise; asyncio code
calls them through a thread. Imports only `schemas`.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

from schemas.message import Message, OutgoingMessage, Position, TopicPartition
from schemas.topics import Topic


class OffsetRange(NamedTuple):
    """Messages that a partition holds: `begin` inclusive, `end` exclusive (the next offset to be written)."""

    begin: int
    end: int


class Subscription(Protocol):
    """One consumer of a group. Not safe for use by two threads at once."""

    @property
    def assignment(self) -> frozenset[TopicPartition]:
        """Partitions that this consumer owns, as of its last poll.

        At any moment each belongs to at most one consumer of the group: of two that believe it theirs, because one did
        not poll for too long, only the real owner can commit.
        """

    def poll(self, max_records: int, max_bytes: int, timeout_s: float) -> Sequence[Message]:
        """Return new messages of the owned partitions, in offset order within each; empty after `timeout_s`.

        Returns at least one message when there is one, even if it alone exceeds `max_bytes`. Returns early, perhaps
        with nothing, when partitions were lost: `assignment` tells which. Also renews ownership: a consumer that does
        not poll for the session time (30 s) loses its partitions, and has to expect others at its next poll. A newly
        gained partition continues after the group's committed offset, or at the first message that is kept.

        Raises:
            Unavailable: the log does not answer; poll again.
        """

    def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Record that the group has finished everything below these offsets. Durable on return.

        Partitions that are no longer owned are ignored: their new owner decides.

        Raises:
            Unavailable: the log does not answer; nothing may have been recorded.
        """

    def pause(self, partitions: Collection[TopicPartition]) -> None:
        """Hold back these partitions from `poll` (and resume all others), keeping ownership.

        What is held back is not skipped: it comes once the partition is resumed. Polls still have to be made.
        """

    def close(self) -> None:
        """Give the partitions back at once, without committing. Harmless when repeated."""


class Log(Protocol):
    """A durable, partitioned, append-only log."""

    def create_topics(self, topics: Sequence[Topic]) -> None:
        """Create those that are missing; leave existing ones as they are. Safe when several processes do so at once.

        Raises:
            Unavailable: the log does not answer.
            ConfigurationError: the log refuses, for instance because it has too few servers for the replication.
        """

    def verify_topics(self, topics: Sequence[Topic]) -> Sequence[str]:
        """Return one sentence for each way in which the log differs from the table; empty when all is well.

        Raises:
            Unavailable: the log does not answer.
        """

    def send(self, messages: Sequence[OutgoingMessage]) -> Sequence[Position]:
        """Append the messages and return their positions, in order. Durable when it returns.

        Messages of one partition keep their order. When it raises, any prefix may have been written: sending again
        is right, since every consumer is idempotent.

        Raises:
            Rejected: `too-large` when one message exceeds its topic's limit, `bad-input` when one has neither key nor
                value, or no key on a compacted topic; none of the batch was sent.
            Unavailable: the log does not answer.
            ConfigurationError: a topic does not exist.
        """

    def subscribe(self, group: str, topics: Sequence[str]) -> Subscription:
        """Join `group` as a new consumer of `topics`. Partitions arrive with the first polls.

        Raises:
            Unavailable: the log does not answer.
            ConfigurationError: a topic does not exist.
        """

    def read(self, topic: str, partition: int, start: int, limit: int) -> Sequence[Message]:
        """Return up to `limit` messages from offset `start` (or the first kept one after it), outside any group.

        Fewer when they are large (50 MiB together), but at least one if any is kept. Empty means: nothing there yet.

        Raises:
            Unavailable: the log does not answer.
            ConfigurationError: the topic or the partition does not exist.
        """

    def offsets(self, topic: str) -> Mapping[int, OffsetRange]:
        """Return what each partition of the topic holds. Errors as `read`."""

    def committed(self, group: str, topic: str) -> Mapping[int, int]:
        """Return the group's committed offsets; partitions without one are missing. Errors as `read`."""

    def lag(self, group: str, topics: Sequence[str]) -> Mapping[TopicPartition, int]:
        """Return how many kept messages of each partition the group has not finished. Errors as `read`.

        For compacted topics an upper bound: messages that compaction removed in between are counted.
        """

    def prune(self) -> int:
        """Delete what is older than each topic's retention; return how many messages went. Kafka does so by itself."""

    def close(self) -> None:
        """Close what was subscribed, and release files and connections. Harmless when repeated."""
