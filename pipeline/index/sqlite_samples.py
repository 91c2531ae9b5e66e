"""`SqliteSamples`: the pipeline's samples in a file of their own beside the embedded index.

The file is made at the first write and may be deleted at any time. Samples are worth less than articles: a power cut
may take back the last ones, so that writing them costs no wait for the disk.
"""

import json
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from pipeline.clock import epoch_ms
from pipeline.index.samples import MAX_READ, Sample
from pipeline.index.sqlite_layout import translated_errors
from pipeline.index.validation import parse_date
from schemas.errors import Unavailable
from schemas.sample_fields import SampleKind

BUSY_S: Final = 5.0
KEPT_ROWS: Final = 500_000
"""About 150 MB: two weeks of the embedded pipeline at work, many more when it rests."""
_LAYOUT: Final = """
CREATE TABLE IF NOT EXISTS samples (
    id TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, kind TEXT NOT NULL, fields TEXT NOT NULL)
"""
_INDEX: Final = "CREATE INDEX IF NOT EXISTS samples_by_time ON samples (kind, at_ms)"


class SqliteSamples:
    """A `SampleStore` in one file. Safe for threads and processes: each call has a connection of its own."""

    def __init__(self, path: Path, kept_rows: int = KEPT_ROWS) -> None:
        """Name the file; it is made when something is written."""
        self._path = path
        self._kept_rows = kept_rows

    def write(self, samples: Sequence[Sample]) -> None:
        """See `SampleStore`; the oldest go when there are too many."""
        rows = [
            (each.sample_id, epoch_ms(each.at), each.fields["kind"], json.dumps(dict(each.fields), ensure_ascii=False))
            for each in samples
        ]
        with self._open() as connection:
            connection.execute(_LAYOUT)
            connection.execute(_INDEX)
            connection.executemany("INSERT OR REPLACE INTO samples VALUES (?, ?, ?, ?)", rows)
            last = "SELECT rowid FROM samples ORDER BY rowid DESC LIMIT 1"
            connection.execute(f"DELETE FROM samples WHERE rowid <= ({last}) - ?", (self._kept_rows,))  # noqa: S608 - a constant

    def read(self, kinds: Collection[SampleKind], since: datetime, limit: int = MAX_READ) -> list[Sample]:
        """See `SampleStore`."""
        if not self._path.is_file():
            return []
        marks = ", ".join("?" for _ in kinds)
        query = f"SELECT id, fields FROM samples WHERE kind IN ({marks}) AND at_ms > ? ORDER BY at_ms DESC LIMIT ?"  # noqa: S608 - marks only
        with self._open() as connection:
            connection.execute(_LAYOUT)
            rows = connection.execute(query, (*kinds, epoch_ms(since), min(limit, MAX_READ))).fetchall()
        parsed = [(sample_id, json.loads(text)) for sample_id, text in rows]
        return [Sample(sample_id, parse_date(fields["at"]), fields) for sample_id, fields in parsed]

    def prune_before(self, before: datetime, *, dry_run: bool = False) -> int:
        """See `SampleStore`."""
        if not self._path.is_file():
            return 0
        with self._open() as connection:
            connection.execute(_LAYOUT)
            (old,) = connection.execute("SELECT count(*) FROM samples WHERE at_ms < ?", (epoch_ms(before),)).fetchone()
            if not dry_run:
                connection.execute("DELETE FROM samples WHERE at_ms < ?", (epoch_ms(before),))
        return int(old)

    def close(self) -> None:
        """Nothing is held."""

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            msg = f"the folder of {self._path} cannot be made: {error}"
            raise Unavailable(msg) from error
        with (
            translated_errors(self._path),
            closing(sqlite3.connect(self._path, timeout=BUSY_S)) as connection,
            connection,
        ):
            connection.execute("PRAGMA synchronous = OFF")
            yield connection
