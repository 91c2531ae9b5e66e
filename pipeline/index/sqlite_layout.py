"""The tables of the embedded index, and how they are opened: connections, layout version, errors.

Errors of SQLite become ours here: busy, full or unreadable disk is `Unavailable`, a damaged or newer file is a
`ConfigurationError`.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pipeline.sqlite_file import write_lock
from schemas.errors import ConfigurationError, Unavailable

LAYOUT: Final = 1
FILE_NAME: Final = "documents.db"
BUSY_TIMEOUT_S: Final = 30.0

_TABLES: Final = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE documents (
    row INTEGER PRIMARY KEY,
    article_id TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    enrichment_version INTEGER NOT NULL,
    change INTEGER NOT NULL UNIQUE,
    first_seen_at TEXT NOT NULL,
    indexed_at TEXT NOT NULL,
    published_at TEXT,
    title TEXT NOT NULL,
    source_domain TEXT,
    origin_id TEXT,
    signature BLOB NOT NULL,
    story_id TEXT,
    copy_of TEXT,
    is_copy INTEGER
);
CREATE TABLE contents (row INTEGER PRIMARY KEY, packed BLOB NOT NULL);
CREATE TABLE bands (band BLOB, row INTEGER, PRIMARY KEY (band, row)) WITHOUT ROWID;
CREATE TABLE points (lat REAL, lon REAL, PRIMARY KEY (lat, lon)) WITHOUT ROWID;
INSERT INTO meta VALUES ('layout', {layout}), ('last_change', 0), ('folder', NULL), ('applied', 0), ('wanted', 0);
"""


class Database:
    """Connections to the documents' file: one for writing, and as many for reading as there are readers at once."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        self._idle: list[sqlite3.Connection] = []
        self._idle_lock = threading.Lock()
        self._writer: sqlite3.Connection | None = None
        self._write_lock = threading.Lock()
        self._checked = False

    def install(self) -> None:
        """Create folder, file and tables that are missing, and check the layout of those that exist."""
        with translated_errors(self.path):
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                msg = f"cannot create {self.path.parent}: {error.strerror}"
                raise ConfigurationError(msg) from error
            connection = self._connect()
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                # Asked before it is locked: whoever only reads must not wait for whoever writes.
                if not _has_tables(connection):
                    with write_lock(connection):
                        if not _has_tables(connection):
                            for statement in _TABLES.format(layout=LAYOUT).split(";")[:-1]:
                                connection.execute(statement)
                self._check_layout(connection)
            finally:
                connection.close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection for reading; each statement sees all that was committed before it."""
        with translated_errors(self.path):
            with self._idle_lock:
                connection = self._idle.pop() if self._idle else None
            connection = connection or self._open()
            try:
                yield connection
            except BaseException:
                connection.close()
                raise
            with self._idle_lock:
                self._idle.append(connection)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Lend the connection for writing inside a transaction; committed and on disk when the block is left."""
        with self._write_lock, translated_errors(self.path):
            if self._writer is None:
                self._writer = self._open()
            with write_lock(self._writer):
                yield self._writer

    def close(self) -> None:
        """Close all connections that are not lent. Harmless when repeated."""
        with self._write_lock, self._idle_lock:
            for connection in (*self._idle, *([self._writer] if self._writer else [])):
                connection.close()
            self._idle, self._writer = [], None

    def _open(self) -> sqlite3.Connection:
        if not self.path.is_file():
            msg = f"there is no index in {self.path.parent}; ingest something first, or check the index address"
            raise ConfigurationError(msg)
        connection = self._connect()
        if not self._checked:
            self._check_layout(connection)
            self._checked = True
        return connection

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False, cached_statements=64
        )
        connection.execute("PRAGMA synchronous = FULL")  # "durable on return" must hold through a power cut
        connection.execute("PRAGMA cache_size = -8192")
        return connection

    def _check_layout(self, connection: sqlite3.Connection) -> None:
        try:
            row = connection.execute("SELECT value FROM meta WHERE name = 'layout'").fetchone()
        except sqlite3.OperationalError as error:
            connection.close()
            if "no such table" not in str(error):
                raise
            row = None
        if row is None or row[0] != LAYOUT:
            connection.close()
            found = "no layout of ours" if row is None else f"layout {row[0]}"
            msg = f"{self.path} has {found}, this program reads layout {LAYOUT}: use the program that wrote it"
            raise ConfigurationError(msg)


def _has_tables(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone() is not None


def next_change(connection: sqlite3.Connection) -> int:
    """Return the next number in the sequence of changes; inside a writing transaction only."""
    query = "UPDATE meta SET value = value + 1 WHERE name = 'last_change' RETURNING value"
    return int(connection.execute(query).fetchone()[0])


@contextmanager
def translated_errors(path: Path) -> Iterator[None]:
    """Raise SQLite's errors as ours."""
    try:
        yield
    except sqlite3.OperationalError as error:
        msg = f"{path}: {error}"
        raise Unavailable(msg) from error
    except sqlite3.DatabaseError as error:
        msg = f"{path} is damaged or no database ({error}): restore it from a backup, or move it away and ingest again"
        raise ConfigurationError(msg) from error
