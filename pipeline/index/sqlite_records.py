"""Records beside the articles in the embedded index: one table in the documents' file, made when it is first used."""

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from pipeline.index.records import Collection, StoredRecord
from pipeline.index.sqlite_layout import Database

_TABLE: Final = """
CREATE TABLE IF NOT EXISTS records (
    collection TEXT NOT NULL, record_id TEXT NOT NULL, owner TEXT NOT NULL, at TEXT NOT NULL, due_at TEXT,
    content TEXT NOT NULL, revision INTEGER NOT NULL, PRIMARY KEY (collection, record_id)
) WITHOUT ROWID
"""
_INDEXES: Final = (
    "CREATE INDEX IF NOT EXISTS records_by_time ON records (collection, at)",
    "CREATE INDEX IF NOT EXISTS records_by_owner ON records (collection, owner, at)",
    "CREATE INDEX IF NOT EXISTS records_due ON records (collection, due_at) WHERE due_at IS NOT NULL",
)
_COLUMNS: Final = "collection, record_id, owner, at, due_at, content, revision"


class SqliteRecords:
    """A `RecordStore` in the documents' file. Safe for threads and processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, records: Sequence[StoredRecord]) -> list[bool]:
        """See `RecordStore`."""
        insert = f"INSERT OR IGNORE INTO records ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, 1)"  # noqa: S608 - ours
        with self._database.writing() as connection:
            _make_table(connection)
            return [connection.execute(insert, (*_key(one), *_values(one))).rowcount == 1 for one in records]

    def replace(self, records: Sequence[StoredRecord]) -> list[bool]:
        """See `RecordStore`."""
        update = """
            UPDATE records SET owner = ?, at = ?, due_at = ?, content = ?, revision = revision + 1
            WHERE collection = ? AND record_id = ? AND revision = ?
        """
        with self._database.writing() as connection:
            _make_table(connection)
            return [
                connection.execute(update, (*_values(one), *_key(one), _revision(one))).rowcount == 1 for one in records
            ]

    def read(self, collection: Collection, record_ids: Sequence[str]) -> Mapping[str, StoredRecord]:
        """See `RecordStore`."""
        found: dict[str, StoredRecord] = {}
        for record_id in dict.fromkeys(record_ids):
            found |= {one.record_id: one for one in self._select("record_id = ?", (collection, record_id), 1)}
        return found

    def newest(self, collection: Collection, limit: int, owner: str | None = None) -> list[StoredRecord]:
        """See `RecordStore`."""
        order = "ORDER BY at DESC, record_id"
        if owner is None:
            return self._select("1", (collection,), limit, order)
        return self._select("owner = ?", (collection, owner), limit, order)

    def due(self, collection: Collection, now: datetime, limit: int) -> list[StoredRecord]:
        """See `RecordStore`."""
        return self._select("due_at <= ?", (collection, _text(now)), limit, "ORDER BY due_at, record_id")

    def delete(self, collection: Collection, record_ids: Sequence[str]) -> None:
        """See `RecordStore`."""
        with self._database.writing() as connection:
            _make_table(connection)
            connection.executemany(
                "DELETE FROM records WHERE collection = ? AND record_id = ?", [(collection, one) for one in record_ids]
            )

    def delete_before(self, collection: Collection, at: datetime) -> int:
        """See `RecordStore`."""
        query = "DELETE FROM records WHERE collection = ? AND at < ? AND due_at IS NULL"
        with self._database.writing() as connection:
            _make_table(connection)
            return connection.execute(query, (collection, _text(at))).rowcount

    def _select(self, where: str, values: tuple[Any, ...], limit: int, order: str = "") -> list[StoredRecord]:
        query = f"SELECT {_COLUMNS} FROM records WHERE collection = ? AND {where} {order} LIMIT ?"  # noqa: S608 - ours
        with self._database.reading() as connection:
            if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'records'").fetchone() is None:
                return []
            return [_record(row) for row in connection.execute(query, (*values, limit))]


def _make_table(connection: sqlite3.Connection) -> None:
    for statement in (_TABLE, *_INDEXES):
        connection.execute(statement)


def _key(record: StoredRecord) -> tuple[str, str]:
    return record.collection, record.record_id


def _values(record: StoredRecord) -> tuple[str, str, str | None, str]:
    return record.owner, _text(record.at), None if record.due_at is None else _text(record.due_at), record.content


def _revision(record: StoredRecord) -> int:
    if record.revision is None:
        msg = f"record {record.record_id} was not read before it is replaced"
        raise ValueError(msg)
    return int(record.revision)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def _record(row: Sequence[Any]) -> StoredRecord:
    collection, record_id, owner, at, due_at, content, revision = row
    return StoredRecord(
        Collection(collection),
        record_id,
        owner,
        datetime.fromisoformat(at),
        None if due_at is None else datetime.fromisoformat(due_at),
        content,
        str(revision),
    )
