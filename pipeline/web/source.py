"""A source's page: what the registry says, how much it publishes, how fast it is seen, from whom it reprints."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Final

from pipeline.web.errors import NotFound
from pipeline.web.histogram import fit_buckets
from pipeline.web.site import Site
from schemas.base import Record, UtcDatetime
from schemas.query import Facet, Filter, HistogramBucket, Hit, Interval, SearchPage, SearchQuery, Sort
from schemas.source import Source

_LAG_SAMPLE: Final = 200
_NEWEST: Final = 10
_WEEK: Final = timedelta(days=7)
_WEEKS_BEFORE: Final = 4
_EXACT: Final = frozenset({"second", "minute"})
_FACETS: Final = ("origin.name", "published_signal", "enrichment.problems", "entities.all", "is_copy")


class SourceHealth(Record):
    """How the source does. `week_expected` is the mean of the four weeks before this one.

    `lag_median_s` goes from publication to first sight, over the newest articles whose time is exact. Problems and
    signals count articles.
    """

    last_published_at: UtcDatetime | None
    last_seen_at: UtcDatetime | None
    week: int
    week_expected: float
    lag_median_s: int | None
    undated: int
    problems: tuple[Facet, ...]
    signals: tuple[Facet, ...]


class SourceAnswer(Record):
    """A source. `registry` is None when the registry does not know it; `reprints` counts articles by who wrote them."""

    id: str
    name: str
    registry: Source | None
    articles: int
    copies: int
    written_for_others: int
    reprints: tuple[Facet, ...]
    names: tuple[Facet, ...]
    histogram: tuple[HistogramBucket, ...]
    histogram_interval: Interval | None
    health: SourceHealth
    newest: tuple[Hit, ...]


class SourceSummary(Record):
    """A source in the list, with its articles in the index."""

    id: str
    name: str
    kind: str | None
    country: str | None
    language: str | None
    articles: int


class SourcesAnswer(Record):
    """All sources that have articles, the most productive first, and how many the registry knows."""

    known: int
    sources: tuple[SourceSummary, ...]


def load_sources(site: Site, limit: int = 500) -> SourcesAnswer:
    """Return the sources of the index.

    Raises:
        Unavailable: the index does not answer.
    """
    query = SearchQuery(now=site.now(), limit=0, facets=("source.name",), facet_size=limit, collapse=False)
    found = []
    for facet in site.index.search(query).facets["source.name"]:
        known = site.registry.find_any(facet.value)
        found.append(
            SourceSummary(
                id=known.id if known and not known.provisional else facet.value,
                name=facet.value,
                kind=known and known.kind,
                country=known and known.country,
                language=known and known.language,
                articles=facet.count,
            )
        )
    return SourcesAnswer(known=len(site.registry.sources), sources=tuple(found))


def load_source(site: Site, wanted: str) -> SourceAnswer:
    """Return the source with this id, or of this domain or name when the registry does not know it.

    Raises:
        NotFound: neither registry nor index know it.
        Unavailable: the index does not answer.
    """
    known = site.registry.get(wanted)
    chosen = next((each for each in _filters(known, wanted) if _search(site, each, limit=0).total), None)
    if chosen is None:
        if known is None:
            msg = "neither the registry nor the index know such a source"
            raise NotFound(msg)
        chosen = Filter("source.id", (known.id,))
    page = _search(site, chosen, limit=_LAG_SAMPLE, counts=True)
    buckets, interval = fit_buckets(page.histogram, page.histogram_interval or Interval.DAY)
    name = known.name if known else next((hit.source for hit in page.hits if hit.source), wanted)
    copies = {facet.value: facet.count for facet in page.facets["is_copy"]}.get("true", 0)
    made = _search(site, Filter("origin.id", (known.id,)), limit=0).total if known else 0
    return SourceAnswer(
        id=wanted,
        name=name,
        registry=known,
        articles=page.total,
        copies=copies,
        written_for_others=made,
        reprints=tuple(facet for facet in page.facets["origin.name"] if facet.value != name),
        names=page.facets["entities.all"],
        histogram=buckets,
        histogram_interval=interval if buckets else None,
        health=_health(page, site.now()),
        newest=page.hits[:_NEWEST],
    )


def _filters(known: Source | None, wanted: str) -> Sequence[Filter]:
    if known is not None:
        return [Filter("source.id", (known.id,))]
    return [Filter("source.domain", (wanted,)), Filter("source.name", (wanted,))]


def _search(site: Site, chosen: Filter, *, limit: int, counts: bool = False) -> SearchPage:
    return site.index.search(
        SearchQuery(
            now=site.now(),
            filters=(chosen,),
            sort=Sort.NEWEST,
            limit=limit,
            facets=_FACETS if counts else (),
            histogram=Interval.DAY if counts else None,
            collapse=False,
            highlight=False,
        )
    )


def _health(page: SearchPage, now: datetime) -> SourceHealth:
    lags = [
        (hit.first_seen_at - hit.published_at).total_seconds()
        for hit in page.hits
        if hit.published_at and hit.first_seen_at and hit.published_precision in _EXACT
    ]
    seen = [hit.first_seen_at for hit in page.hits if hit.first_seen_at]
    dated = [hit.published_at for hit in page.hits if hit.published_at]
    week_start = now - _WEEK
    before = _between(page.histogram, week_start - _WEEKS_BEFORE * _WEEK, week_start)
    return SourceHealth(
        last_published_at=max(dated, default=None),
        last_seen_at=max(seen, default=None),
        week=_between(page.histogram, week_start, now + _WEEK),
        week_expected=round(before / _WEEKS_BEFORE, 1),
        lag_median_s=round(median(lags)) if (lags := [lag for lag in lags if lag >= 0]) else None,
        undated=page.total - sum(bucket.count for bucket in page.histogram),
        problems=page.facets["enrichment.problems"],
        signals=page.facets["published_signal"],
    )


def _between(buckets: Sequence[HistogramBucket], start: datetime, end: datetime) -> int:
    return sum(bucket.count for bucket in buckets if start <= bucket.start < end)
