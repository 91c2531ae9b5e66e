"""What the embedded log forgets: messages older than their topic's retention, and superseded ones of compacted topics.

In: a connection and the time. Out: how many messages went. Deletes in small transactions, so that producers wait for
tenths of a second at most however much there is to delete. Offsets are never given out again.
"""

import sqlite3
from pathlib import Path
from typing import Final

from pipeline.clock import Clock, epoch_ms
from pipeline.log.sqlite_file import transaction, translated_errors
from pipeline.log.sqlite_messages import load_topic, message_id

_CHUNK: Final = 200  # messages a transaction: 600 MiB of the largest, 40 ms for messages of 50 KB
_PAUSE_S: Final = 0.005  # between transactions, so that those who wait for the file get it
_VACUUM_PAGES: Final = 1000  # 8 MiB
_PARTITION_SPAN: Final = (1 << 40) - 1

#: How long a message without a value (a deletion) stays readable in a compacted topic: Kafka's delete.retention.ms.
TOMBSTONE_MS: Final = 24 * 60 * 60 * 1000


def delete_forgotten(connection: sqlite3.Connection, path: Path, clock: Clock) -> int:
    """Apply every topic's retention or compaction and shrink the file; return how many messages went.

    Raises:
        Unavailable: the file is busy; what was deleted until then stays deleted.
    """
    with translated_errors(path):
        names = [name for (name,) in connection.execute("SELECT name FROM topics ORDER BY name")]
        topics = [topic for name in names if (topic := load_topic(connection, name))]
    now_ms = epoch_ms(clock.now())
    deleted = 0
    for topic in topics:
        for row in topic.rows:
            if topic.rules.retention_ms is None:
                deleted += _delete_superseded(connection, path, row, now_ms)
            else:
                deleted += _delete_expired(connection, path, row, now_ms - topic.rules.retention_ms, clock)
    _give_back_space(connection, path, clock)
    return deleted


def _delete_expired(connection: sqlite3.Connection, path: Path, row: int, before_ms: int, clock: Clock) -> int:
    """Delete the oldest messages of a partition up to the first appended at `before_ms` or later."""
    deleted = 0
    while True:
        with transaction(connection, path):
            chunk = _delete_oldest(connection, row, before_ms)
        deleted += chunk
        if chunk < _CHUNK:
            return deleted
        clock.sleep(_PAUSE_S)


def _delete_oldest(connection: sqlite3.Connection, row: int, before_ms: int) -> int:
    oldest = connection.execute(
        "SELECT id, timestamp_ms FROM messages WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?",
        (message_id(row, 0), message_id(row, _PARTITION_SPAN), _CHUNK),
    ).fetchall()
    last = None
    for identifier, stamp in oldest:
        if stamp >= before_ms:
            break
        last = identifier
    if last is None:
        return 0
    return connection.execute("DELETE FROM messages WHERE id BETWEEN ? AND ?", (message_id(row, 0), last)).rowcount


def _delete_superseded(connection: sqlite3.Connection, path: Path, row: int, now_ms: int) -> int:
    """Keep the newest message of each key in a partition; let deletions go after `TOMBSTONE_MS`."""
    first, last = message_id(row, 0), message_id(row, _PARTITION_SPAN)
    with transaction(connection, path):
        superseded = connection.execute(
            "DELETE FROM messages WHERE id BETWEEN ? AND ? AND id NOT IN"
            " (SELECT max(id) FROM messages WHERE id BETWEEN ? AND ? GROUP BY key)",
            (first, last, first, last),
        )
        forgotten = connection.execute(
            "DELETE FROM messages WHERE id BETWEEN ? AND ? AND value IS NULL AND timestamp_ms < ?",
            (first, last, now_ms - TOMBSTONE_MS),
        )
        return superseded.rowcount + forgotten.rowcount


def _give_back_space(connection: sqlite3.Connection, path: Path, clock: Clock) -> None:
    """Return free pages to the file system while they are more than a quarter of the file: the rest is soon used."""
    with translated_errors(path):
        while _count(connection, "freelist_count") * 4 > _count(connection, "page_count"):
            connection.execute(f"PRAGMA incremental_vacuum({_VACUUM_PAGES})").fetchall()
            clock.sleep(_PAUSE_S)
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


def _count(connection: sqlite3.Connection, pragma: str) -> int:
    (number,) = connection.execute(f"PRAGMA {pragma}").fetchone()
    return int(number)
