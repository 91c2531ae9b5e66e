"""Facets, histogram and stories of a search: what is counted, and the engine's buckets → ours."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from tantivy import Query, Searcher

from pipeline.index.tantivy_names import Names, is_counted_by_number
from pipeline.index.tantivy_query import QueryCompiler
from pipeline.index.tantivy_schema import STORY_NUMBER, engine_name, number_name
from schemas.fields import BY_NAME
from schemas.query import Facet, HistogramBucket, Interval, SearchQuery

FEW_ARTICLES: Final = 2000
SEGMENT_VALUES_OF_FEW: Final = 500
SEGMENT_VALUES_OF_MANY: Final = 100
"""Values that each segment reports of a field. What it leaves out makes a count too low: of many articles by less than
half a percent (581 for 583 at 20,000), while 500 values a segment would take much longer."""
TIED: Final = 3
"""So many times the values wanted are looked at: of those that stand equally often, the first by name are shown."""
_DATES: Final = "dates"
_STORIES: Final = "stories"
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
    """What is shown beside the hits. `stories` are the distinct ones, approximately; None when not asked for."""

    facets: dict[str, tuple[Facet, ...]]
    histogram: tuple[HistogramBucket, ...]
    interval: Interval | None
    stories: int | None


class Counter:
    """Counts what one searcher finds, all of it in one pass where that is possible."""

    def __init__(self, searcher: Searcher, names: Names) -> None:
        self._searcher = searcher
        self._names = names

    def count(
        self, compiler: QueryCompiler, query: SearchQuery, found: Query, total: int, *, stories: bool = False
    ) -> Counts:
        """Return facets in the order they were asked for, the histogram and the stories of the `total` articles found.

        A facet with a selection is counted as if nothing were selected in it, so that other values can be added.
        """
        chosen = {each.field for each in query.filters}
        least = SEGMENT_VALUES_OF_FEW if total <= FEW_ARTICLES else SEGMENT_VALUES_OF_MANY
        wanted = {name: _terms(name, query.facet_size, least) for name in query.facets}
        shared = {name: request for name, request in wanted.items() if name not in chosen}
        if stories:
            shared[_STORIES] = {"cardinality": {"field": STORY_NUMBER}}
        answers, interval = aggregate(self._searcher, found, shared, query.histogram)
        for name in (name for name in wanted if name in chosen):
            answers |= self._searcher.aggregate(compiler.compile(query, leave_out=name), {name: wanted[name]})
        return Counts(
            facets={name: self._facets(name, answers[name]["buckets"], query.facet_size) for name in query.facets},
            histogram=read_dates(answers, interval),
            interval=interval,
            stories=round(answers[_STORIES]["value"]) if stories else None,
        )

    def _facets(self, name: str, buckets: Sequence[Mapping[str, Any]], size: int) -> tuple[Facet, ...]:
        # The engine orders by count alone, and only those that stand as often as the last one shown may be left out.
        least = buckets[size - 1]["doc_count"] if len(buckets) > size else 0
        value = self._namer(name)
        counted = [
            (-bucket["doc_count"], shown)
            for bucket in buckets
            if bucket["doc_count"] >= least and (shown := value(bucket)) is not None
        ]
        return tuple(Facet(value=shown, count=-negative) for negative, shown in sorted(counted)[:size])

    def _namer(self, name: str) -> Callable[[Mapping[str, Any]], str | None]:
        """Return what tells the value that a bucket of the field stands for, None for one that is gone."""
        if is_counted_by_number(BY_NAME[name]):
            field = engine_name(name)
            return lambda bucket: self._names.name(self._searcher, field, int(bucket["key"]))
        return lambda bucket: str(bucket.get("key_as_string", bucket["key"]))


def aggregate(
    searcher: Searcher, found: Query, wanted: dict[str, Any], interval: Interval | None
) -> tuple[dict[str, Any], Interval | None]:
    """Return the engine's answers with `dates` by this interval, and the interval that they have.

    It is the next wider one when the engine stops at 65,000 buckets.
    """
    while wanted or interval is not None:
        requests = wanted if interval is None else {**wanted, _DATES: _dates(interval)}
        try:
            return searcher.aggregate(found, requests), interval
        except ValueError as error:
            if "bucket limit" not in str(error) or interval not in _WIDER:
                raise
            interval = _WIDER[interval]
    return {}, None


def read_dates(answers: Mapping[str, Any], interval: Interval | None) -> tuple[HistogramBucket, ...]:
    """Return the histogram in the engine's answers, empty when none was asked for."""
    return () if interval is None else _buckets(answers[_DATES], interval)


def _terms(name: str, size: int, least: int) -> dict[str, Any]:
    field = number_name(name) if is_counted_by_number(BY_NAME[name]) else engine_name(name)
    return {"terms": {"field": field, "size": size * TIED, "segment_size": max(least, size * 5)}}


def _dates(interval: Interval) -> dict[str, Any]:
    request = {"field": "published_at", "fixed_interval": _FIXED[interval], "min_doc_count": 1}
    return {"date_histogram": request | ({"offset": _MONDAY_OFFSET} if interval is Interval.WEEK else {})}


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
