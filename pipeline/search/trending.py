"""What is named more than before: people, organisations and places whose stories are significantly more frequent.

Index and time in, trends out, strongest first. Each story counts once, however many copies it has. Imports the index
protocol and `schemas`. Significance is Dunning's log-likelihood ratio (Computational Linguistics 19.1, 1993), which
holds for rare events where a chi-square does not.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pipeline.index.base import ArticleIndex
from schemas.base import Record, UtcDatetime
from schemas.query import Filter, HistogramBucket, Interval, SearchQuery, Sort

KINDS: Final = ("person", "org", "place")
WEEKS_BEFORE: Final = 4
"""How many windows before are compared with."""
LEAST_STORIES: Final = 2
SIGNIFICANT: Final = 3.84
"""The likelihood ratio above which the difference is chance in less than 5 of 100 cases (chi-square, 1 degree)."""
_CANDIDATES: Final = 200
"""Names that are looked at of each kind."""
_COUNTED: Final = 15
"""Of those, so many are counted by stories: each costs two searches."""


class Trend(Record):
    """A name, its stories in the window, how many a window of that length had before, and the likelihood ratio."""

    kind: str
    name: str
    stories: int
    before: float
    score: float
    histogram: tuple[HistogramBucket, ...] = ()


@dataclass(frozen=True, slots=True)
class Window:
    """The time looked at, and the time before that it is compared with; `length` is that of the former."""

    now: datetime
    length: timedelta

    @property
    def start(self) -> datetime:
        """Where the window begins."""
        return self.now - self.length

    @property
    def before(self) -> datetime:
        """Where the time before begins."""
        return self.start - WEEKS_BEFORE * self.length


class Trends(Record):
    """The trends, and how many stories they were found in; without stories before there is nothing to compare with.

    The window ends at `until`. When it is empty, `newest_at` is when the last article before it was published, if any.
    """

    until: UtcDatetime
    newest_at: UtcDatetime | None = None
    stories: int
    stories_before: int
    trends: tuple[Trend, ...]


def find_trends(index: ArticleIndex, window: Window, limit: int = 10) -> Trends:
    """Return up to `limit` trends of each kind, the most significant first.

    Raises:
        Unavailable: the index does not answer.
    """
    now_total = _count_stories(index, window.start, window.now)
    before_total = _count_stories(index, window.before, window.start)
    found: list[Trend] = []
    if before_total and now_total:
        for kind in KINDS:
            rising = sorted(_rising(index, kind, window, now_total, before_total), key=lambda each: -each.score)
            found.extend(_with_days(index, trend, window) for trend in rising[:limit])
    return Trends(
        until=window.now,
        newest_at=None if now_total else _find_newest(index, window),
        stories=now_total,
        stories_before=before_total,
        trends=tuple(sorted(found, key=lambda each: (-each.score, each.name))),
    )


def likelihood_ratio(now: int, now_total: int, before: int, before_total: int) -> float:
    """Return how unlikely it is that both rates are one (G²); 0 when the rate has not risen.

    >>> round(likelihood_ratio(10, 100, 10, 400), 1), likelihood_ratio(1, 100, 10, 400)
    (9.4, 0.0)
    """
    now, before = min(now, now_total), min(before, before_total)
    if not now_total or not before_total or now * before_total <= before * now_total:
        return 0.0
    rate = (now + before) / (now_total + before_total)
    pairs = (
        (now, now_total * rate),
        (now_total - now, now_total * (1 - rate)),
        (before, before_total * rate),
        (before_total - before, before_total * (1 - rate)),
    )
    return 2 * sum(seen * math.log(seen / expected) for seen, expected in pairs if seen and expected)


def _rising(index: ArticleIndex, kind: str, window: Window, now_total: int, before_total: int) -> Iterator[Trend]:
    """Yield the names whose stories have become significantly more frequent."""
    field = f"entities.{kind}"
    now_counts = _count_names(index, field, window.start, window.now)
    before_counts = _count_names(index, field, window.before, window.start)
    likely = sorted(
        (name for name, count in now_counts.items() if count >= LEAST_STORIES),
        key=lambda name: -likelihood_ratio(now_counts[name], now_total, before_counts.get(name, 0), before_total),
    )
    for name in likely[:_COUNTED]:
        now = _count_stories(index, window.start, window.now, Filter(field, (name,)))
        before = _count_stories(index, window.before, window.start, Filter(field, (name,)))
        score = likelihood_ratio(now, now_total, before, before_total)
        if now >= LEAST_STORIES and score >= SIGNIFICANT:
            yield Trend(kind=kind, name=name, stories=now, before=before / WEEKS_BEFORE, score=round(score, 2))


def _count_names(index: ArticleIndex, field: str, since: datetime, until: datetime) -> dict[str, int]:
    query = SearchQuery(
        now=until,
        since=since,
        until=until,
        limit=0,
        facets=(field,),
        facet_size=_CANDIDATES,
        collapse=False,
    )
    return {facet.value: facet.count for facet in index.search(query).facets[field]}


def _count_stories(index: ArticleIndex, since: datetime, until: datetime, *filters: Filter) -> int:
    query = SearchQuery(now=until, since=since, until=until, filters=filters, limit=0, collapse=True)
    page = index.search(query)
    return page.total if page.stories is None else page.stories


def _find_newest(index: ArticleIndex, window: Window) -> datetime | None:
    """Return when the last article before the window was published, None when there is none with a time."""
    query = SearchQuery(now=window.now, until=window.start, sort=Sort.NEWEST, limit=1, collapse=False, highlight=False)
    hits = index.search(query).hits
    return hits[0].published_at if hits else None


def _with_days(index: ArticleIndex, trend: Trend, window: Window) -> Trend:
    """Return the trend with its articles a day, over the window and the time before."""
    query = SearchQuery(
        now=window.now,
        since=window.before,
        until=window.now,
        filters=(Filter(f"entities.{trend.kind}", (trend.name,)),),
        limit=0,
        histogram=Interval.DAY,
        collapse=False,
    )
    return trend.model_copy(update={"histogram": index.search(query).histogram})
