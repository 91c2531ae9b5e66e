"""One search for the site: parameters → the answer that page, JSON twin and exports share.

Imports the search service and the index protocol.
"""

from datetime import datetime
from typing import Final

from pydantic import Field

from pipeline.metrics import SEARCHES
from pipeline.search.locate import locate_in
from pipeline.search.moments import parse_moment
from pipeline.search.service import Answer, find
from pipeline.search.suggest import FEW_ARTICLES, suggest_query
from pipeline.web.histogram import choose_interval, fit_buckets
from pipeline.web.params import BY_NAME, FACETS, SearchParams
from pipeline.web.site import Site
from schemas.base import Record, UtcDatetime
from schemas.query import Facet, SearchPage, SearchQuery, Sort, Word

FACET_SIZE: Final = 8


class HintShown(Record):
    """What was unclear at a character of the query."""

    position: int
    message: str


class SearchAnswer(SearchPage):
    """A page of a search, how it was read, and what else to try. `facets` are by the parameters' names."""

    query: str
    """The reading: the same search, fully spelled out."""
    hints: tuple[HintShown, ...] = ()
    did_you_mean: str | None = None
    at: UtcDatetime = Field(description="As of when relative dates and recency are measured; repeat it for a permalink")


def run_search(site: Site, params: SearchParams, *, counts: bool = True) -> SearchAnswer:
    """Answer a search. Without `counts`, no facets and histogram: that is cheaper.

    Raises:
        Rejected: `bad-input` when a time or the cursor cannot be read.
        Unavailable: the index does not answer.
    """
    answer = ask(site, params, counts=counts)
    page = answer.page
    site.counts.count(SEARCHES, result="found" if page.total else "nothing")
    buckets, interval = page.histogram, page.histogram_interval
    if interval is not None:
        buckets, interval = fit_buckets(buckets, interval)
    content = page.model_dump(exclude={"facets", "histogram", "histogram_interval", "hits"})
    return SearchAnswer(
        **content,
        hits=page.hits,
        facets={facet.name: _with_selected(page, params, facet.name) for facet in FACETS} if counts else {},
        histogram=buckets,
        histogram_interval=interval,
        query=answer.reading,
        hints=tuple(HintShown(position=hint.position, message=hint.message) for hint in answer.hints),
        did_you_mean=find_suggestion(site, params, page.total),
        at=answer.query.now,
    )


def ask(site: Site, params: SearchParams, *, counts: bool = False, highlight: bool = True) -> Answer:
    """Ask the index for what the parameters say; the query language and outlets' other names are read here."""
    now = params.at or site.now()
    span = _span(params, now)
    return find(
        site.index,
        params.q,
        now=now,
        filters=params.filters,
        since=params.since,
        until=params.until,
        sort=Sort(params.sort),
        limit=params.limit,
        cursor=params.cursor,
        collapse=not params.copies,
        facets=tuple(facet.field for facet in FACETS) if counts else (),
        facet_size=FACET_SIZE,
        histogram=choose_interval(*span, now) if counts else None,
        highlight=highlight,
        find_outlet=site.find_outlet,
        locate=locate_in(site.index, now),
    )


def _span(params: SearchParams, now: datetime) -> tuple[datetime | None, datetime | None]:
    since, until = (None if text is None else parse_moment(text, now) for text in (params.since, params.until))
    return since and since.start, until and until.start


def _with_selected(page: SearchPage, params: SearchParams, name: str) -> tuple[Facet, ...]:
    """Return a facet's values; those selected are among them even when nothing is left of them."""
    counted = page.facets.get(BY_NAME[name].field, ())
    seen = {facet.value for facet in counted}
    missing = [value for value in getattr(params, name) if value not in seen]
    return (*counted, *(Facet(value=value, count=0) for value in missing))


def find_suggestion(site: Site, params: SearchParams, total: int) -> str | None:
    """Return a query that differs by words that were meant, when few articles were found and it finds more."""
    if total > FEW_ARTICLES or not params.q.strip() or params.cursor:
        return None

    def count_articles(word: str) -> int:
        return site.index.search(
            SearchQuery(now=params.at or site.now(), expression=Word(word), limit=0, collapse=False)
        ).total

    better = suggest_query(params.q, count_articles, site.index.similar_words)
    if better is None:
        return None
    found = ask(site, params.model_copy(update={"q": better, "limit": 0}), highlight=False).page.total
    return better if found > total else None
