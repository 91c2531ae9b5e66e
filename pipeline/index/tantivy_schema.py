"""The table of fields as a Tantivy schema, and documents in that form.

Unknown fields would be dropped silently by the engine, so only names of the table are ever written. Any change of the
schema is a new digest, and with it a new folder.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from tantivy import Document, Schema, SchemaBuilder
from tantivy.tantivy import __version__ as engine_version

from pipeline.index.tantivy_analysis import FOLDED, analyzer_name
from pipeline.index.tantivy_names import is_counted_by_number, number_of, numbered_term
from pipeline.index.validation import parse_date
from schemas.fields import FIELDS, NEUTRAL, TEXT_LANGUAGES, UNSTEMMED, IndexField, Kind, Match, text_language

FORM: Final = 3
"""Raise it when documents are written differently into the same schema."""
ROW: Final = "row"
CHANGE: Final = "change"
NEWEST_KEY: Final = "newest_key"
OLDEST_KEY: Final = "oldest_key"
STORY_NUMBER: Final = "story_number"
_NUMBERS: Final = (ROW, CHANGE, NEWEST_KEY, OLDEST_KEY, STORY_NUMBER)

ROW_BITS: Final = 28
"""Room for 268 million articles in a sort key."""
_EPOCH_OFFSET_S: Final = 2**34
"""Makes every time that a document can hold positive (544 years before 1970)."""
_UNDATED_LAST: Final = 2**35 - 1
_KEPT_ELSEWHERE: Final = frozenset({"article_id", "fingerprint_bands", "version"})
"""Fields that only the documents' database is asked for."""


def engine_name(field: str) -> str:
    """Return the engine's name of a field: a dot would mean a path into JSON there."""
    return field.replace(".", "_")


def words_name(field: str) -> str:
    """Return the sub-field that finds words within a keyword."""
    return f"{engine_name(field)}__words"


def folded_name(field: str) -> str:
    """Return the sub-field that finds a keyword without case and accents."""
    return f"{engine_name(field)}__folded"


def number_name(field: str) -> str:
    """Return the sub-field by which names are counted."""
    return f"{engine_name(field)}__number"


def text_name(field: str, code: str) -> str:
    """Return the sub-field of a text for one language, or the neutral one."""
    return f"{engine_name(field)}__{code}"


def searchable_fields() -> tuple[IndexField, ...]:
    """Return the fields of the table that the search side holds."""
    return tuple(field for field in FIELDS if field.kind is not Kind.STORED and field.name not in _KEPT_ELSEWHERE)


def build_schema() -> Schema:
    """Return the schema."""
    builder = SchemaBuilder()
    for name in _NUMBERS:
        builder.add_integer_field(name, indexed=name in {ROW, STORY_NUMBER}, fast=True)
    for field in searchable_fields():
        _add_field(builder, field)
    return builder.build()


def _add_field(builder: SchemaBuilder, field: IndexField) -> None:
    name = engine_name(field.name)
    match field.kind:
        case Kind.TEXT:
            for code in (NEUTRAL, UNSTEMMED, *TEXT_LANGUAGES):
                builder.add_text_field(text_name(field.name, code), tokenizer_name=analyzer_name(code))
        case Kind.KEYWORD | Kind.GEO_POINT:
            numbered = is_counted_by_number(field)
            fast = field.facet and not numbered
            builder.add_text_field(name, tokenizer_name="raw", fast=fast, index_option="basic")
            if numbered:
                builder.add_integer_field(number_name(field.name), fast=True)
            if field.match is Match.WORDS:
                builder.add_text_field(words_name(field.name), tokenizer_name=analyzer_name(NEUTRAL))
            elif field.match is Match.FOLDED:
                builder.add_text_field(folded_name(field.name), tokenizer_name=FOLDED, index_option="basic")
        case Kind.DATE:
            builder.add_date_field(name, indexed=True, fast=True)
        case Kind.INTEGER:
            builder.add_integer_field(name, indexed=True, fast=True)
        case Kind.FLOAT:
            builder.add_float_field(name, indexed=True, fast=True)
        case Kind.BOOLEAN:
            builder.add_boolean_field(name, indexed=True, fast=True)


def schema_digest() -> str:
    """Return what a folder's content depends on: the fields, the analyzers, the engine's version, our form."""
    fields = [(field.name, field.kind, field.many, field.match, field.facet) for field in searchable_fields()]
    content = json.dumps([FORM, engine_version, fields, sorted(TEXT_LANGUAGES)])
    return blake2b(content.encode(), digest_size=6).hexdigest()


def build_engine_document(row: int, change: int, fields: Mapping[str, Any]) -> Document:
    """Return the document that stands for `fields` (all owners' fields, as the database holds them)."""
    document = Document()
    published = fields.get("published_at")
    newest, oldest = sort_keys(None if published is None else parse_date(published), row)
    document.add_integer(ROW, row)
    document.add_integer(CHANGE, change)
    document.add_integer(NEWEST_KEY, newest)
    document.add_integer(OLDEST_KEY, oldest)
    document.add_integer(STORY_NUMBER, number_of(fields.get("story_id") or fields["article_id"]))
    language = text_language(fields.get("language")) or UNSTEMMED
    for field, value in fields.items():
        writer = _WRITERS.get(field)
        if writer is not None:
            for item in value if writer.many else (value,):
                writer.write(document, item, language)
    return document


@dataclass(frozen=True, slots=True)
class _Writer:
    """How one field is written, with the engine's names worked out once."""

    kind: Kind
    many: bool
    name: str
    sub_field: str | None
    number_name: str | None

    def write(self, document: Document, value: Any, language: str) -> None:  # noqa: ANN401 - JSON
        match self.kind:
            case Kind.KEYWORD:
                if self.number_name is None:
                    document.add_text(self.name, value)
                else:
                    document.add_text(self.name, numbered_term(value))
                    document.add_integer(self.number_name, number_of(value))
                if self.sub_field is not None:
                    document.add_text(self.sub_field, value)
            case Kind.TEXT:
                document.add_text(text_name(self.name, NEUTRAL), value)
                document.add_text(text_name(self.name, language), value)
            case Kind.DATE:
                document.add_date(self.name, parse_date(value))
            case Kind.INTEGER:
                document.add_integer(self.name, value)
            case Kind.BOOLEAN:
                document.add_boolean(self.name, value)
            case Kind.GEO_POINT:
                document.add_text(self.name, point_term(value["lat"], value["lon"]))
            case Kind.FLOAT:
                document.add_float(self.name, value)


def _sub_field(field: IndexField) -> str | None:
    names = {Match.WORDS: words_name(field.name), Match.FOLDED: folded_name(field.name), Match.EXACT: None}
    return names[field.match] if field.kind is Kind.KEYWORD else None


_WRITERS: Final = {
    field.name: _Writer(
        field.kind,
        field.many,
        engine_name(field.name),
        _sub_field(field),
        number_name(field.name) if is_counted_by_number(field) else None,
    )
    for field in searchable_fields()
}


def point_term(lat: float, lon: float) -> str:
    """Return the term that stands for a point."""
    return f"{lat:.4f},{lon:.4f}"


def sort_keys(published_at: datetime | None, row: int) -> tuple[int, int]:
    """Return unique integers that order by time: one for newest first, one for oldest first; undated last in both."""
    if published_at is None:
        return row, _UNDATED_LAST << ROW_BITS | row
    key = (int((published_at - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) + _EPOCH_OFFSET_S) << ROW_BITS | row
    return key, key


def published_seconds(newest_keys: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the publication times in seconds since 1970 that newest-first keys hold, and which of them are dated."""
    shifted = newest_keys >> ROW_BITS
    return shifted - _EPOCH_OFFSET_S, shifted != 0


def row_of(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the rows that sort keys belong to."""
    return keys & ((1 << ROW_BITS) - 1)
