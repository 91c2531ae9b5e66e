"""Earlier versions of articles in the documents' file of the embedded index. No search engine here.

The table is made when it is first written to, so that an older index needs nothing done to it. Each version is kept
once, in the transaction that replaces it; what holds it already stays as it is.
"""

import sqlite3
from collections.abc import Sequence
from typing import Any, Final

from pipeline.index.base import StoredArticle
from pipeline.index.packing import pack, unpack
from pipeline.index.revisions import Version, kept_fields
from pipeline.index.sqlite_layout import Database

_TABLE: Final = """
CREATE TABLE IF NOT EXISTS versions (
    article_id TEXT NOT NULL, version INTEGER NOT NULL, enrichment_version INTEGER NOT NULL, packed BLOB NOT NULL,
    PRIMARY KEY (article_id, version)
)
"""
_READ: Final = """
SELECT version, enrichment_version, packed FROM (
    SELECT version, enrichment_version, packed FROM versions WHERE article_id = ? ORDER BY version DESC LIMIT ?
)
ORDER BY version
"""


class SqliteVersions:
    """The earlier versions of one index. Safe for threads and processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, article_id: str, limit: int) -> list[StoredArticle]:
        """See `ArticleIndex.earlier_versions`."""
        with self._database.reading() as connection:
            if not has_versions(connection):
                return []
            return [_earlier(article_id, row) for row in connection.execute(_READ, (article_id, limit))]


def keep_version(connection: sqlite3.Connection, version: Version) -> None:
    """Keep an earlier version unless it is kept already; inside a writing transaction only."""
    connection.execute(_TABLE)
    packed = pack(kept_fields(version), version.stored)
    record = (version.article_id, version.version, version.enrichment_version, packed)
    connection.execute("INSERT OR IGNORE INTO versions VALUES (?, ?, ?, ?)", record)


def has_versions(connection: sqlite3.Connection) -> bool:
    """Return whether any version was ever kept."""
    return connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'versions'").fetchone() is not None


def _earlier(article_id: str, row: Sequence[Any]) -> StoredArticle:
    fields, stored = unpack(row[2])
    return StoredArticle(article_id, row[0], row[1], fields, stored)
