"""Stories in the documents' file of the embedded index, and what grouping reads of the articles. No search engine here.

The table is made when it is first used, so that an index from before there were stories needs nothing done to it.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, Final

from pipeline.index.base import MAX_CANDIDATES, BandQuery, Candidate, Kin
from pipeline.index.packing import band_key, unpack_fields, unpack_signature
from pipeline.index.sqlite_layout import Database
from pipeline.index.story_document import StoryDocument, StoryOrder
from pipeline.index.validation import parse_date

MAX_BANDS: Final = 200
"""Of one article; SQLite joins at most 500 selects."""
_TABLE: Final = """
CREATE TABLE IF NOT EXISTS stories (
    story_id TEXT PRIMARY KEY, size INTEGER NOT NULL, day_count INTEGER NOT NULL, first_seen_at TEXT NOT NULL,
    last_seen_at TEXT NOT NULL, content TEXT NOT NULL
) WITHOUT ROWID
"""
_ORDERS: Final = {
    StoryOrder.SIZE: "size DESC, last_seen_at DESC, story_id",
    StoryOrder.GROWTH: "day_count DESC, last_seen_at DESC, story_id",
    StoryOrder.NEWEST: "last_seen_at DESC, story_id",
}
_REPLACE: Final = """
INSERT OR REPLACE INTO stories (story_id, size, day_count, first_seen_at, last_seen_at, content)
VALUES (?, ?, ?, ?, ?, ?)
"""
_LIST: Final = """
SELECT story_id, size, day_count, first_seen_at, last_seen_at, content FROM stories WHERE size > 0
ORDER BY {order} LIMIT ?
"""
_FACTS: Final = """
article_id, version, story_id, copy_of, first_seen_at, published_at, source_domain, origin_id, signature, title, packed
"""
_MEMBER: Final = f"SELECT {_FACTS} FROM documents JOIN contents USING (row) WHERE article_id = ?"  # noqa: S608 - ours
_RECENT: Final = f"""
SELECT {_FACTS} FROM documents JOIN contents USING (row) WHERE story_id IS NOT NULL
ORDER BY first_seen_at DESC, article_id LIMIT ?
"""  # noqa: S608 - our own columns
_SELF: Final = "SELECT row, article_id, version, story_id FROM documents WHERE article_id = ?"
_NO_ROW: Final = 1 << 62
"""Stands behind all rows: an article that is not there came last."""
# Rows are numbered as articles come. A band that a template fills is read no further than what may be returned.
_EITHER_SIDE: Final = """
SELECT * FROM (SELECT row FROM bands WHERE band = ?{band} AND row < ?{own} ORDER BY row DESC LIMIT {most})
UNION ALL SELECT * FROM (SELECT row FROM bands WHERE band = ?{band} AND row > ?{own} ORDER BY row LIMIT {most})
"""
_KIN: Final = """
SELECT article_id, version, story_id FROM (SELECT row, count(*) AS shared FROM ({rows}) GROUP BY row)
JOIN documents USING (row) WHERE first_seen_at > ?{since} ORDER BY shared DESC, abs(row - ?{own}), row LIMIT {most}
"""


class SqliteStories:
    """Stories and candidates of one index. Safe for threads and processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find_kin(self, queries: Sequence[BandQuery]) -> list[list[Kin]]:
        """See `ArticleIndex`; one look-up by key after the other, which in one process is as fast as one for all."""
        with self._database.reading() as connection:
            return [_kin(connection, query) for query in queries]

    def members(self, article_ids: Sequence[str]) -> list[Candidate]:
        """See `ArticleIndex`."""
        with self._database.reading() as connection:
            rows = (connection.execute(_MEMBER, (one,)).fetchone() for one in dict.fromkeys(article_ids))
            return [_candidate(row) for row in rows if row is not None]

    def recent_members(self, limit: int) -> list[Candidate]:
        """See `ArticleIndex`."""
        with self._database.reading() as connection:
            found = [_candidate(row) for row in connection.execute(_RECENT, (limit,))]
        return found[::-1]

    def write(self, stories: Sequence[StoryDocument]) -> None:
        """See `ArticleIndex.write_story_documents`."""
        with self._database.writing() as connection:
            connection.execute(_TABLE)
            connection.executemany(
                _REPLACE,
                [
                    (
                        each.story_id,
                        each.size,
                        each.day_count,
                        each.first_seen_at.isoformat(timespec="milliseconds"),
                        each.last_seen_at.isoformat(timespec="milliseconds"),
                        each.content,
                    )
                    for each in stories
                ],
            )

    def read(self, story_ids: Sequence[str]) -> Mapping[str, StoryDocument]:
        """See `ArticleIndex.story_documents`."""
        query = "SELECT story_id, size, day_count, first_seen_at, last_seen_at, content FROM stories WHERE story_id = ?"
        with self._database.reading() as connection:
            if not _has_table(connection):
                return {}
            rows = chain.from_iterable(connection.execute(query, (one,)).fetchall() for one in dict.fromkeys(story_ids))
            return {row[0]: _story(row) for row in rows}

    def first(self, order: StoryOrder, limit: int) -> Sequence[StoryDocument]:
        """See `ArticleIndex.list_stories`."""
        query = _LIST.format(order=_ORDERS[order])
        with self._database.reading() as connection:
            return [_story(row) for row in connection.execute(query, (limit,))] if _has_table(connection) else []


def _kin(connection: sqlite3.Connection, query: BandQuery) -> list[Kin]:
    itself = connection.execute(_SELF, (query.article_id,)).fetchone()
    keys = [band_key(band) for band in sorted(set(query.bands))[:MAX_BANDS]]
    found: list[Kin] = []
    if keys:
        own = _NO_ROW if itself is None else itself[0]
        since = query.since.isoformat(timespec="milliseconds")
        found = [Kin(*row) for row in connection.execute(_kin_query(len(keys)), (*keys, own, since))]
    return found if itself is None else [*found, Kin(*itself[1:])]


@lru_cache(maxsize=8)
def _kin_query(bands: int) -> str:
    own, since = bands + 1, bands + 2
    rows = " UNION ALL ".join(
        _EITHER_SIDE.format(band=band, own=own, most=MAX_CANDIDATES) for band in range(1, bands + 1)
    )
    return _KIN.format(rows=rows, own=own, since=since, most=MAX_CANDIDATES)


def _has_table(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'stories'").fetchone() is not None


def _story(row: Sequence[Any]) -> StoryDocument:
    return StoryDocument(row[0], row[1], row[2], parse_date(row[3]), parse_date(row[4]), row[5])


def _candidate(row: Sequence[Any]) -> Candidate:
    article_id, version, story_id, copy_of, first_seen, published, domain, origin_id, signature, title, packed = row
    fields = unpack_fields(packed)
    return Candidate(
        article_id=article_id,
        version=version,
        story_id=story_id,
        copy_of=copy_of,
        first_seen_at=parse_date(first_seen),
        published_at=None if published is None else parse_date(published),
        source_domain=domain,
        origin_id=origin_id,
        fingerprint=unpack_signature(signature),
        title=title,
        source_id=fields.get("source.id"),
        language=fields.get("language"),
        terms=tuple(fields.get("terms", ())),
        bands=tuple(fields.get("fingerprint_bands", ())),
    )
