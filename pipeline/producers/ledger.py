"""The ledger: what a producer has sent, so that nothing unchanged is sent again (DELIVERY.md section 4).

Article and content → was it sent, as which version. One SQLite file; written only after the log confirmed, so a crash
in between means sending again, which is harmless. Imports only `schemas`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipeline.sqlite_file import Layout, SqliteFile

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS sent (
    article_id BLOB NOT NULL,
    content BLOB NOT NULL,
    version INTEGER NOT NULL,
    seen_version INTEGER NOT NULL,
    PRIMARY KEY (article_id, content)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS refused (input BLOB PRIMARY KEY) WITHOUT ROWID;
"""
_LAYOUT: Final = Layout("the producers' ledger", _TABLES)

_REMEMBER: Final = """
INSERT INTO sent VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET
    version = max(version, excluded.version), seen_version = max(seen_version, excluded.seen_version)
"""


@dataclass(frozen=True, slots=True)
class Sent:
    """One content of an article that was sent.

    `content` is a digest; `version` is the version it was sent as; `seen_version` the highest that a producer gave it.
    """

    article_id: str
    content: bytes
    version: int
    seen_version: int


class Ledger(SqliteFile):
    """The file of what was sent.

    Each write is one transaction; after a power failure the newest may be missing, which means sending again.
    """

    def __init__(self, path: Path) -> None:
        """Open it. Errors as `SqliteFile`."""
        super().__init__(path, _LAYOUT, synchronous="NORMAL")

    def sent(self, article_id: str) -> list[Sent]:
        """Return every content of the article that was sent, in order of version; empty for an unknown one.

        Raises:
            Unavailable: another process keeps the file busy.
        """
        query = "SELECT content, version, seen_version FROM sent WHERE article_id = ? ORDER BY version"
        rows = self._rows(query, bytes.fromhex(article_id))
        return [Sent(article_id, content, version, seen) for content, version, seen in rows]

    def was_refused(self, digest: bytes) -> bool:
        """Return whether the bad input with this digest was dead-lettered before."""
        return bool(self._rows("SELECT 1 FROM refused WHERE input = ?", digest))

    def record(self, sent: Iterable[Sent], refused: Iterable[bytes] = ()) -> None:
        """Remember what the log confirmed. Durable on return, together or not at all; idempotent.

        Raises:
            Unavailable: another process keeps the file busy; nothing was recorded.
        """
        rows = [(bytes.fromhex(one.article_id), one.content, one.version, one.seen_version) for one in sent]
        with self._transaction():
            self._connection.executemany(_REMEMBER, rows)
            self._connection.executemany("INSERT OR IGNORE INTO refused VALUES (?)", [(one,) for one in refused])
