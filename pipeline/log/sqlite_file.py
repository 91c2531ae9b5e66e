"""The file of the embedded log: its layout, how it is opened, and what SQLite's errors mean to a caller.

In: a path. Out: connections to a file of the current layout, and transactions on them. Knows nothing of messages or
groups beyond their tables.

Durability: connections that append messages or commit offsets use `synchronous=FULL`, so every transaction is on disk
before it returns and survives a power cut. `NORMAL` would survive kill -9 too, but a power cut may take back the last
transactions, and a producer has by then forgotten what it sent. The price is one fsync a transaction (0.6 to 5 ms),
which batches share. Leases and heartbeats mean nothing after a power cut and use `NORMAL`.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pipeline.clock import Clock
from pipeline.sqlite_file import write_lock
from schemas.errors import ConfigurationError, Unavailable

APPLICATION_ID: Final = 0x4E574C47  # "NWLG": lets `file` and us tell a log from any other database
LAYOUT_VERSION: Final = 1

# A message's id is partition row << 40 | offset: one B-tree holds every partition as one range in offset order, grown
# at its end, with no second index. `size` stands before the large columns so that it can be read without them.
_LAYOUT: Final = """
CREATE TABLE topics (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, retention_ms INTEGER, max_message_bytes INTEGER NOT NULL);
CREATE TABLE partitions (
    id INTEGER PRIMARY KEY, topic_id INTEGER NOT NULL REFERENCES topics (id), partition INTEGER NOT NULL,
    next_offset INTEGER NOT NULL DEFAULT 0, UNIQUE (topic_id, partition));
CREATE TABLE messages (
    id INTEGER PRIMARY KEY, timestamp_ms INTEGER NOT NULL, size INTEGER NOT NULL, key BLOB, headers BLOB, value BLOB);
CREATE TABLE committed (
    group_name TEXT NOT NULL, partition_id INTEGER NOT NULL REFERENCES partitions (id), next_offset INTEGER NOT NULL,
    PRIMARY KEY (group_name, partition_id)) WITHOUT ROWID;
CREATE TABLE groups (name TEXT PRIMARY KEY, generation INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE TABLE members (
    id INTEGER PRIMARY KEY AUTOINCREMENT, group_name TEXT NOT NULL, topics TEXT NOT NULL,
    machine TEXT NOT NULL, pid INTEGER NOT NULL, started TEXT NOT NULL,
    expires_ms INTEGER NOT NULL);
CREATE INDEX members_of_group ON members (group_name);
CREATE TABLE leases (
    group_name TEXT NOT NULL, partition_id INTEGER NOT NULL REFERENCES partitions (id),
    member_id INTEGER NOT NULL, generation INTEGER NOT NULL,
    PRIMARY KEY (group_name, partition_id)) WITHOUT ROWID;
"""

_PAGE_BYTES: Final = 8192  # measured best of 4, 8 and 16 KiB, for 1 KB as for 50 KB messages
_CHECKPOINT_PAGES: Final = 4000  # 32 MiB of write-ahead log: copying back less often than SQLite's 1000 pages
_KEPT_WAL_BYTES: Final = 64 * 1024 * 1024
_WAL_ATTEMPTS: Final = 400
_WAL_PAUSE_S: Final = 0.025

_NEEDS_A_PERSON: Final = {
    sqlite3.SQLITE_NOTADB: "is not a SQLite database; name another file in log_url",
    sqlite3.SQLITE_CORRUPT: "is damaged; restore it from a copy, or move it away to start an empty log",
    sqlite3.SQLITE_READONLY: "cannot be written; check the permissions of the file and its folder",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened; check that its folder exists and may be written",
    sqlite3.SQLITE_PERM: "may not be opened; check the permissions of the file and its folder",
    sqlite3.SQLITE_AUTH: "may not be opened; check the permissions of the file and its folder",
}
_PASSES: Final = {
    sqlite3.SQLITE_BUSY: "is being written by another process",
    sqlite3.SQLITE_LOCKED: "is being written by another process",
    sqlite3.SQLITE_FULL: "cannot grow: the disk is full",
    sqlite3.SQLITE_IOERR: "cannot be read or written: the disk reports an error, or is full",
    sqlite3.SQLITE_NOMEM: "cannot be read: out of memory",
}


@contextmanager
def translated_errors(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours.

    Raises:
        Unavailable: busy, disk full, input/output error; the same call may succeed later.
        ConfigurationError: not a database, damaged, not writable.
    """
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", None)
        if code is None:
            raise
        primary = code & 0xFF
        if primary in _NEEDS_A_PERSON:
            msg = f"the log {path} {_NEEDS_A_PERSON[primary]} ({error})"
            raise ConfigurationError(msg) from error
        if primary in _PASSES:
            msg = f"the log {path} {_PASSES[primary]} ({error})"
            raise Unavailable(msg) from error
        raise


def open_connection(path: Path, *, durable: bool, busy_s: float) -> sqlite3.Connection:
    """Return a connection to an existing log, in autocommit mode, usable from any one thread at a time.

    Args:
        path: the file, with its layout in place.
        durable: wait for the disk at every commit.
        busy_s: how long to wait for another writer, in seconds.
    """
    with translated_errors(path):
        connection = sqlite3.connect(path, timeout=busy_s, isolation_level=None, check_same_thread=False)
        try:
            connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
            connection.execute(f"PRAGMA journal_size_limit = {_KEPT_WAL_BYTES}")
        except BaseException:
            connection.close()
            raise
        return connection


def install_layout(path: Path, clock: Clock, busy_s: float) -> None:
    """Make the file a log, unless it is one already. Safe when several processes do so at once.

    Raises:
        ConfigurationError: the file is something else, or was written by a newer version.
        Unavailable: another process keeps it busy.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"the folder of the log {path} cannot be made: {error}"
        raise ConfigurationError(msg) from error
    with translated_errors(path):
        connection = sqlite3.connect(path, timeout=busy_s, isolation_level=None)
        try:
            connection.execute("BEGIN")  # one snapshot, or a file that is just being made looks half made
            current = _is_current(connection, path)
            connection.execute("COMMIT")
            if not current:
                _switch_to_wal(connection, clock)
                with transaction(connection, path):
                    if not _is_current(connection, path):
                        _create_tables(connection)
        finally:
            connection.close()


@contextmanager
def transaction(connection: sqlite3.Connection, path: Path) -> Iterator[None]:
    """Hold the write lock; commit at the end, roll back when anything is raised. Errors as `translated_errors`."""
    with translated_errors(path), write_lock(connection):
        yield


def _is_current(connection: sqlite3.Connection, path: Path) -> bool:
    """Tell a log of this layout (True) from an empty file (False); refuse anything else. Call in a transaction."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application == APPLICATION_ID and version == LAYOUT_VERSION:
        return True
    if application == APPLICATION_ID:
        msg = f"the log {path} has layout {version} and this newswire knows layout {LAYOUT_VERSION}; use a newer one"
        raise ConfigurationError(msg)
    if application or version or tables:
        msg = f"{path} is a SQLite database, but not a newswire log; name another file in log_url"
        raise ConfigurationError(msg)
    return False


def _switch_to_wal(connection: sqlite3.Connection, clock: Clock) -> None:
    # auto_vacuum and the page size must be set before the first page is written, and are ignored afterwards.
    connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    for attempt in range(_WAL_ATTEMPTS):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            # While two processes switch at once SQLite answers "busy" without waiting, to avoid a deadlock.
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or attempt == _WAL_ATTEMPTS - 1:
                raise
            clock.sleep(_WAL_PAUSE_S)
        else:
            return


def _create_tables(connection: sqlite3.Connection) -> None:
    for statement in _LAYOUT.split(";"):
        if statement.strip():
            connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {LAYOUT_VERSION}")
