"""The feeds, durable: which there are, when each is due, what its last poll came to. Rows in, `FeedState` out.

What is known of single articles is in `known_items`. One SQLite file for the poller and all commands.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from pipeline.clock import epoch_ms
from pipeline.fetch.feed_state import FeedState
from pipeline.fetch.known_items import KnownItems
from pipeline.fetch.outcome import PollOutcome
from pipeline.fetch.state_file import LAYOUT
from pipeline.sources.urls import host_of
from pipeline.sqlite_file import SqliteFile, translated
from schemas.feed import FeedRow

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TIMES: Final = ("added_at", "next_poll_at", "last_poll_at", "last_success_at", "last_new_at")
_COLUMNS: Final = tuple(FeedState.__dataclass_fields__)
_SELECT: Final = f"SELECT {', '.join(_COLUMNS)} FROM feeds"  # noqa: S608 - names of our own record
# Together with the first poll's jitter: an import must not ask every server in the same second.
_INSERT: Final = """
INSERT INTO feeds (url, given_url, host, title, site_url, source, language, country, tags, kind, full_text, added_at,
    next_poll_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""


class FeedStore(SqliteFile):
    """The file of feeds. What was said to be sent is on disk before it is said: no power cut makes it forgotten."""

    def __init__(self, path: Path) -> None:
        """Open it. Errors as `SqliteFile`."""
        super().__init__(path, LAYOUT)
        self.items = KnownItems(self._connection)

    def add(self, rows: Iterable[FeedRow], now: datetime, *, full_text: str | None = None) -> tuple[int, int]:
        """Add feeds that are not there yet, due at once; return how many were added, and how many were there.

        Raises:
            Unavailable: the file is busy; nothing was added.
        """
        added = total = 0
        at = epoch_ms(now)
        with self._transaction():
            for row in rows:
                total += 1
                if not self._has(row.url):
                    host = host_of(row.url) or ""
                    tags = json.dumps(row.tags, ensure_ascii=False)
                    facts = (row.title, row.site_url, row.source, row.language, row.country, tags, row.kind, full_text)
                    added += self._connection.execute(_INSERT, (row.url, row.url, host, *facts, at, at)).rowcount
        return added, total - added

    def remove(self, feed_id: int) -> None:
        """Forget a feed; its articles stay known, so that another feed does not send them again."""
        with self._transaction():
            self._connection.execute("DELETE FROM feeds WHERE id = ?", (feed_id,))
            self._connection.execute("DELETE FROM items WHERE feed_id = ?", (feed_id,))

    def find(self, url: str) -> FeedState | None:
        """Return the feed that was added under this address or is polled there."""
        with translated(LAYOUT.what):
            row = self._connection.execute(f"{_SELECT} WHERE url = ? OR given_url = ?", (url, url)).fetchone()
        return _state(row) if row else None

    def get(self, feed_id: int) -> FeedState | None:
        """Return a feed by its number."""
        with translated(LAYOUT.what):
            row = self._connection.execute(f"{_SELECT} WHERE id = ?", (feed_id,)).fetchone()
        return _state(row) if row else None

    def all(self) -> Iterator[FeedState]:
        """Yield all feeds, in the order in which they were added."""
        with translated(LAYOUT.what):
            for row in self._connection.execute(f"{_SELECT} ORDER BY id"):
                yield _state(row)

    def due(self, now: datetime, limit: int, without: Collection[int] = ()) -> Sequence[FeedState]:
        """Return feeds whose time has come, the longest overdue first, without those that are under way."""
        with translated(LAYOUT.what):
            rows = self._connection.execute(
                f"{_SELECT} WHERE next_poll_at <= ? ORDER BY next_poll_at LIMIT ?",
                (epoch_ms(now), limit + len(without)),
            ).fetchall()
        return [feed for row in rows if (feed := _state(row)).id not in without][:limit]

    def next_due_at(self) -> datetime | None:
        """Return when the next feed is due, None without feeds."""
        with translated(LAYOUT.what):
            (at,) = self._connection.execute("SELECT min(next_poll_at) FROM feeds").fetchone()
        return None if at is None else _time(at)

    def counts(self) -> tuple[int, int]:
        """Return how many feeds there are, and how many of them fail."""
        with translated(LAYOUT.what):
            total, failing = self._connection.execute("SELECT count(*), sum(failures > 0) FROM feeds").fetchone()
        return total, failing or 0

    def postpone(self, feed_ids: Iterable[int], until: datetime) -> None:
        """Let feeds wait for their host's turn."""
        with self._transaction():
            self._connection.executemany(
                "UPDATE feeds SET next_poll_at = ? WHERE id = ?", [(epoch_ms(until), one) for one in feed_ids]
            )

    def make_due(self, now: datetime) -> None:
        """Let every feed be due."""
        with self._transaction():
            self._connection.execute("UPDATE feeds SET next_poll_at = min(next_poll_at, ?)", (epoch_ms(now),))

    def apply(self, outcomes: Iterable[PollOutcome], tail: Mapping[int, int] | None = None) -> None:
        """Write what polls came to, and how far the log is written. Durable on return, together or not at all.

        Raises:
            Unavailable: the file is busy; nothing was written.
        """
        with self._transaction():
            for outcome in outcomes:
                self._apply_changes(outcome)
                self.items.record(outcome.feed_id, outcome.items, outcome.owned, epoch_ms(outcome.at))
                if outcome.present:
                    self.items.prune(outcome.feed_id, outcome.present)
            if tail is not None:
                self._connection.executemany("INSERT OR REPLACE INTO tail VALUES (?, ?)", tail.items())

    def tail(self) -> Mapping[int, int]:
        """Return how far each partition of the raw topic was written when the state was last; empty at first."""
        with translated(LAYOUT.what):
            return dict(self._connection.execute("SELECT partition, next_offset FROM tail").fetchall())

    def _has(self, url: str) -> bool:
        found = self._connection.execute("SELECT 1 FROM feeds WHERE url = ? OR given_url = ?", (url, url))
        return found.fetchone() is not None

    def _apply_changes(self, outcome: PollOutcome) -> None:
        changes = {name: _column(value) for name, value in outcome.changes.items()}
        if "url" in changes and self._taken(changes["url"], outcome.feed_id):
            # Two feeds have moved to one address: each stays where it is, and the articles are recognised as one's.
            changes.pop("url")
            changes.pop("host", None)
        if changes:
            names = ", ".join(f"{name} = ?" for name in changes if name in _COLUMNS)
            self._connection.execute(
                f"UPDATE feeds SET {names} WHERE id = ?",  # noqa: S608 - names of our own record
                (*changes.values(), outcome.feed_id),
            )

    def _taken(self, url: object, feed_id: int) -> bool:
        found = self._connection.execute("SELECT 1 FROM feeds WHERE url = ? AND id <> ?", (url, feed_id))
        return found.fetchone() is not None


def _column(value: object) -> Any:  # noqa: ANN401 - whatever SQLite takes
    return epoch_ms(value) if isinstance(value, datetime) else value


def _time(milliseconds: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=milliseconds)


def _state(row: sqlite3.Row | tuple[Any, ...]) -> FeedState:
    values: dict[str, Any] = dict(zip(_COLUMNS, row, strict=True))
    for name in _TIMES:
        if values[name] is not None:
            values[name] = _time(values[name])
    values["is_etag_wrong"] = bool(values["is_etag_wrong"])
    values["tags"] = tuple(json.loads(values["tags"]))
    return FeedState(**values)
