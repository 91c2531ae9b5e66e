"""Enriched article → what the index role writes. Pure; imports only `schemas` and this package's pure modules."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from pipeline.corrections.article import Corrected, as_found, restore
from pipeline.extract.story_text import body_text
from pipeline.index.base import IndexDocument
from pipeline.index.entity_fields import MAX_KEYWORD_CHARS, distinct, entity_fields, entity_names
from pipeline.index.excerpt import EXCERPT_CHARS, cut_text, keep_excerpt
from pipeline.index.validation import EARLIEST, LATEST, format_date
from pipeline.stories.terms import MAX_TERMS, extract_terms
from schemas.annotations import ArticleTime, Precision
from schemas.article import EnrichedArticle

MAX_TITLE_CHARS: Final = 1000
MAX_SUMMARY_CHARS: Final = 5000
MAX_URL_CHARS: Final = 2048

_EXACT: Final = frozenset({Precision.SECOND, Precision.MINUTE})


def build_document(article: EnrichedArticle) -> IndexDocument:
    """Return the document of an article of which nobody has corrected anything, see `build_corrected_document`."""
    return build_corrected_document(Corrected(article))


def build_corrected_document(corrected: Corrected, received: str | None = None) -> IndexDocument:
    """Return the document of this version. Fields without a value are left out; lists are without repeats.

    `first_seen_at` is the time of this fetch: the index keeps the one of the first write. From a publisher whose
    registry row says `store=excerpt`, both the body and the stored article hold only an excerpt. `received` is the
    encoded article as it was before corrections: it is stored as it is where nothing was changed.
    """
    article = corrected.article
    body = full_body = body_text(article)
    word_count = len(body.split())
    is_corrected = corrected.as_found is not None
    is_as_received = not is_corrected and article.source.store == "full"
    if article.source.store == "excerpt":
        body = cut_text(body, EXCERPT_CHARS)
        corrected = _excerpt_of(corrected)
    fields = {
        **_text_fields(corrected.article, body),
        **_time_fields(corrected.article),
        **_source_fields(corrected.article),
        **_finding_fields(corrected.article),
        **entity_fields(corrected),
        "terms": _terms(article, full_body, is_corrected=is_corrected),
        "word_count": word_count,
    }
    return IndexDocument(
        article_id=article.article_id,
        version=article.version,
        enrichment_version=article.enrichment.version,
        fields={name: value for name, value in fields.items() if value is not None and value not in ("", [])},
        stored=received if received and is_as_received else corrected.article.model_dump_json(exclude_none=True),
    )


def _excerpt_of(corrected: Corrected) -> Corrected:
    """Return the article and what it said before with an excerpt of the text alone."""
    article, before = corrected.article, corrected.as_found
    cut = keep_excerpt(article)
    return replace(corrected, article=cut, as_found=before and as_found(keep_excerpt(restore(article, before))))


def _terms(article: EnrichedArticle, body: str, *, is_corrected: bool) -> list[int]:
    """Return what enrichment found, unless names were corrected since."""
    if article.terms is not None and not is_corrected:
        return list(article.terms[:MAX_TERMS])
    return list(extract_terms(article.title, body, entity_names(article.entities), article.language))


def _text_fields(article: EnrichedArticle, body: str) -> dict[str, Any]:
    return {
        "title": cut_text(article.title, MAX_TITLE_CHARS),
        "summary": cut_text(article.summary, MAX_SUMMARY_CHARS),
        "body": body,
        "language": article.language,
        "authors": distinct(article.authors),
        "section": _one(article.section),
        "keywords": distinct(article.keywords),
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
        **_hour_and_weekday(article.published),
    }


def _indexable(moment: datetime | None) -> datetime | None:
    return moment if moment is not None and EARLIEST <= moment <= LATEST else None


def _hour_and_weekday(published: ArticleTime) -> dict[str, int]:
    """Return the hour and weekday (1 Monday to 7 Sunday) of publication, UTC; nothing unless exact to the minute."""
    if published.at is None or published.precision not in _EXACT:
        return {}
    at = published.at.astimezone(UTC)
    return {"published_hour": at.hour, "published_weekday": at.isoweekday()}


def _lag(article: EnrichedArticle) -> int | None:
    """Return seconds from publication to fetch; None unless the publication time is exact and not in the future."""
    if article.published.at is None or article.published.precision not in _EXACT:
        return None
    seconds = int((article.fetched_at - article.published.at).total_seconds())
    return seconds if seconds >= 0 else None


def _finding_fields(article: EnrichedArticle) -> dict[str, Any]:
    print_of = article.fingerprint
    return {
        "quote_count": len(article.quotes),
        "cited_outlets": distinct(citation.outlet for citation in article.citations),
        "fingerprint_bands": list(print_of.bands) if print_of else [],
        "fingerprint": list(print_of.signature) if print_of else [],
    }


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
        "enrichment.models": distinct(f"{task}:{name}" for task, name in sorted(article.enrichment.models.items())),
        "enrichment.problems": distinct(f"{each.step}:{each.reason}" for each in article.enrichment.problems),
    }


def _one(value: str | None) -> str | None:
    return " ".join(value.split())[:MAX_KEYWORD_CHARS] if value else None


def _address(url: str | None) -> str | None:
    return url if url and len(url) <= MAX_URL_CHARS else None
