"""Topics and messages in the embedded log's file: appending, reading, offsets.

In: an open connection (inside a transaction where it writes) and topics, keys, offsets. Out: positions and messages.
Knows nothing of groups, threads or waiting.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from pipeline.log.base import OffsetRange
from pipeline.log.headers import decode_headers, encode_headers
from pipeline.log.partitioner import partition_for_key
from pipeline.log.topic_check import FoundTopic, retention_ms, size_bytes
from schemas.message import Message, OutgoingMessage, Position, TopicPartition
from schemas.topics import Topic

_OFFSET_BITS: Final = 40
_OFFSET_MASK: Final = (1 << _OFFSET_BITS) - 1


class StoredTopic(NamedTuple):
    """A topic as the file has it; `rows[n]` is the row id of partition n."""

    rules: FoundTopic
    rows: tuple[int, ...]


def message_id(row: int, offset: int) -> int:
    """Return the id of the message at `offset` of the partition with this row id."""
    return (row << _OFFSET_BITS) | min(offset, _OFFSET_MASK)


def offset_of(identifier: int) -> int:
    """Return the offset in a message's id."""
    return identifier & _OFFSET_MASK


def create_topic(connection: sqlite3.Connection, topic: Topic) -> None:
    """Add the topic, with empty partitions, unless one of its name exists."""
    cursor = connection.execute(
        "INSERT INTO topics (name, retention_ms, max_message_bytes) VALUES (?, ?, ?) ON CONFLICT (name) DO NOTHING",
        (topic.name, retention_ms(topic), topic.max_message_bytes),
    )
    if cursor.rowcount == 1:
        connection.executemany(
            "INSERT INTO partitions (topic_id, partition) VALUES (?, ?)",
            [(cursor.lastrowid, partition) for partition in range(topic.partitions)],
        )


def load_topic(connection: sqlite3.Connection, name: str) -> StoredTopic | None:
    """Return the topic called `name`, None when there is none."""
    found = connection.execute(
        "SELECT id, retention_ms, max_message_bytes FROM topics WHERE name = ?", (name,)
    ).fetchone()
    if found is None:
        return None
    number, kept_ms, limit = found
    rows = connection.execute("SELECT id FROM partitions WHERE topic_id = ? ORDER BY partition", (number,)).fetchall()
    rules = FoundTopic(name, len(rows), "compact" if kept_ms is None else "delete", kept_ms, limit)
    return StoredTopic(rules, tuple(row for (row,) in rows))


def append_messages(
    connection: sqlite3.Connection,
    messages: Sequence[OutgoingMessage],
    topics: Mapping[str, StoredTopic],
    timestamp_ms: int,
) -> list[Position]:
    """Append to the ends of the partitions and return the positions, in order. The caller holds the write lock.

    Messages without a key go round the partitions, starting where the number of messages so far points, so that many
    small senders spread evenly without sharing anything but the file.
    """
    ends = {name: _next_offsets(connection, topic) for name, topic in topics.items()}
    stored = []
    positions = []
    for message in messages:
        offsets = ends[message.topic]
        count = len(offsets)
        partition = sum(offsets) % count if message.key is None else partition_for_key(message.key, count)
        offset = offsets[partition]
        offsets[partition] += 1
        row = topics[message.topic].rows[partition]
        size = size_bytes(message)
        headers = encode_headers(message.headers)
        stored.append((message_id(row, offset), timestamp_ms, size, message.key, headers, message.value))
        positions.append(Position(message.topic, partition, offset))
    connection.executemany(
        "INSERT INTO messages (id, timestamp_ms, size, key, headers, value) VALUES (?, ?, ?, ?, ?, ?)", stored
    )
    connection.executemany(
        "UPDATE partitions SET next_offset = ? WHERE id = ?",
        [
            (offset, topics[name].rows[partition])
            for (name, partition), offset in {(p.topic, p.partition): p.offset + 1 for p in positions}.items()
        ],
    )
    return positions


def read_messages(
    connection: sqlite3.Connection,
    place: TopicPartition,
    row: int,
    start: int,
    max_records: int,
    max_bytes: int,
    *,
    one_at_least: bool = True,
) -> list[Message]:
    """Return kept messages of one partition from offset `start` on, in offset order.

    At most `max_records`, and at most `max_bytes` together; with `one_at_least` the first one comes even if it alone
    exceeds that. What does not fit is not loaded: the sizes are read first.
    """
    last = None
    left = max_bytes
    sizes = connection.execute(
        "SELECT id, size FROM messages WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?",
        (message_id(row, max(start, 0)), message_id(row, _OFFSET_MASK), max_records),
    )
    for identifier, size in sizes:
        left -= size
        if left < 0 and (last is not None or not one_at_least):
            break
        last = identifier
    sizes.close()
    if last is None:
        return []
    found = connection.execute(
        "SELECT id, timestamp_ms, key, value, headers FROM messages WHERE id BETWEEN ? AND ? ORDER BY id",
        (message_id(row, max(start, 0)), last),
    )
    return [
        Message(place.topic, place.partition, offset_of(identifier), stamp, key, value, decode_headers(headers))
        for identifier, stamp, key, value, headers in found
    ]


def load_ranges(connection: sqlite3.Connection, topic: StoredTopic) -> dict[int, OffsetRange]:
    """Return what each partition of the topic holds; an empty one begins where it ends."""
    ranges = {}
    for partition, end in enumerate(_next_offsets(connection, topic)):
        row = topic.rows[partition]
        (first,) = connection.execute(
            "SELECT min(id) FROM messages WHERE id BETWEEN ? AND ?", (message_id(row, 0), message_id(row, _OFFSET_MASK))
        ).fetchone()
        ranges[partition] = OffsetRange(end if first is None else min(offset_of(first), end), end)
    return ranges


def _next_offsets(connection: sqlite3.Connection, topic: StoredTopic) -> list[int]:
    first, last = topic.rows[0], topic.rows[-1]  # a topic's rows are made together, so they are one range
    found = connection.execute("SELECT next_offset FROM partitions WHERE id BETWEEN ? AND ? ORDER BY id", (first, last))
    return [offset for (offset,) in found]
