"""Which articles share fingerprint bands, and what grouping reads of them: requests and answers. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Any, Final, NamedTuple

from pipeline.index.base import MAX_CANDIDATES, BandQuery, Candidate, Kin
from pipeline.index.elastic_document import read_fields
from pipeline.index.elastic_operation import Held
from pipeline.index.validation import comparable_date, parse_date

MEMBER_FIELDS: Final = [
    *("article_id", "version", "story_id", "copy_of", "first_seen_at", "published_at", "published_precision", "title"),
    *("source.domain", "source.id", "origin.id", "language", "fingerprint", "fingerprint_bands", "terms"),
]
_KIN_FIELDS: Final = ["article_id", "version", "story_id", "fingerprint_bands"]
_FORMAT: Final = {"format": "strict_date_time"}
_SEEN: Final = {"field": "first_seen_at", **_FORMAT}
"""Read from columns alone: a block of documents would be unpacked for each hit, even for its `_id`."""
WHOLE_AT_ONCE: Final = 500
WHOLE_BYTES: Final = 5 * 1024 * 1024
"""Of whole documents in one answer. The more of them that lie side by side are asked for at once, the less it takes to
unpack them: 200 in one request a third of the processor time of 50 in each of four."""
DOCUMENT_BYTES: Final = 4096
WORD_BYTES: Final = 64
"""A document of the wire has 55 bytes for each word, its fingerprint and terms included."""


def build_kin(queries: Sequence[BandQuery], size: int) -> dict[str, Any]:
    """Return the request for what shares a band with any of these articles, but none of these.

    Those come first that were seen nearest to the first of the queries, which matters only where there are more.
    """
    bands = sorted({band for query in queries for band in query.bands})
    recent = {"range": {"first_seen_at": {"gt": _moment(min(query.since for query in queries)), **_FORMAT}}}
    # Many values in one clause are looked up in one go; a clause for each would cost what a search for each does.
    akin = [{"terms": {"fingerprint_bands": bands}}, recent]
    near = {"distance_feature": {"field": "first_seen_at", "origin": _moment(queries[0].at), "pivot": "1d"}}
    return {
        "query": {"bool": {"filter": akin, "must_not": _itself(queries), "should": [near]}},
        "size": size,
        "sort": [{"_score": "desc"}, {"article_id": "asc"}],
        "track_total_hits": False,
        "stored_fields": "_none_",
        "docvalue_fields": [*_KIN_FIELDS, _SEEN],
    }


def build_themselves(queries: Sequence[BandQuery]) -> dict[str, Any]:
    """Return the request for the articles themselves, whole, since what grouping finds is written into them."""
    return {
        "query": _itself(queries),
        "size": 2 * len(queries),  # should one of them be there twice
        "seq_no_primary_term": True,
        "track_total_hits": False,
    }


def split_whole(queries: Sequence[BandQuery]) -> Iterator[Sequence[BandQuery]]:
    """Yield the queries in parts whose articles can be read whole at once: by what their words may come to."""
    part: list[BandQuery] = []
    size = 0
    for query in queries:
        own = DOCUMENT_BYTES + query.words * WORD_BYTES
        if part and (len(part) == WHOLE_AT_ONCE or size + own > WHOLE_BYTES):
            yield part
            part, size = [], 0
        part.append(query)
        size += own
    if part:
        yield part


def _itself(queries: Sequence[BandQuery]) -> dict[str, Any]:
    return {"ids": {"values": [query.article_id for query in queries]}}


class Found(NamedTuple):
    """An article that may be akin to others: what is said of it, when it was first seen, and by which bands."""

    kin: Kin
    seen: datetime
    bands: Sequence[str]


def read_found(hit: Mapping[str, Any]) -> Found:
    """Return the article of a hit of `build_kin`."""
    fields = hit["fields"]
    kin = Kin(fields["article_id"][0], fields["version"][0], fields.get("story_id", [None])[0])
    return Found(kin, parse_date(fields["first_seen_at"][0]), fields.get("fingerprint_bands", ()))


def read_themselves(queries: Sequence[BandQuery], held: Mapping[str, Held]) -> list[Found]:
    """Return those of the queries' own articles that are there; their bands are known already."""
    bands = {query.article_id: query.bands for query in queries if query.article_id in held}
    found = []
    for article_id, own in bands.items():
        source = held[article_id].source
        kin = Kin(article_id, source["version"], source.get("story_id"))
        found.append(Found(kin, parse_date(source["first_seen_at"]), own))
    return found


def share_kin(queries: Sequence[BandQuery], found: Sequence[Found]) -> list[list[Kin]]:
    """Return what of these articles belongs to each query: those that share the most bands first, then itself.

    They are looked up by the bands that several have: a batch has thousands of bands, and nearly all are of one alone.
    """
    places = {each.kin.article_id: place for place, each in enumerate(found)}
    counted = Counter(chain.from_iterable(each.bands for each in found))
    shared_bands = {band for band, count in counted.items() if count > 1}
    for query in queries:
        if query.article_id not in places:
            shared_bands |= counted.keys() & query.bands
    by_band: defaultdict[str, list[int]] = defaultdict(list)
    for place, each in enumerate(found):
        for band in shared_bands.intersection(each.bands):
            by_band[band].append(place)
    shares = []
    for query in queries:
        itself = places.get(query.article_id)
        shared = Counter(chain.from_iterable(by_band[band] for band in shared_bands.intersection(query.bands)))
        ranked = [
            (-count, abs(found[place].seen - query.at), found[place].kin.article_id, place)
            for place, count in shared.items()
            if place != itself and found[place].seen > query.since
        ]
        nearest = [found[place].kin for *_, place in sorted(ranked)[:MAX_CANDIDATES]]
        shares.append(nearest if itself is None else [*nearest, found[itself].kin])
    return shares


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
        bands=tuple(fields.get("fingerprint_bands", ())),
    )


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
