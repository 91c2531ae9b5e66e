"""Recognised paragraphs, kept by the hash of their text: in memory in front of one SQLite file that processes share.

A reprint costs nothing then, nor does a corrected article's unchanged part, nor a replay. The file holds no texts and
can be deleted at any time. A file that is locked, corrupt or not writable makes the cache smaller, never the program
fail. Oldest rows go first when the file is full.
"""

import sqlite3
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Final

import structlog

from pipeline.enrich.recognizer import Mentions, RawMention

log = structlog.get_logger(__name__)

KEY_BYTES: Final = 16
MEMORY_ROWS: Final = 20_000
FILE_ROWS: Final = 2_000_000
FILE_BYTES: Final = 512 * 1024 * 1024
BUSY_MS: Final = 50
"""How long a batch waits for another process's write; longer than any write takes, shorter than recognising again."""

OPEN_S: Final = 5.0
"""How long opening waits: all processes of a pool open the file at once, and one of them creates it."""

CHECK_EVERY_ROWS: Final = 5_000
"""New rows between two looks at the file's size."""

KEPT_SHARE: Final = 0.8
"""Part of what the file may hold that stays when it is full, so that eviction is rare."""

QUERY_KEYS: Final = 500
"""Keys in one SELECT, below SQLite's oldest limit of 999 variables."""

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS paragraphs (number INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, mentions TEXT NOT NULL)
"""


def paragraph_key(model_id: str, language: str | None, paragraph: str) -> bytes:
    """Return the key of a paragraph's mentions: everything that they depend on, hashed."""
    digest = blake2b(digest_size=KEY_BYTES)
    digest.update(f"{model_id}\n{language}\n".encode())
    digest.update(paragraph.encode(errors="surrogatepass"))
    return digest.digest()


class ParagraphCache:
    """Mentions by key. One per process; the file behind it may be shared. Not for several threads at once."""

    def __init__(
        self,
        path: Path | None = None,
        *,
        memory_rows: int = MEMORY_ROWS,
        file_rows: int = FILE_ROWS,
        file_bytes: int = FILE_BYTES,
    ) -> None:
        self._memory: OrderedDict[bytes, Mentions] = OrderedDict()
        self._memory_rows = memory_rows
        self._file_rows = file_rows
        self._file_bytes = file_bytes
        self._unchecked_rows = 0
        self._path = path
        # Opened at first use: a pool's processes are forked from one that has a cache, and no open file may be forked.
        self._connection: sqlite3.Connection | None = None

    def find(self, keys: Sequence[bytes]) -> dict[bytes, Mentions]:
        """Return what is known; a key that is missing has to be recognised."""
        known: dict[bytes, Mentions] = {}
        unknown: list[bytes] = []
        for key in keys:
            mentions = self._memory.get(key)
            if mentions is None:
                unknown.append(key)
            else:
                self._memory.move_to_end(key)
                known[key] = mentions
        connection = self._file() if unknown else None
        if connection:
            stored = self._read(connection, unknown)
            self._remember(stored)
            known |= stored
        return known

    def add(self, recognised: Mapping[bytes, Mentions]) -> None:
        """Keep mentions for later calls, later runs and other processes."""
        self._remember(recognised)
        connection = self._file() if recognised else None
        if connection is None:
            return
        rows = [(key, _to_text(mentions)) for key, mentions in recognised.items()]
        try:
            with connection:
                connection.executemany("INSERT OR IGNORE INTO paragraphs (key, mentions) VALUES (?, ?)", rows)
            self._unchecked_rows += len(rows)
            if self._unchecked_rows >= CHECK_EVERY_ROWS:
                self._unchecked_rows = 0
                self._evict(connection)
        except sqlite3.Error as error:
            self._give_up(error)

    def close(self) -> None:
        """Close the file and go on without it. Harmless when repeated."""
        self._path = None
        if self._connection:
            self._connection.close()
            self._connection = None

    def _file(self) -> sqlite3.Connection | None:
        if self._connection is None and self._path:
            self._connection = self._open(self._path)
            self._path = self._path if self._connection else None
        return self._connection

    def _remember(self, mentions: Mapping[bytes, Mentions]) -> None:
        self._memory.update(mentions)
        while len(self._memory) > self._memory_rows:
            self._memory.popitem(last=False)

    def _open(self, path: Path) -> sqlite3.Connection | None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(path, timeout=OPEN_S)
            try:
                connection.execute("PRAGMA journal_mode=WAL")
                connection.execute("PRAGMA synchronous=OFF")  # a lost cache is recognised again
                connection.execute(_SCHEMA)
                connection.execute(f"PRAGMA busy_timeout={BUSY_MS}")
            except BaseException:
                connection.close()
                raise
        except (sqlite3.Error, OSError) as error:
            self._give_up(error)
            return None
        return connection

    def _read(self, connection: sqlite3.Connection, keys: Sequence[bytes]) -> dict[bytes, Mentions]:
        found: dict[bytes, Mentions] = {}
        try:
            for start in range(0, len(keys), QUERY_KEYS):
                some = keys[start : start + QUERY_KEYS]
                marks = ",".join("?" * len(some))
                rows = connection.execute(f"SELECT key, mentions FROM paragraphs WHERE key IN ({marks})", some)  # noqa: S608 - only question marks are put in
                found.update((key, _from_text(text)) for key, text in rows)
        except (sqlite3.Error, ValueError, TypeError, AttributeError) as error:  # a damaged file can yield any value
            self._give_up(error)
        return found

    def _evict(self, connection: sqlite3.Connection) -> None:
        lowest, highest = connection.execute("SELECT min(number), max(number) FROM paragraphs").fetchone()
        rows = highest - lowest + 1
        pages, free, page_bytes = (
            connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
        )
        used_bytes = (pages - free) * page_bytes
        room = min(self._file_rows / rows, self._file_bytes / used_bytes)
        if room < 1:
            kept = int(rows * room * KEPT_SHARE)
            with connection:
                connection.execute("DELETE FROM paragraphs WHERE number <= ?", (highest - kept,))

    def _give_up(self, error: Exception) -> None:
        """Go on without the file; a file that is merely busy is used again by the next batch."""
        if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
            return
        log.warning("paragraph cache is not used", path=str(self._path), error=str(error), remedy="delete the file")
        self.close()


def _to_text(mentions: Mentions) -> str:
    return " ".join(f"{start} {end} {label}" for start, end, label in mentions)


def _from_text(text: str) -> Mentions:
    parts = text.split(" ") if text else []
    return tuple(
        RawMention(int(start), int(end), label)
        for start, end, label in zip(parts[::3], parts[1::3], parts[2::3], strict=True)
    )
