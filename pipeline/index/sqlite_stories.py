"""Stories in the documents' file of the embedded index, and what grouping reads of the articles. No search engine here.

The table is made when it is first used, so that an index from before there were stories needs nothing done to it.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, Final

from pipeline.index.base import MAX_CANDIDATES, BandQuery, Candidate
from pipeline.index.packing import band_key, unpack_fields, unpack_signature
from pipeline.index.sqlite_layout import Database
from pipeline.index.story_document import StoryDocument, StoryOrder
from pipeline.index.validation import parse_date

MAX_BANDS: Final = 1000
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
row, article_id, version, story_id, copy_of, first_seen_at, published_at, source_domain, origin_id, signature, title
"""
# Contents are joined to the few rows that are left: a sort would carry them for every article of a template.
_KIN: Final = """
SELECT {facts}, packed FROM (
    SELECT row, shared FROM documents
    JOIN (SELECT row, count(*) AS shared FROM bands WHERE band IN ({marks}) GROUP BY row) USING (row)
    WHERE first_seen_at > ? AND article_id != ? ORDER BY shared DESC, first_seen_at, article_id LIMIT {most}
) JOIN documents USING (row) JOIN contents USING (row) ORDER BY shared DESC, first_seen_at, article_id
"""
_SELF: Final = "SELECT {facts}, packed FROM documents JOIN contents USING (row) WHERE article_id = ?"
_RECENT: Final = """
SELECT {facts}, packed FROM documents JOIN contents USING (row) WHERE story_id IS NOT NULL
ORDER BY first_seen_at DESC, article_id LIMIT ?
"""


class SqliteStories:
    """Stories and candidates of one index. Safe for threads and processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find_candidates(self, queries: Sequence[BandQuery]) -> list[list[Candidate]]:
        """See `ArticleIndex`; one look-up by key after the other, which in one process is as fast as one for all."""
        with self._database.reading() as connection:
            return [[_candidate(row) for row in _kin(connection, query)] for query in queries]

    def recent_members(self, limit: int) -> list[Candidate]:
        """See `ArticleIndex`."""
        with self._database.reading() as connection:
            found = [_candidate(row) for row in connection.execute(_RECENT.format(facts=_FACTS), (limit,))]
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


def _kin(connection: sqlite3.Connection, query: BandQuery) -> Iterator[Sequence[Any]]:
    keys = [band_key(band) for band in sorted(set(query.bands))[:MAX_BANDS]]
    since = query.since.isoformat(timespec="milliseconds")
    if keys:
        yield from connection.execute(
            _KIN.format(facts=_FACTS, marks=",".join("?" * len(keys)), most=MAX_CANDIDATES),
            (*keys, since, query.article_id),
        ).fetchall()
    yield from connection.execute(_SELF.format(facts=_FACTS), (query.article_id,)).fetchall()


def _has_table(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'stories'").fetchone() is not None


def _story(row: Sequence[Any]) -> StoryDocument:
    return StoryDocument(row[0], row[1], row[2], parse_date(row[3]), parse_date(row[4]), row[5])


def _candidate(row: Sequence[Any]) -> Candidate:
    _, article_id, version, story_id, copy_of, first_seen, published, domain, origin_id, signature, title, packed = row
    source_id, language, terms = _facts_in(packed)
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
        source_id=source_id,
        language=language,
        terms=terms,
    )


@lru_cache(maxsize=4096)
def _facts_in(packed: bytes) -> tuple[str | None, str | None, tuple[int, ...]]:
    """Return source, language and terms; what recurs is a candidate again and again."""
    fields = unpack_fields(packed)
    return fields.get("source.id"), fields.get("language"), tuple(fields.get("terms", ()))
