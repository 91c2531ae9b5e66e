"""Facets and histogram of a search: what is counted, and the engine's buckets → ours."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from tantivy import Query, Searcher

from pipeline.index.tantivy_query import QueryCompiler
from pipeline.index.tantivy_schema import STORY_NUMBER, engine_name
from schemas.query import Facet, HistogramBucket, Interval, SearchQuery

FEW_ARTICLES: Final = 2000
SEGMENT_VALUES_OF_FEW: Final = 500
SEGMENT_VALUES_OF_MANY: Final = 100
"""Values that each segment reports of a field. What it leaves out makes a count too low: of many articles by less than
half a percent (581 for 583 at 20,000), while 500 values a segment would take three times as long."""
_FIXED: Final = {
    Interval.HOUR: "1h",
    Interval.DAY: "1d",
    Interval.WEEK: "7d",
    Interval.MONTH: "1d",
    Interval.YEAR: "1d",
}
"""The engine has no calendar: months and years are summed up from days."""
_WIDER: Final = {Interval.HOUR: Interval.DAY, Interval.DAY: Interval.WEEK}
_MONDAY_OFFSET: Final = "-3d"
"""1970 began on a Thursday."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What is shown beside the hits."""

    facets: dict[str, tuple[Facet, ...]]
    histogram: tuple[HistogramBucket, ...]
    interval: Interval | None


def count_facets(searcher: Searcher, compiler: QueryCompiler, query: SearchQuery, found: Query, total: int) -> Counts:
    """Return facets in the order they were asked for, and the histogram, of the `total` articles `found`.

    A facet with a selection is counted as if nothing were selected in it, so that other values can be added.
    """
    chosen = {each.field for each in query.filters}
    least = SEGMENT_VALUES_OF_FEW if total <= FEW_ARTICLES else SEGMENT_VALUES_OF_MANY
    wanted = {name: _terms(name, query.facet_size, least) for name in query.facets}
    shared = {name: request for name, request in wanted.items() if name not in chosen}
    answers: dict[str, Any] = searcher.aggregate(found, shared) if shared else {}
    for name in (name for name in wanted if name in chosen):
        answers |= searcher.aggregate(compiler.compile(query, leave_out=name), {name: wanted[name]})
    facets = {name: _facets(answers[name], query.facet_size) for name in query.facets}
    histogram, interval = count_by_time(searcher, found, query.histogram)
    return Counts(facets, histogram, interval)


def count_by_time(
    searcher: Searcher, found: Query, interval: Interval | None
) -> tuple[tuple[HistogramBucket, ...], Interval | None]:
    """Return the histogram and the interval that it has: the next wider one when the engine stops at 65,000 buckets."""
    while interval is not None:
        try:
            answer = searcher.aggregate(found, {"dates": _dates(interval)})["dates"]
        except ValueError as error:
            if "bucket limit" not in str(error) or interval not in _WIDER:
                raise
            interval = _WIDER[interval]
        else:
            return _buckets(answer, interval), interval
    return (), None


def _terms(name: str, size: int, least: int) -> dict[str, Any]:
    return {"terms": {"field": engine_name(name), "size": size + 1, "segment_size": max(least, size * 5)}}


def _dates(interval: Interval) -> dict[str, Any]:
    request = {"field": "published_at", "fixed_interval": _FIXED[interval], "min_doc_count": 1}
    return {"date_histogram": request | ({"offset": _MONDAY_OFFSET} if interval is Interval.WEEK else {})}


def _facets(answer: Mapping[str, Any], size: int) -> tuple[Facet, ...]:
    counted = (
        Facet(value=str(each.get("key_as_string", each["key"])), count=each["doc_count"]) for each in answer["buckets"]
    )
    return tuple(sorted(counted, key=lambda facet: (-facet.count, facet.value))[:size])


def _buckets(answer: Mapping[str, Any], interval: Interval) -> tuple[HistogramBucket, ...]:
    counts: dict[datetime, int] = {}
    for bucket in answer["buckets"]:
        if bucket["doc_count"]:
            start = _bucket_start(int(bucket["key"]), interval)
            counts[start] = counts.get(start, 0) + bucket["doc_count"]
    return tuple(HistogramBucket(start=start, count=count) for start, count in sorted(counts.items()))


# Years of days become months at every search; the days are the same ones each time.
@lru_cache(maxsize=65_536)
def _bucket_start(epoch_ms: int, interval: Interval) -> datetime:
    start = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=epoch_ms)
    if interval is Interval.MONTH:
        return start.replace(day=1)
    return start.replace(month=1, day=1) if interval is Interval.YEAR else start


def count_stories(searcher: Searcher, found: Query) -> int:
    """Return how many distinct stories are among the articles found, approximately."""
    return round(searcher.cardinality(found, STORY_NUMBER))
