"""Enriched article → what the index role writes. Pure; imports only `schemas` and this package's pure modules."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from pipeline.index.base import IndexDocument
from pipeline.index.excerpt import EXCERPT_CHARS, cut_text, keep_excerpt
from pipeline.index.validation import EARLIEST, LATEST, format_date
from pipeline.stories.terms import extract_terms
from schemas.annotations import STORY_ZONES, Entity, Precision, ZoneKind
from schemas.article import EnrichedArticle

MAX_VALUES: Final = 500
"""Values of one field; a page that names more is a list, not a story."""
MAX_KEYWORD_CHARS: Final = 512
MAX_TITLE_CHARS: Final = 1000
MAX_SUMMARY_CHARS: Final = 5000
MAX_URL_CHARS: Final = 2048

ENTITY_GROUPS: Final = {
    "PERSON": "person",
    "ORG": "org",
    "GPE": "place",
    "LOC": "place",
    "FAC": "place",
    "EVENT": "event",
    "NORP": "other",
    "PRODUCT": "other",
    "WORK_OF_ART": "other",
    "LAW": "other",
    "LANGUAGE": "other",
}
"""spaCy's OntoNotes label → group. Amounts and times (DATE, MONEY, CARDINAL …) name nothing and are left out."""
_EXACT: Final = frozenset({Precision.SECOND, Precision.MINUTE})


def build_document(article: EnrichedArticle) -> IndexDocument:
    """Return the document of this version. Fields without a value are left out; lists are without repeats.

    `first_seen_at` is the time of this fetch: the index keeps the one of the first write. From a publisher whose
    registry row says `store=excerpt`, both the body and the stored article hold only an excerpt.
    """
    body = full_body = body_text(article)
    word_count = len(body.split())
    if article.source.store == "excerpt":
        body = cut_text(body, EXCERPT_CHARS)
        article = keep_excerpt(article)
    fields = {
        **_text_fields(article, body),
        **_time_fields(article),
        **_source_fields(article),
        **_entity_fields(article.entities),
        **_finding_fields(article),
        "terms": list(extract_terms(article.title, full_body, _names(article.entities), article.language)),
        "word_count": word_count,
    }
    return IndexDocument(
        article_id=article.article_id,
        version=article.version,
        enrichment_version=article.enrichment.version,
        fields={name: value for name, value in fields.items() if value is not None and value not in ("", [])},
        stored=article.model_dump_json(exclude_none=True),
    )


def body_text(article: EnrichedArticle) -> str:
    """Return what tells the story, without promo lines, credits and notices; the whole text when it has no zones."""
    if not article.zones:
        return article.text.strip()
    kinds = STORY_ZONES - {ZoneKind.TITLE}
    parts = (article.text[zone.start : zone.end].strip() for zone in article.zones if zone.kind in kinds)
    return "\n\n".join(part for part in parts if part)


def _text_fields(article: EnrichedArticle, body: str) -> dict[str, Any]:
    return {
        "title": cut_text(article.title, MAX_TITLE_CHARS),
        "summary": cut_text(article.summary, MAX_SUMMARY_CHARS),
        "body": body,
        "language": article.language,
        "authors": _distinct(article.authors),
        "section": _one(article.section),
        "keywords": _distinct(article.keywords),
        "url": _address(article.url),
        "canonical_url": _address(article.canonical_url),
        "channel": article.channel,
    }


def _time_fields(article: EnrichedArticle) -> dict[str, Any]:
    published = _indexable(article.published.at)
    return {
        "version": article.version,
        "published_at": published and format_date(published),
        "published_precision": article.published.precision.value,
        "published_signal": article.published.signal.value,
        "modified_at": (modified := _indexable(article.modified.at)) and format_date(modified),
        "first_seen_at": format_date(article.fetched_at),
        "fetched_at": format_date(article.fetched_at),
        "lag_seconds": _lag(article),
    }


def _indexable(moment: datetime | None) -> datetime | None:
    return moment if moment is not None and EARLIEST <= moment <= LATEST else None


def _lag(article: EnrichedArticle) -> int | None:
    """Return seconds from publication to fetch; None unless the publication time is exact and not in the future."""
    if article.published.at is None or article.published.precision not in _EXACT:
        return None
    seconds = int((article.fetched_at - article.published.at).total_seconds())
    return seconds if seconds >= 0 else None


def _source_fields(article: EnrichedArticle) -> dict[str, Any]:
    source, origin = article.source, article.origin
    return {
        "source.id": _one(source.id),
        "source.name": _one(source.name),
        "source.domain": _one(source.domain),
        "source.country": _one(source.country),
        "source.language": _one(source.language),
        "source.kind": _one(source.kind),
        "source.owner": _one(source.owner),
        "origin.id": origin and _one(origin.source_id),
        "origin.name": origin and _one(origin.name),
        "origin.kind": origin and origin.kind.value,
        "enrichment.version": article.enrichment.version,
        "enrichment.models": _distinct(f"{task}:{name}" for task, name in sorted(article.enrichment.models.items())),
        "enrichment.problems": _distinct(f"{each.step}:{each.reason}" for each in article.enrichment.problems),
    }


def _entity_fields(entities: Iterable[Entity]) -> dict[str, Any]:
    """Group the names; the most salient first, so that a bounded list keeps what matters."""
    groups: dict[str, list[str]] = {}
    ids: list[str] = []
    for entity in sorted(entities, key=lambda each: -each.salience):
        group = ENTITY_GROUPS.get(entity.label)
        if group is None:
            continue
        ids.append(entity.id)
        groups.setdefault(group, []).append(entity.name)
        groups.setdefault("all", []).append(entity.name)
    fields: dict[str, Any] = {f"entities.{group}": _distinct(names) for group, names in groups.items()}
    return fields | {"entity_ids": _distinct(ids)}


def _names(entities: Iterable[Entity]) -> list[str]:
    """Return the names of people, organisations, places and events."""
    return [entity.name for entity in entities if ENTITY_GROUPS.get(entity.label, "other") != "other"]


def _finding_fields(article: EnrichedArticle) -> dict[str, Any]:
    names = {entity.id: entity.name for entity in article.entities}
    speakers = (names[quote.speaker] for quote in article.quotes if quote.speaker in names)
    print_of = article.fingerprint
    return {
        "quote_speakers": _distinct(speakers),
        "quote_count": len(article.quotes),
        "cited_outlets": _distinct(citation.outlet for citation in article.citations),
        "place_points": _points(article),
        "place_countries": _distinct(place.country for place in article.places if place.country),
        "fingerprint_bands": list(print_of.bands) if print_of else [],
        "fingerprint": list(print_of.signature) if print_of else [],
    }


def _points(article: EnrichedArticle) -> list[dict[str, float]]:
    """Return the places' points, rounded to 4 decimals (11 m), each once."""
    points = {
        (round(place.lat, 4), round(place.lon, 4))
        for place in article.places
        if place.lat is not None and place.lon is not None and abs(place.lat) <= 90 and abs(place.lon) <= 180
    }
    return [{"lat": lat, "lon": lon} for lat, lon in sorted(points)][:MAX_VALUES]


def _distinct(values: Iterable[str]) -> list[str]:
    cleaned = (" ".join(value.split()) for value in values)
    return [value for value in dict.fromkeys(cleaned) if 0 < len(value) <= MAX_KEYWORD_CHARS][:MAX_VALUES]


def _one(value: str | None) -> str | None:
    return " ".join(value.split())[:MAX_KEYWORD_CHARS] if value else None


def _address(url: str | None) -> str | None:
    return url if url and len(url) <= MAX_URL_CHARS else None
