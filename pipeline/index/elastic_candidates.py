"""Which articles share fingerprint bands, and what grouping reads of them: requests and answers. Pure."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from pipeline.index.base import MAX_CANDIDATES, BandQuery, Candidate, Kin
from pipeline.index.elastic_document import read_fields
from pipeline.index.validation import comparable_date, parse_date

MEMBER_FIELDS: Final = [
    *("article_id", "version", "story_id", "copy_of", "first_seen_at", "published_at", "published_precision", "title"),
    *("source.domain", "source.id", "origin.id", "language", "fingerprint", "terms"),
]
_KIN_FIELDS: Final = ["article_id", "version", "story_id", "fingerprint_bands"]
_FORMAT: Final = {"format": "strict_date_time"}
_SEEN: Final = {"field": "first_seen_at", **_FORMAT}
"""Read from columns: a document's source would be unpacked and parsed whole for the few fields wanted of it."""


def build_kin(queries: Sequence[BandQuery], size: int) -> dict[str, Any]:
    """Return the request for what shares a band with any of these articles, and these themselves.

    Those come first that were seen nearest to the first of the queries, which matters only where there are more.
    """
    bands = sorted({band for query in queries for band in query.bands})
    recent = {"range": {"first_seen_at": {"gt": _moment(min(query.since for query in queries)), **_FORMAT}}}
    # Many values in one clause are looked up in one go; a clause for each would cost what a search for each does.
    akin = {"bool": {"filter": [{"terms": {"fingerprint_bands": bands}}, recent]}}
    themselves = {"ids": {"values": [query.article_id for query in queries]}}
    near = {"distance_feature": {"field": "first_seen_at", "origin": _moment(queries[0].at), "pivot": "1d"}}
    return {
        "query": {"bool": {"filter": [{"bool": {"should": [akin, themselves]}}], "should": [near]}},
        "size": size,
        "sort": [{"_score": "desc"}, {"article_id": "asc"}],
        "track_total_hits": False,
        "_source": False,
        "docvalue_fields": [*_KIN_FIELDS, _SEEN],
    }


def share_kin(query: BandQuery, found: Sequence[Mapping[str, Sequence[Any]]]) -> list[Kin]:
    """Return what of the hits' fields belongs to this query: those that share the most bands first, then itself."""
    bands = set(query.bands)
    ranked = []
    themselves = []
    for fields in found:
        kin = Kin(fields["article_id"][0], fields["version"][0], fields.get("story_id", [None])[0])
        if kin.article_id == query.article_id:
            themselves.append(kin)
        elif shared := len(bands.intersection(fields.get("fingerprint_bands", ()))):
            seen = parse_date(fields["first_seen_at"][0])
            if seen > query.since:
                ranked.append((-shared, abs(seen - query.at), kin.article_id, kin))
    return [*(kin for *_, kin in sorted(ranked, key=lambda each: each[:3])[:MAX_CANDIDATES]), *themselves]


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


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
