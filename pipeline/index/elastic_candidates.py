"""Articles that share fingerprint bands with another: the request, and what it answers. Pure."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from pipeline.index.base import MAX_CANDIDATES, Candidate
from pipeline.index.elastic_document import read_fields
from pipeline.index.validation import comparable_date, parse_date

MAX_BANDS: Final = 1000
_FIELDS: Final = [
    *("article_id", "version", "story_id", "copy_of", "first_seen_at", "published_at", "source.domain", "origin.id"),
    *("fingerprint", "title", "published_precision"),
]


def build_candidates(bands: Sequence[str], since: datetime, exclude: str) -> dict[str, Any]:
    """Return the request for articles first seen after `since` with any of the bands, those with the most first."""
    after = {"gt": since.astimezone(UTC).isoformat(timespec="microseconds"), "format": "strict_date_time"}
    return {
        "query": {
            "bool": {
                "filter": [{"range": {"first_seen_at": after}}],
                "should": [
                    {"constant_score": {"filter": {"term": {"fingerprint_bands": band}}}}
                    for band in sorted(set(bands))[:MAX_BANDS]
                ],
                "minimum_should_match": 1,
                "must_not": [{"ids": {"values": [exclude]}}],
            }
        },
        "sort": [{"_score": "desc"}, {"first_seen_at": "asc"}, {"article_id": "asc"}],
        "size": MAX_CANDIDATES,
        "track_total_hits": False,
        "_source": _FIELDS,
    }


def read_candidates(answer: Mapping[str, Any]) -> list[Candidate]:
    """Return the candidates of an answer, in its order."""
    return [read_candidate(hit["_source"]) for hit in answer["hits"]["hits"]]


def read_candidate(source: Mapping[str, Any]) -> Candidate:
    """Return the candidate of a stored document, or of the part of it that was asked for."""
    fields = read_fields(source)
    published = comparable_date(fields)
    return Candidate(
        article_id=fields["article_id"],
        version=fields["version"],
        story_id=fields.get("story_id"),
        copy_of=fields.get("copy_of"),
        first_seen_at=parse_date(fields["first_seen_at"]),
        published_at=None if published is None else parse_date(published),
        source_domain=fields.get("source.domain"),
        origin_id=fields.get("origin.id"),
        fingerprint=tuple(fields.get("fingerprint", ())),
        title=fields.get("title", ""),
        source_id=fields.get("source.id"),
        language=fields.get("language"),
        terms=tuple(fields.get("terms", ())),
    )
