"""The ledger: what a producer has sent, so that nothing unchanged is sent again (DELIVERY.md section 4).

Article and content → was it sent, as which version. One SQLite file; written only after the log confirmed, so a crash
in between means sending again, which is harmless. Imports only `schemas`.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from schemas.errors import ConfigurationError, Unavailable

_BUSY_MS: Final = 10_000
_LAYOUT: Final = """
CREATE TABLE IF NOT EXISTS sent (
    article_id BLOB NOT NULL,
    content BLOB NOT NULL,
    version INTEGER NOT NULL,
    seen_version INTEGER NOT NULL,
    PRIMARY KEY (article_id, content)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS refused (input BLOB PRIMARY KEY) WITHOUT ROWID;
"""


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


class Ledger:
    """The file of what was sent. Safe for several processes, not for several threads at once.

    Each write is one transaction; after a power failure the newest may be missing, which means sending again.

    Raises:
        ConfigurationError: the file cannot be opened or is no ledger.
    """

    def __init__(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._connection.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")
            self._connection.executescript(_LAYOUT)
        except (OSError, sqlite3.Error) as error:
            msg = f"{path} cannot be used as the producers' ledger: {error}"
            raise ConfigurationError(msg) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def sent(self, article_id: str) -> list[Sent]:
        """Return every content of the article that was sent, in order of version; empty for an unknown one.

        Raises:
            Unavailable: another process keeps the file busy.
        """
        with _translated():
            rows = self._connection.execute(
                "SELECT content, version, seen_version FROM sent WHERE article_id = ? ORDER BY version",
                (bytes.fromhex(article_id),),
            ).fetchall()
        return [Sent(article_id, content, version, seen) for content, version, seen in rows]

    def was_refused(self, digest: bytes) -> bool:
        """Return whether the bad input with this digest was dead-lettered before."""
        with _translated():
            found = self._connection.execute("SELECT 1 FROM refused WHERE input = ?", (digest,)).fetchone()
        return found is not None

    def record(self, sent: Iterable[Sent], refused: Iterable[bytes] = ()) -> None:
        """Remember what the log confirmed. Durable on return, together or not at all; idempotent.

        Raises:
            Unavailable: another process keeps the file busy; nothing was recorded.
        """
        rows = [(bytes.fromhex(one.article_id), one.content, one.version, one.seen_version) for one in sent]
        with _translated(), self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany(
                _REMEMBER,
                rows,
            )
            self._connection.executemany("INSERT OR IGNORE INTO refused VALUES (?)", [(one,) for one in refused])

    def close(self) -> None:
        """Close the file. Harmless when repeated."""
        self._connection.close()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        msg = f"the producers' ledger does not answer: {error}"
        raise Unavailable(msg) from error
