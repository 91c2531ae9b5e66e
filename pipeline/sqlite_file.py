"""A small SQLite file that one part of the program owns: opening it, its transactions, what SQLite's errors mean.

A path and a layout in, a connection out. Log and index have files of a kind of their own, and share how a transaction
is held (`write_lock`). Imports only `schemas`.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from schemas.errors import ConfigurationError, Unavailable

_BUSY_MS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Layout:
    """What stands in a file. `what` names it in messages, as in "the producers' ledger".

    With an `application_id`, a file of another program or version is refused, and `mend` says what to do about it.
    Without one, `tables` must be harmless when repeated.
    """

    what: str
    tables: str
    application_id: int | None = None
    version: int = 1
    mend: str = ""


class SqliteFile:
    """The file, made where it is missing. Safe for several processes, not for several threads at once.

    All methods raise `Unavailable` while another process keeps the file busy; nothing was changed then.
    """

    def __init__(self, path: Path, layout: Layout, *, synchronous: str = "FULL") -> None:
        """Open it; with `synchronous` NORMAL a power cut, though no crash, may take the last transactions.

        Raises:
            ConfigurationError: the file cannot be used, or is something else.
            Unavailable: another process keeps it busy.
        """
        self._layout = layout
        self._connection = open_file(path, layout, synchronous)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file. Harmless when repeated."""
        self._connection.close()

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with translated(self._layout.what):
            return self._connection.execute(query, values).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with transaction(self._connection, self._layout.what):
            yield


def open_file(path: Path, layout: Layout, synchronous: str = "FULL") -> sqlite3.Connection:
    """Return a connection to the file, usable from any one thread at a time. Errors as `SqliteFile`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        connection.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
        if not _is_installed(connection, path, layout):
            with transaction(connection, layout.what):
                _install(connection, path, layout)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {synchronous}")
    except (OSError, sqlite3.DatabaseError) as error:
        msg = f"{path} cannot be used as {layout.what}: {error}"
        raise ConfigurationError(msg) from error
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection, what: str) -> Iterator[None]:
    """Hold the write lock; commit at the end, roll back when anything is raised. Errors as `translated`."""
    with translated(what), write_lock(connection):
        yield


@contextmanager
def write_lock(connection: sqlite3.Connection) -> Iterator[None]:
    """Hold the write lock; commit at the end, roll back when anything is raised. Errors are SQLite's."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # A full disk or an input/output error may have rolled back already; then there is nothing to undo.
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Turn SQLite's errors into ours.

    Raises:
        Unavailable: the file is kept busy, or the disk is full; nothing was changed.
    """
    try:
        yield
    except sqlite3.OperationalError as error:
        msg = f"{what} does not answer: {error}"
        raise Unavailable(msg) from error


def _is_installed(connection: sqlite3.Connection, path: Path, layout: Layout) -> bool:
    """Whether the file has the layout, asked without the write lock: whoever only reads need not wait for a writer."""
    if layout.application_id is None:
        return False
    connection.execute("BEGIN")  # one snapshot, or a file that is just being made looks half made
    found = _has_layout(connection, path, layout)
    connection.execute("COMMIT")
    return found


def _has_layout(connection: sqlite3.Connection, path: Path, layout: Layout) -> bool:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application == layout.application_id and version == layout.version:
        return True
    if application or version or tables:
        msg = f"{path} is not {layout.what} of this version; {layout.mend}"
        raise ConfigurationError(msg)
    return False


def _install(connection: sqlite3.Connection, path: Path, layout: Layout) -> None:
    if layout.application_id is not None and _has_layout(connection, path, layout):
        return
    for statement in layout.tables.split(";"):
        if statement.strip():
            connection.execute(statement)
    if layout.application_id is not None:
        connection.execute(f"PRAGMA application_id = {layout.application_id}")
        connection.execute(f"PRAGMA user_version = {layout.version}")
