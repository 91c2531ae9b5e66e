"""Enriched article and its document → the event for the group role, always small enough for its topic. Pure."""

from datetime import datetime
from typing import Final

from pipeline.index.base import IndexDocument
from pipeline.index.entity_fields import ENTITY_GROUPS, by_salience
from pipeline.index.excerpt import cut_text
from schemas.annotations import Precision
from schemas.article import EnrichedArticle, Fingerprint
from schemas.codec import encode
from schemas.events import IndexedEvent

MAX_EVENT_BYTES: Final = 60_000
"""The topic takes 64 KiB; key, headers and the record's frame need a little."""
MAX_TITLE_CHARS: Final = 500
MAX_ENTITIES: Final = 200
MAX_KEYWORDS: Final = 50
MAX_ID_CHARS: Final = 200
MAX_SIGNATURE: Final = 512
MAX_BANDS: Final = 256

_COARSE: Final = frozenset({Precision.MONTH, Precision.YEAR, Precision.UNKNOWN})
"""Too coarse to count days with: grouping then goes by when the article was first seen."""


def build_event(
    article: EnrichedArticle, document: IndexDocument, first_seen_at: datetime, indexed_at: datetime
) -> IndexedEvent:
    """Return the event for this version; `encode_event` sees to what still does not fit the topic.

    `document` is the article's: its words are counted and its terms found already. Entities are the story's most
    salient ones; what is above a limit is left out from the end, never cut in two.
    """
    entities = by_salience(article.entities)
    ids = [entity.id for entity in entities if entity.label in ENTITY_GROUPS and len(entity.id) <= MAX_ID_CHARS]
    return IndexedEvent(
        article_id=article.article_id,
        version=article.version,
        enrichment_version=article.enrichment.version,
        indexed_at=indexed_at,
        first_seen_at=first_seen_at,
        published_at=None if article.published.precision in _COARSE else article.published.at,
        title=cut_text(article.title, MAX_TITLE_CHARS),
        language=_short(article.language),
        source_id=_short(article.source.id),
        source_domain=_short(article.source.domain),
        origin_id=_short(article.origin.source_id) if article.origin else None,
        origin_kind=article.origin.kind.value if article.origin else None,
        word_count=document.fields["word_count"],
        fingerprint=_bounded(article.fingerprint),
        entity_ids=tuple(dict.fromkeys(ids))[:MAX_ENTITIES],
        keywords=tuple(word for word in article.keywords if len(word) <= MAX_ID_CHARS)[:MAX_KEYWORDS],
        terms=tuple(document.fields.get("terms", ())),
    )


def encode_event(event: IndexedEvent) -> bytes:
    """Return the event on the wire, at most `MAX_EVENT_BYTES`: entities and keywords go first, then the fingerprint."""
    while len(encoded := encode(event)) > MAX_EVENT_BYTES:
        if event.entity_ids or event.keywords:
            shorter = {
                "entity_ids": event.entity_ids[: len(event.entity_ids) // 2],
                "keywords": event.keywords[: len(event.keywords) // 2],
            }
            event = event.model_copy(update=shorter)
        elif event.fingerprint is not None:
            event = event.model_copy(update={"fingerprint": None})
        else:
            break
    return encoded


def _short(value: str | None) -> str | None:
    return value if value is not None and len(value) <= MAX_ID_CHARS else None


def _bounded(fingerprint: Fingerprint | None) -> Fingerprint | None:
    """Return the fingerprint as a record of its own unless it is of a size that no scheme of ours has."""
    if fingerprint is None or len(fingerprint.signature) > MAX_SIGNATURE or len(fingerprint.bands) > MAX_BANDS:
        return None
    if max(map(len, (fingerprint.scheme, *fingerprint.bands))) > MAX_ID_CHARS:
        return None
    return Fingerprint(
        scheme=fingerprint.scheme,
        signature=fingerprint.signature,
        bands=fingerprint.bands,
        shingle_count=fingerprint.shingle_count,
    )
