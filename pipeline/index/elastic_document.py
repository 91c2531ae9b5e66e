"""An article's fields ↔ the document that Elasticsearch holds. Pure; the mapping is `schemas/mappings`.

Field names are paths (`source.id`); text fields are copied to `stemmed.<language>`, which is analysed for the article's
language and left out of what Elasticsearch gives back, so that every write has to build it anew.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from pipeline.index.base import IndexDocument, Json, StoredArticle
from pipeline.index.validation import format_date, parse_date
from schemas.fields import FIELDS, UNSTEMMED, Kind, Owner, text_language

_JSON: Final = msgspec.json.Encoder()
"""Writes what Python's own encoder does, and pydantic's in twice the time."""
STEMMED: Final = "stemmed"
STORY_KEY: Final = "story_key"
"""What a page is collapsed by: the story, or the article itself while it has none."""
STORED: Final = "stored"
_TEXTS: Final = tuple(field.name for field in FIELDS if field.kind is Kind.TEXT)
_WRITTEN_ANEW: Final = frozenset({"article_id", "indexed_at"})
KEPT: Final = (
    "first_seen_at",
    *(field.name for field in FIELDS if field.owner is not Owner.INDEX and field.name not in _WRITTEN_ANEW),
)
"""What a new version takes over from the one before."""


def build_source(document: IndexDocument, kept: Json, indexed_at: str) -> dict[str, Any]:
    """Return the document to store. `kept` holds fields by name that were there before, see `KEPT`."""
    fields = {
        **document.fields,
        "first_seen_at": format_date(parse_date(document.fields["first_seen_at"])),
        **kept,
        "article_id": document.article_id,
        "version": document.version,
        "enrichment.version": document.enrichment_version,
        "indexed_at": indexed_at,
    }
    return _finished(fields, document.stored)


def change_source(held: Mapping[str, Any], changed: Json) -> dict[str, Any]:
    """Return the stored document with other values in some fields that belong to no group; None takes a field away."""
    return _derived({name: value for name, value in {**held, **changed}.items() if value is not None})


def rebuild_source(held: Mapping[str, Any]) -> dict[str, Any]:
    """Return a stored document as it would be written now, for another index: fields that are no more are left out."""
    return _finished(read_fields(held), held[STORED])


def _finished(fields: Mapping[str, Any], stored: str) -> dict[str, Any]:
    return _derived({**_nested(fields), STORED: stored})


def _derived(source: dict[str, Any]) -> dict[str, Any]:
    """Add what the document says a second time for searching."""
    language = text_language(source.get("language")) or UNSTEMMED
    source[STEMMED] = {language: {name: source[name] for name in _TEXTS if name in source}}
    source[STORY_KEY] = source.get("story_id") or source["article_id"]
    return source


def _nested(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields as a tree: `source.id` → `{"source": {"id": …}}`."""
    tree: dict[str, Any] = {}
    for name, value in fields.items():
        group, dot, leaf = name.partition(".")
        if dot:
            tree.setdefault(group, {})[leaf] = value
        else:
            tree[name] = value
    return tree


def read_fields(source: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields by name of a stored document, or of a part of one; what has no value is left out."""
    fields = {}
    for field in FIELDS:
        group, dot, leaf = field.name.partition(".")
        value = (source.get(group) or {}).get(leaf) if dot else source.get(group)
        if value is not None and field.name != STORED:
            fields[field.name] = value
    return fields


def read_article(source: Mapping[str, Any]) -> StoredArticle:
    """Return the article of a whole stored document."""
    fields = read_fields(source)
    return StoredArticle(
        article_id=fields["article_id"],
        version=fields["version"],
        enrichment_version=fields["enrichment.version"],
        fields=fields,
        stored=source[STORED],
    )


def encode_line(content: Mapping[str, Any]) -> bytes:
    """Return one line of a bulk request; all texts are whole, as `pipeline.index.validation` has seen to."""
    return _JSON.encode(content)
