"""One search on Elasticsearch: the order of the page and all counts, then its documents.

In: a client, the alias, a `SearchQuery`. Out: a `SearchPage`. Requests are built and answers read in pure modules; here
is only what needs several of them: pages that begin after a cursor, each story once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import structlog
from elasticsearch import Elasticsearch

from pipeline.clock import Clock
from pipeline.index.elastic_client import complete, elastic_errors
from pipeline.index.elastic_faults import Verdict, judge, read_error
from pipeline.index.elastic_page import Counts, Ranked, read_counts, read_hits, read_ranked, read_story_counts
from pipeline.index.elastic_request import (
    MAX_RANKED,
    Window,
    build_documents,
    build_match,
    build_order,
    build_story_counts,
)
from pipeline.search.cursor import Place, decode_cursor, encode_cursor
from pipeline.search.ranking import effective_sort
from schemas.errors import Rejected
from schemas.query import Hit, Interval, SearchPage, SearchQuery, Sort

Json = Mapping[str, Any]
_log = structlog.get_logger(__name__)

GROWTH: Final = 3
"""How much more is asked for each time that stories of earlier pages left too little."""
MATCHED_AT_ONCE: Final = 100
"""Searches in one request; many more would only wait for each other in the server."""
_TOO_MANY_BUCKETS: Final = "too_many_buckets_exception"
_WIDER: Final = {Interval.HOUR: Interval.DAY, Interval.DAY: Interval.WEEK, Interval.WEEK: Interval.MONTH}


@dataclass(frozen=True, slots=True)
class _Order:
    """A page's articles, where the next page begins, and what was counted."""

    page: Sequence[Ranked]
    following: Place | None
    counts: Counts


class Search:
    """Answers searches over one alias."""

    def __init__(self, client: Elasticsearch, alias: str, clock: Clock) -> None:
        self._client = client
        self._alias = alias
        self._clock = clock

    def answer(self, query: SearchQuery) -> SearchPage:
        """Return the page.

        Raises:
            Rejected: `bad-input` when the cursor does not belong to the query.
            Unavailable: no answer, or not from every month.
            ConfigurationError: there is no index yet, or it may not be read.
        """
        started_s = self._clock.monotonic_s()
        place, sort = decode_cursor(query), effective_sort(query)
        if query.limit == 0:
            order = _Order((), None, self._first(query, sort, Window(0))[1])
        elif sort is Sort.RELEVANCE:
            order = self._by_relevance(query, place)
        else:
            order = self._by_time(query, sort, place)
        hits = self._hits(query, sort, order.page)
        return SearchPage(
            total=order.counts.total,
            took_ms=round((self._clock.monotonic_s() - started_s) * 1000, 3),
            hits=hits,
            facets=order.counts.facets,
            histogram=order.counts.histogram,
            histogram_interval=order.counts.interval,
            stories=order.counts.stories,
            cursor=None if order.following is None else encode_cursor(query, order.following),
        )

    def match(self, queries: Sequence[SearchQuery], article_ids: Sequence[str]) -> list[frozenset[str]]:
        """Return for each query which of these articles it finds. Errors as `answer`."""
        if not article_ids:
            return [frozenset()] * len(queries)
        found: list[frozenset[str]] = []
        for start in range(0, len(queries), MATCHED_AT_ONCE):
            bodies = [build_match(query, article_ids) for query in queries[start : start + MATCHED_AT_ONCE]]
            found += [_matched(answer) for answer in self._answers(bodies)]
        return found

    def _by_relevance(self, query: SearchQuery, place: Place | None) -> _Order:
        """Find the page behind the article that the page before ended with, near where it stood then."""
        offset = 0 if place is None else min(place.offset, MAX_RANKED)
        start = max(0, offset - query.limit)
        ahead = query.limit + 1 if place is None else 2 * query.limit + 1
        window = Window(min(offset - start + ahead, MAX_RANKED - start), start)
        answer, counts = self._first(query, Sort.RELEVANCE, window)
        ranked = read_ranked(answer, Sort.RELEVANCE)
        first = offset - start
        if place is not None:
            behind = (at + 1 for at, each in enumerate(ranked) if each.article_id == place.name)
            first = next(behind, first)
        page = ranked[first : first + query.limit]
        more = len(ranked) > first + query.limit
        following = Place(0, start + first + len(page), page[-1].article_id) if more else None
        return _Order(page, following, counts)

    def _by_time(self, query: SearchQuery, sort: Sort, place: Place | None) -> _Order:
        """Read on in the order of time until the page is full, without stories that earlier pages have shown."""
        window = Window(query.limit + 1, after=place)
        answer, counts = self._first(query, sort, window)
        seen: set[str] = set()
        kept: list[Ranked] = []
        while True:
            chunk = read_ranked(answer, sort)
            kept.extend(self._fresh(query, sort, place, chunk, seen))
            if len(kept) > query.limit or len(chunk) < window.size:
                break
            window = Window(min(window.size * GROWTH, MAX_RANKED), after=chunk[-1].place)
            answer = self._order(query, sort, window, counts=False)
        page = kept[: query.limit]
        return _Order(page, page[-1].place if len(kept) > query.limit else None, counts)

    def _fresh(
        self, query: SearchQuery, sort: Sort, place: Place | None, chunk: Sequence[Ranked], seen: set[str]
    ) -> list[Ranked]:
        """Return those whose story was not shown yet; adds to `seen`."""
        if not query.collapse or not chunk:
            return list(chunk)
        stories = {each.story for each in chunk} - seen
        if place is not None and stories:
            answer = self._searches([build_story_counts(query, stories, sort=sort, until=place)])[0]
            seen |= set(read_story_counts(answer))
        fresh = [each for each in chunk if each.story not in seen]
        seen |= stories
        return fresh

    def _first(self, query: SearchQuery, sort: Sort, window: Window) -> tuple[Json, Counts]:
        """Ask for a window and all counts; a histogram of too many buckets gets wider ones."""
        while True:
            try:
                answer = self._order(query, sort, window, counts=True)
            except Rejected as error:
                wider = None if query.histogram is None else _WIDER.get(query.histogram)
                if _TOO_MANY_BUCKETS not in error.detail or wider is None:
                    raise
                query = replace(query, histogram=wider)
            else:
                return answer, read_counts(answer, query)

    def _order(self, query: SearchQuery, sort: Sort, window: Window, *, counts: bool) -> Json:
        body = build_order(query, sort, window, counts=counts)
        search_type = "dfs_query_then_fetch" if sort is Sort.RELEVANCE else "query_then_fetch"
        with elastic_errors():
            answer = self._client.search(
                index=self._alias, body=body, search_type=search_type, allow_partial_search_results=False
            )
        return complete(answer.body)

    def _hits(self, query: SearchQuery, sort: Sort, page: Sequence[Ranked]) -> tuple[Hit, ...]:
        if not page:
            return ()
        article_ids = [ranked.article_id for ranked in page]
        searches = [build_documents(query, article_ids, {ranked.language for ranked in page})]
        if query.collapse:
            searches.append(build_story_counts(query, {ranked.story for ranked in page}, sort=sort))
        answers = self._searches(searches)
        return read_hits(answers[0], page, read_story_counts(answers[1]) if query.collapse else None)

    def _searches(self, bodies: Sequence[Json]) -> list[Json]:
        """Return the answers to several searches, made at once."""
        return [complete(each) for each in self._answers(bodies)]

    def _answers(self, bodies: Sequence[Json]) -> Sequence[Json]:
        header = {"index": self._alias, "allow_partial_search_results": False}
        with elastic_errors():
            answer = self._client.msearch(searches=[line for body in bodies for line in (header, body)])
        responses: Sequence[Json] = answer.body["responses"]
        return responses


def _matched(answer: Json) -> frozenset[str]:
    """Return the articles found; none by a query that the server refuses, which must not stop all the others."""
    if "error" in answer:
        kind, reason = read_error(answer)
        if judge(answer.get("status", 500), kind, reason) is Verdict.REFUSED:
            _log.warning("match-refused", why=reason)
            return frozenset()
    return frozenset(hit["_id"] for hit in complete(answer)["hits"]["hits"])
