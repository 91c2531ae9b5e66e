"""The poller's file: its layout, opening it, and what SQLite's errors mean. Knows of feeds only their tables."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from schemas.errors import ConfigurationError, Unavailable

APPLICATION_ID: Final = 0x4E574644  # "NWFD"
LAYOUT_VERSION: Final = 1
_BUSY_MS: Final = 10_000
# Times are milliseconds since 1970, UTC. `items` says what of each feed is known; `articles` which feed an article
# belongs to, under each id that it may arrive with; `tail` how far the log was written when the state was.
_LAYOUT: Final = """
CREATE TABLE feeds (
    id INTEGER PRIMARY KEY, url TEXT NOT NULL UNIQUE, given_url TEXT NOT NULL, host TEXT NOT NULL, title TEXT,
    site_url TEXT, source TEXT, language TEXT, country TEXT, tags TEXT NOT NULL DEFAULT '[]',
    kind TEXT NOT NULL DEFAULT 'feed', full_text TEXT, added_at INTEGER NOT NULL, next_poll_at INTEGER NOT NULL,
    last_poll_at INTEGER, last_success_at INTEGER, last_new_at INTEGER, etag TEXT, last_modified TEXT, body_hash BLOB,
    unchanged INTEGER NOT NULL DEFAULT 0, is_etag_wrong INTEGER NOT NULL DEFAULT 0,
    rhythm_s REAL, interval_s REAL, failures INTEGER NOT NULL DEFAULT 0, reason TEXT, detail TEXT,
    polls INTEGER NOT NULL DEFAULT 0, sent INTEGER NOT NULL DEFAULT 0, claim TEXT);
CREATE INDEX feeds_by_turn ON feeds (next_poll_at);
CREATE UNIQUE INDEX feeds_by_given_url ON feeds (given_url);
CREATE TABLE items (
    feed_id INTEGER NOT NULL, key BLOB NOT NULL, article_id BLOB NOT NULL, digest BLOB NOT NULL,
    versions INTEGER NOT NULL, attempts INTEGER NOT NULL, first_at INTEGER NOT NULL,
    PRIMARY KEY (feed_id, key)) WITHOUT ROWID;
CREATE INDEX items_by_article ON items (article_id);
CREATE TABLE articles (
    id BLOB PRIMARY KEY, article_id BLOB NOT NULL, feed_id INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE tail (partition INTEGER PRIMARY KEY, next_offset INTEGER NOT NULL) WITHOUT ROWID;
"""


def open_state(path: Path) -> sqlite3.Connection:
    """Return a connection to the file, made when it does not exist; usable from any one thread at a time.

    A commit is on disk before it returns: what was said to be sent must not be forgotten by a power cut.

    Raises:
        ConfigurationError: the file cannot be used, or is something else.
        Unavailable: another process keeps it busy.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        connection.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
        with transaction(connection):
            _install(connection, path)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
    except (OSError, sqlite3.DatabaseError) as error:
        msg = f"{path} cannot be used for the state of feeds: {error}"
        raise ConfigurationError(msg) from error
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Hold the write lock; commit at the end, roll back when anything is raised. Errors as `translated`."""
    with translated():
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise


@contextmanager
def translated() -> Iterator[None]:
    """Turn SQLite's errors into ours.

    Raises:
        Unavailable: the file is kept busy, or the disk is full; nothing was changed.
    """
    try:
        yield
    except sqlite3.OperationalError as error:
        msg = f"the state of feeds does not answer: {error}"
        raise Unavailable(msg) from error


def _install(connection: sqlite3.Connection, path: Path) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application == APPLICATION_ID and version == LAYOUT_VERSION:
        return
    if application or version or tables:
        msg = f"{path} is no state of feeds of this version; move it away to begin a new one"
        raise ConfigurationError(msg)
    for statement in _LAYOUT.split(";"):
        if statement.strip():
            connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {LAYOUT_VERSION}")
