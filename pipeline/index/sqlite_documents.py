"""The documents of the embedded index in SQLite: the truth from which everything searchable is derived.

Writes are compare-and-set in one transaction (DELIVERY.md section 3), each with a number in one sequence of changes,
which the search side follows. No search engine here.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pipeline.clock import Clock
from pipeline.index.base import (
    IndexDocument,
    StoredArticle,
    StoryFields,
    Withdrawal,
    WriteOutcome,
    WriteResult,
)
from pipeline.index.packing import band_key, pack, pack_signature, unpack, unpack_fields, unpack_signature
from pipeline.index.revisions import succeed
from pipeline.index.sqlite_layout import Database, next_change
from pipeline.index.sqlite_points import find_points_near
from pipeline.index.sqlite_shown import ShownDocuments
from pipeline.index.sqlite_versions import keep_version
from pipeline.index.sqlite_withdrawals import withdraw_article
from pipeline.index.validation import comparable_date, find_fault, format_date, parse_date
from schemas.errors import BAD_INPUT, Rejected

MAX_BATCH_PACKED_BYTES: Final = 8 * 1024 * 1024
"""About 32 MiB of text: memory stays flat whatever the size of the articles."""
_KEPT_APART: Final = frozenset({"fingerprint", "first_seen_at"})
_UPSERT: Final = """
INSERT INTO documents (article_id, version, enrichment_version, change, first_seen_at, indexed_at, published_at, title,
                       source_domain, origin_id, signature)
VALUES (:article_id, :version, :enrichment_version, :change, :first_seen_at, :indexed_at, :published_at, :title,
        :source_domain, :origin_id, :signature)
ON CONFLICT (article_id) DO UPDATE SET version = :version, enrichment_version = :enrichment_version, change = :change,
    indexed_at = :indexed_at, published_at = :published_at, title = :title, source_domain = :source_domain,
    origin_id = :origin_id, signature = :signature
RETURNING row
"""
_DOCUMENT: Final = """
SELECT row, article_id, version, enrichment_version, change, first_seen_at, indexed_at, signature, story_id, copy_of,
       is_copy, packed FROM documents JOIN contents USING (row)
"""


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it stands: `row` never changes for an article, `change` is the number of its last change."""

    row: int
    change: int
    article_id: str
    version: int
    enrichment_version: int
    fields: Mapping[str, Any]


class SqliteDocuments:
    """All documents of one index. Safe for threads and processes."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._shown = ShownDocuments()

    def write(self, documents: Sequence[IndexDocument]) -> list[WriteOutcome]:
        """Store by compare-and-set; all of the batch is on disk on return."""
        faults = [find_fault(document) for document in documents]
        if all(faults):
            return [fault for fault in faults if fault is not None]
        indexed_at = format_date(self._clock.now())
        with self._database.writing() as connection:
            return [
                fault or self._write_one(connection, document, indexed_at)
                for document, fault in zip(documents, faults, strict=True)
            ]

    def _write_one(self, connection: sqlite3.Connection, document: IndexDocument, indexed_at: str) -> WriteResult:
        held = connection.execute(
            "SELECT row, version, enrichment_version FROM documents WHERE article_id = ?", (document.article_id,)
        ).fetchone()
        fields = document.fields
        if held is not None:
            before = _read_version(connection, document.article_id, held)
            existing = (held[1], held[2], before.fields.get("correction_revision", 0))
            if document.versions == existing:
                return WriteResult.UNCHANGED
            succession = succeed(before, document)
            if succession.earlier is not None:
                keep_version(connection, succession.earlier)
            if document.versions < existing:
                return WriteResult.STALE
            _forget_bands(connection, held[0], before.fields.get("fingerprint_bands", ()))
            fields = {**fields, **succession.system}
        row = connection.execute(
            _UPSERT,
            {
                "article_id": document.article_id,
                "version": document.version,
                "enrichment_version": document.enrichment_version,
                "change": next_change(connection),
                "first_seen_at": _sortable(fields["first_seen_at"]),
                "indexed_at": indexed_at,
                "published_at": comparable_date(fields),
                "title": fields.get("title", ""),
                "source_domain": fields.get("source.domain"),
                "origin_id": fields.get("origin.id"),
                "signature": pack_signature(fields.get("fingerprint", ())),
            },
        ).fetchone()[0]
        packed = pack({name: value for name, value in fields.items() if name not in _KEPT_APART}, document.stored)
        connection.execute("INSERT OR REPLACE INTO contents VALUES (?, ?)", (row, packed))
        self._remember_finds(connection, row, fields)
        return WriteResult.CREATED if held is None else WriteResult.UPDATED

    def _remember_finds(self, connection: sqlite3.Connection, row: int, fields: Mapping[str, Any]) -> None:
        bands = [(band_key(band), row) for band in fields.get("fingerprint_bands", ())]
        connection.executemany("INSERT OR IGNORE INTO bands VALUES (?, ?)", bands)
        points = [(point["lat"], point["lon"]) for point in fields.get("place_points", ())]
        connection.executemany("INSERT OR IGNORE INTO points VALUES (?, ?)", points)

    def write_stories(self, stories: Sequence[StoryFields]) -> list[WriteOutcome]:
        """Set story fields where the article still has the version that was looked at."""
        with self._database.writing() as connection:
            return [self._write_story(connection, story) for story in stories]

    def _write_story(self, connection: sqlite3.Connection, story: StoryFields) -> WriteOutcome:
        held = connection.execute(
            "SELECT version, story_id, copy_of, is_copy FROM documents WHERE article_id = ?", (story.article_id,)
        ).fetchone()
        if held is None or held[0] < story.version:
            return Rejected(BAD_INPUT, f"version {story.version} of article {story.article_id} is not in this index")
        if held[0] > story.version:
            return WriteResult.STALE
        if held[1:] == (story.story_id, story.copy_of, int(story.is_copy)):
            return WriteResult.UNCHANGED
        connection.execute(
            "UPDATE documents SET story_id = ?, copy_of = ?, is_copy = ?, change = ? WHERE article_id = ?",
            (story.story_id, story.copy_of, story.is_copy, next_change(connection), story.article_id),
        )
        return WriteResult.UPDATED

    def withdraw(self, withdrawals: Sequence[Withdrawal]) -> list[WriteOutcome]:
        """Set or clear what says that an article was taken back."""
        with self._database.writing() as connection:
            return [withdraw_article(connection, withdrawal) for withdrawal in withdrawals]

    def get(self, article_id: str) -> StoredArticle | None:
        """Return the article with its stored form."""
        with self._database.reading() as connection:
            record = connection.execute(f"{_DOCUMENT} WHERE article_id = ?", (article_id,)).fetchone()
        if record is None:
            return None
        _, stored = unpack(record[-1])
        document = _document(record)
        return StoredArticle(
            document.article_id, document.version, document.enrichment_version, document.fields, stored
        )

    def versions(self, article_ids: Sequence[str]) -> dict[str, tuple[int, int]]:
        """Return version and enrichment version of those that exist."""
        found = self._find("version, enrichment_version", article_ids)
        return {article_id: (version, enrichment) for article_id, version, enrichment in found}

    def first_seen(self, article_ids: Sequence[str]) -> dict[str, datetime]:
        """Return the time of first sight of those that exist."""
        return {article_id: parse_date(moment) for article_id, moment in self._find("first_seen_at", article_ids)}

    def rows(self, article_ids: Sequence[str]) -> dict[str, int]:
        """Return under which number the search side knows those that exist."""
        return dict(self._find("row", article_ids))

    def _find(self, columns: str, article_ids: Sequence[str]) -> list[tuple[Any, ...]]:
        query = f"SELECT article_id, {columns} FROM documents WHERE article_id = ?"  # noqa: S608 - our own columns
        with self._database.reading() as connection:
            found = (connection.execute(query, (article_id,)).fetchone() for article_id in dict.fromkeys(article_ids))
            return [record for record in found if record is not None]

    def count(self) -> int:
        """Return the number of documents."""
        with self._database.reading() as connection:
            return int(connection.execute("SELECT count(*) FROM documents").fetchone()[0])

    def shown(self, rows: Iterable[int]) -> dict[int, dict[str, Any]]:
        """Return what a page shows of the documents of these rows that exist, see `ShownDocuments`."""
        with self._database.reading() as connection:
            return self._shown.read(connection, rows)

    def changed_after(self, change: int, limit: int) -> list[Document]:
        """Return documents whose last change came after `change`, in order of change; no more than fit into memory."""
        changed: list[Document] = []
        packed_bytes = 0
        with self._database.reading() as connection:
            records = connection.execute(f"{_DOCUMENT} WHERE change > ? ORDER BY change LIMIT ?", (change, limit))
            for record in records:
                changed.append(_document(record))
                packed_bytes += len(record[-1])
                if packed_bytes > MAX_BATCH_PACKED_BYTES:
                    break
            records.close()  # an unfinished statement would keep the connection at this moment's state
        return changed

    def points_near(self, lat: float, lon: float, radius_km: float) -> list[tuple[float, float]]:
        """Return the points of places within the radius, the nearest first."""
        with self._database.reading() as connection:
            return find_points_near(connection, lat, lon, radius_km)


def _read_version(connection: sqlite3.Connection, article_id: str, held: tuple[int, int, int]) -> StoredArticle:
    row, version, enrichment_version = held
    packed = connection.execute("SELECT packed FROM contents WHERE row = ?", (row,)).fetchone()[0]
    return StoredArticle(article_id, version, enrichment_version, *unpack(packed))


def _forget_bands(connection: sqlite3.Connection, row: int, bands: Sequence[str]) -> None:
    connection.executemany("DELETE FROM bands WHERE band = ? AND row = ?", [(band_key(band), row) for band in bands])


def _sortable(date: str) -> str:
    """Return a document's time in the one form that sorts as text."""
    return parse_date(date).isoformat(timespec="milliseconds")


def _document(record: Sequence[Any]) -> Document:
    (
        row,
        article_id,
        version,
        enrichment_version,
        change,
        first_seen,
        indexed,
        signature,
        story,
        copy_of,
        is_copy,
        packed,
    ) = record
    fields = unpack_fields(packed)
    fields |= {"article_id": article_id, "first_seen_at": format_date(parse_date(first_seen)), "indexed_at": indexed}
    if len(signature) > 1:
        fields["fingerprint"] = list(unpack_signature(signature))
    if story is not None:
        fields |= {"story_id": story, "is_copy": bool(is_copy)}
    if copy_of is not None:
        fields["copy_of"] = copy_of
    return Document(row, change, article_id, version, enrichment_version, fields)
