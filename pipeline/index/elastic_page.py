"""What Elasticsearch answers to a search → our page. Pure; the requests are built in `elastic_request`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pipeline.index.elastic_document import STORY_KEY, read_fields
from pipeline.index.elastic_request import (
    FOUND,
    HISTOGRAM,
    MARK_END,
    MARK_START,
    STORIES,
    UNDATED,
    VALUES,
    facet_key,
)
from pipeline.index.hits import build_hit
from pipeline.search.cursor import Place
from pipeline.search.highlight import MAX_SPANS, mark_fragments, mark_whole
from schemas.query import Facet, HistogramBucket, Hit, Interval, SearchQuery, Sort

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ranked:
    """An article in the order of the hits. `score` None when ordered by time; `place` is where it stands in time."""

    article_id: str
    story: str
    language: str | None
    score: float | None
    place: Place


@dataclass(frozen=True, slots=True)
class Counts:
    """What was counted over all articles found; `interval` is the width of the histogram's buckets."""

    total: int
    stories: int | None
    facets: dict[str, tuple[Facet, ...]]
    histogram: tuple[HistogramBucket, ...]
    interval: Interval | None


def read_ranked(answer: Json, sort: Sort) -> list[Ranked]:
    """Return the articles of a window, in order."""
    return [_ranked(hit, sort) for hit in answer["hits"]["hits"]]


def _ranked(hit: Json, sort: Sort) -> Ranked:
    article_id, values = hit["_id"], hit.get("fields", {})
    by_score = sort is Sort.RELEVANCE
    published_ms = int(hit["sort"][1 if by_score else 0])
    place = Place(UNDATED if abs(published_ms) >= 2**62 else published_ms, 0, article_id)
    language = (values.get("language") or [None])[0]
    return Ranked(article_id, values[STORY_KEY][0], language, hit["sort"][0] if by_score else None, place)


def read_counts(answer: Json, query: SearchQuery) -> Counts:
    """Return total, stories, facets in the order they were asked for, and histogram."""
    counted = answer["aggregations"]
    found = counted[FOUND]
    return Counts(
        total=found["doc_count"],
        stories=found[STORIES]["value"] if query.collapse else None,
        facets={name: _facets(counted[facet_key(number)][VALUES]) for number, name in enumerate(query.facets)},
        histogram=tuple(_bucket(each) for each in found[HISTOGRAM]["buckets"]) if query.histogram else (),
        interval=query.histogram,
    )


def _facets(answer: Json) -> tuple[Facet, ...]:
    counted = (
        Facet(value=str(each.get("key_as_string", each["key"])), count=each["doc_count"]) for each in answer["buckets"]
    )
    return tuple(sorted(counted, key=lambda facet: (-facet.count, facet.value)))


def _bucket(each: Json) -> HistogramBucket:
    return HistogramBucket(start=_EPOCH + timedelta(milliseconds=each["key"]), count=each["doc_count"])


def read_story_counts(answer: Json) -> dict[str, int]:
    """Return the number of articles by story; stories without any are left out."""
    return {each["key"]: each["doc_count"] for each in answer["aggregations"][STORIES]["buckets"]}


def read_hits(answer: Json, page: Sequence[Ranked], sizes: Mapping[str, int] | None) -> tuple[Hit, ...]:
    """Return the hits of a page; an article that was removed in between is left out.

    Args:
        answer: the page's documents.
        page: their order.
        sizes: articles by story when the page is collapsed.
    """
    documents = {hit["_id"]: hit for hit in answer["hits"]["hits"]}
    return tuple(
        build_hit(
            read_fields(document["_source"]),
            score=ranked.score,
            story_size=None if sizes is None else sizes.get(ranked.story, 1),
            highlights=read_highlights(document.get("highlight", {})),
        )
        for ranked in page
        if (document := documents.get(ranked.article_id)) is not None
    )


def read_highlights(answer: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Return escaped fragments with `<mark>` by text field. Elasticsearch sends whole texts with our marks in them."""
    marked = {}
    for name in ("title", "summary", "body"):
        for whole in answer.get(name, ())[:1]:
            text, spans = split_marks(whole)
            if spans:
                marked[name] = (mark_whole(text, spans),) if name == "title" else mark_fragments(text, spans)
    return marked


def split_marks(marked: str) -> tuple[str, list[tuple[int, int]]]:
    r"""Return the text without marks, and the spans that were marked; at most `MAX_SPANS`.

    Marks that are not in pairs, which only a text that holds such characters itself can have, are dropped.

    >>> split_marks("a \ue000b\ue001 c")
    ('a b c', [(2, 3)])
    """
    pieces: list[str] = []
    spans: list[tuple[int, int]] = []
    length = 0
    for number, part in enumerate(marked.split(MARK_START)):
        inside, end, outside = part.partition(MARK_END)
        if end and number and inside:
            spans.append((length, length + len(inside)))
        plain = inside + outside.replace(MARK_END, "")
        pieces.append(plain)
        length += len(plain)
    return "".join(pieces), spans[:MAX_SPANS]
