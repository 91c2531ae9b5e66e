"""Articles for tests of the index, written for this project: invented people and events."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from pipeline.index.base import IndexDocument
from pipeline.index.document import build_document
from schemas.annotations import ArticleTime, Entity, Origin, OriginKind, Place, Precision, Quote, QuoteKind, TimeSignal
from schemas.article import EnrichedArticle, Enrichment, Fingerprint, SourceFacts

NOW = datetime(2024, 5, 20, 12, tzinfo=UTC)


def article_id(name: str | int) -> str:
    """Return the id of the article called `name`."""
    return sha256(str(name).encode()).hexdigest()[:32]


def entity(name: str, label: str = "PERSON", salience: float = 0.5) -> Entity:
    """Return an entity without mentions."""
    return Entity(id=f"{label.lower()}:{name.lower()}", name=name, label=label, salience=salience, mentions=())


def quote(speaker: Entity) -> Quote:
    """Return a quote by `speaker`."""
    return Quote(start=0, end=4, text="Text", speaker=speaker.id, kind=QuoteKind.DIRECT)


def make_article(
    name: str | int,
    title: str = "",
    text: str = "Nothing of note happened.",
    *,
    version: int = 1,
    enrichment_version: int = 1,
    published: datetime | None = None,
    language: str | None = "en",
    source: SourceFacts | None = None,
    origin: str | None = None,
    entities: Sequence[Entity] = (),
    quotes: Sequence[Quote] = (),
    bands: Sequence[str] = (),
    places: Sequence[Place] = (),
    fetched: datetime = NOW,
    **other: Any,  # noqa: ANN401 - fields of the record, checked by it
) -> EnrichedArticle:
    """Return an article; what is not given is plain."""
    return EnrichedArticle(
        article_id=article_id(name),
        version=version,
        fetched_at=fetched,
        channel="file",
        title=title or f"Article {name}",
        text=text,
        language=language,
        published=ArticleTime(
            at=published,
            precision=Precision.SECOND if published else Precision.UNKNOWN,
            signal=TimeSignal.RECORD if published else TimeSignal.NONE,
        ),
        source=source
        or SourceFacts(id="harbour-post", name="Harbour Post", domain="harbourpost.example", country="GB"),
        origin=origin and Origin(name=origin, kind=OriginKind.CREDIT, rule="test", confidence=1.0),
        entities=tuple(entities),
        quotes=tuple(quotes),
        places=tuple(places),
        fingerprint=Fingerprint(scheme="test", signature=tuple(range(8)), bands=tuple(bands)) if bands else None,
        enrichment=Enrichment(version=enrichment_version),
        **other,
    )


def make_document(
    name: str | int,
    title: str = "",
    text: str = "Nothing of note happened.",
    **other: Any,  # noqa: ANN401 - handed on
) -> IndexDocument:
    """Return the document of `make_article` with the same arguments."""
    return build_document(make_article(name, title, text, **other))


def days_ago(days: float) -> datetime:
    """Return a time before `NOW`."""
    return NOW - timedelta(days=days)
