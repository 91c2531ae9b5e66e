"""What of each feed is known, and whose each article is: the memory that lets everything be sent once.

Feed and key → `KnownItem`; article id → the feed that sends it. Writes belong to a transaction of `state`.
"""

import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from pipeline.fetch.outcome import KnownItem
from pipeline.fetch.state_file import LAYOUT
from pipeline.sqlite_file import translated

# How many old items of a feed are remembered beyond those that it holds: feeds bring old ones back now and then.
_KEPT_ITEMS: Final = 1000
_PRUNE_EVERY: Final = 200
_AT_ONCE: Final = 500


def is_full(known: int, present: int) -> bool:
    """Return whether so much is known of a feed that its oldest items are to be forgotten."""
    return known > present + _KEPT_ITEMS + _PRUNE_EVERY


class KnownItems:
    """The part of the state that is about articles."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def of_feed(self, feed_id: int) -> dict[bytes, KnownItem]:
        """Return everything known of a feed, by key."""
        with translated(LAYOUT.what):
            rows = self._connection.execute(
                "SELECT key, article_id, digest, versions, attempts FROM items WHERE feed_id = ?", (feed_id,)
            ).fetchall()
        return {row[0]: KnownItem(*row) for row in rows}

    def owners(self, ids: Iterable[bytes]) -> dict[bytes, tuple[bytes, int]]:
        """Return for each id that is known the article id and the number of the feed that sends it."""
        found: dict[bytes, tuple[bytes, int]] = {}
        wanted = list(dict.fromkeys(ids))
        with translated(LAYOUT.what):
            for start in range(0, len(wanted), _AT_ONCE):
                part = wanted[start : start + _AT_ONCE]
                marks = ",".join("?" * len(part))
                rows = self._connection.execute(
                    f"SELECT id, article_id, feed_id FROM articles WHERE id IN ({marks})",  # noqa: S608 - only marks
                    part,
                )
                found |= {one: (article, feed) for one, article, feed in rows}
        return found

    def feeds_of(self, article_id: bytes) -> Sequence[int]:
        """Return the numbers of all feeds in which the article was seen."""
        with translated(LAYOUT.what):
            rows = self._connection.execute(
                "SELECT DISTINCT feed_id FROM items WHERE article_id = ? ORDER BY first_at", (article_id,)
            ).fetchall()
        return [feed for (feed,) in rows]

    def count(self, feed_id: int) -> int:
        """Return how many items of a feed are known."""
        with translated(LAYOUT.what):
            return int(
                self._connection.execute("SELECT count(*) FROM items WHERE feed_id = ?", (feed_id,)).fetchone()[0]
            )

    def record(self, feed_id: int, items: Collection[KnownItem], owned: Mapping[bytes, bytes], at_ms: int) -> None:
        """Remember items and whose they are; the first feed to send an article keeps it. Within a transaction."""
        if owned:
            self._connection.executemany(
                "INSERT INTO articles VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                [(one, article, feed_id) for one, article in owned.items()],
            )
        if not items:
            return
        self._connection.executemany(
            "INSERT INTO items VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET article_id = excluded.article_id,"
            " digest = excluded.digest, versions = excluded.versions, attempts = excluded.attempts",
            [(feed_id, one.key, one.article_id, one.digest, one.versions, one.attempts, at_ms) for one in items],
        )

    def prune(self, feed_id: int, present: Collection[bytes]) -> None:
        """Forget the oldest items that the feed no longer holds, beyond a thousand. Within a transaction."""
        rows = self._connection.execute(
            "SELECT key FROM items WHERE feed_id = ? ORDER BY first_at DESC", (feed_id,)
        ).fetchall()
        gone = [key for (key,) in rows if key not in present]
        self._connection.executemany(
            "DELETE FROM items WHERE feed_id = ? AND key = ?", [(feed_id, key) for key in gone[_KEPT_ITEMS:]]
        )
