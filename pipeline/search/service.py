"""A search as people ask it: text and options in, a page with hints out. The same for the command, the API and alerts.

Imports the query language and the index protocol; never an engine.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pipeline.index.base import ArticleIndex
from pipeline.search.aliases import FindOutlet, expand_aliases
from pipeline.search.cursor import origin_of
from pipeline.search.field_values import Locate, build_field_expression
from pipeline.search.moments import EXAMPLES, parse_moment
from pipeline.search.parse import Hint, Parsed, parse
from schemas.errors import BAD_INPUT, Rejected
from schemas.query import And, Expression, Filter, Interval, Or, SearchPage, SearchQuery, Sort


@dataclass(frozen=True, slots=True)
class Answer:
    """A page of hits, how the query was read, and what was unclear in it."""

    page: SearchPage
    reading: str
    hints: tuple[Hint, ...]
    query: SearchQuery
    """What the index was asked."""


def find(
    index: ArticleIndex,
    text: str,
    *,
    now: datetime,
    sources: tuple[str, ...] = (),
    filters: tuple[Filter, ...] = (),
    since: str | None = None,
    until: str | None = None,
    sort: Sort = Sort.RELEVANCE,
    limit: int = 20,
    cursor: str | None = None,
    collapse: bool = True,
    facets: tuple[str, ...] = (),
    facet_size: int = 10,
    histogram: Interval | None = None,
    highlight: bool = True,
    find_outlet: FindOutlet | None = None,
    locate: Locate | None = None,
) -> Answer:
    """Search `index` for `text`, without withdrawn articles.

    `sources` are ids, names or domains of publishers, any of which will do; `filters` are selections of facets.
    `find_outlet` knows other names of outlets, `locate` where places are.

    Raises:
        Rejected: `bad-input` when `since` or `until` is no time, or the cursor belongs to another query.
        Unavailable: the index does not answer.
    """
    if cursor is not None:
        # The next page of the same search: relative dates and recency are those of its first page.
        now = origin_of(cursor)
    query, parsed = read_query(
        text,
        now=now,
        sources=sources,
        filters=filters,
        since=since,
        until=until,
        find_outlet=find_outlet,
        locate=locate,
        sort=sort,
        limit=limit,
        cursor=cursor,
        collapse=collapse,
        facets=facets,
        facet_size=facet_size,
        histogram=histogram,
        highlight=highlight,
    )
    return Answer(index.search(query), parsed.reading, parsed.hints, query)


def read_query(
    text: str,
    *,
    now: datetime,
    sources: tuple[str, ...] = (),
    since: str | None = None,
    until: str | None = None,
    find_outlet: FindOutlet | None = None,
    locate: Locate | None = None,
    **options: Any,  # noqa: ANN401 - fields of the query, which checks them
) -> tuple[SearchQuery, Parsed]:
    """Return what the index is asked for `text`, and how the text was read.

    `options` are the other fields of `SearchQuery`.

    Raises:
        Rejected: `bad-input` when `since` or `until` is no time.
    """
    parsed = parse(text, now, locate=locate)
    expression = _narrow(parsed.expression, sources, now)
    if find_outlet is not None:
        expression = expand_aliases(expression, find_outlet)
    query = SearchQuery(
        now=now,
        expression=expression,
        since=_moment("since", since, now),
        until=_moment("until", until, now),
        **options,
    )
    return query, parsed


def _narrow(expression: Expression, sources: tuple[str, ...], now: datetime) -> Expression:
    wanted = []
    for source in sources:
        term = build_field_expression("source", source, quoted=True, now=now, locate=None)
        if isinstance(term, str):
            raise Rejected(BAD_INPUT, f"source {source!r}: {term}")
        wanted.append(term)
    return And((expression, Or(tuple(wanted)))) if wanted else expression


def _moment(name: str, text: str | None, now: datetime) -> datetime | None:
    if text is None:
        return None
    span = parse_moment(text, now)
    if span is None:
        raise Rejected(BAD_INPUT, f"{name} {text!r} is no time; write {EXAMPLES}")
    return span.start
