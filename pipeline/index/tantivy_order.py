"""Which articles a page shows, in which order, each story once when collapsed, and where the next page begins.

The engine orders by one key and has no cursor. By time, the key is a unique integer and the next page is a range on it:
nothing is lost or doubled while others commit. By relevance, the best text matches are ranked again by recency, and the
next page begins after the last article shown.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray
from tantivy import DocAddress, FieldType, Occur, Order, Query, Schema, Searcher

from pipeline.index.tantivy_fields import unscored
from pipeline.index.tantivy_schema import NEWEST_KEY, OLDEST_KEY, STORY_NUMBER, published_seconds, row_of
from pipeline.search.cursor import Place
from pipeline.search.ranking import RECENCY_HALF_LIFE, RECENCY_WEIGHT, RECENCY_WINDOW
from schemas.query import Sort

MAX_RANKED: Final = 10_000
"""Relevance is followed so far; order by time to read on."""
COLLAPSE_FACTOR: Final = 3
"""Articles fetched for each story wanted; more when that was not enough."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """An article on the page. `story` is the number of its story; `score` None when ordered by time."""

    row: int
    story: int
    score: float | None


@dataclass(frozen=True, slots=True)
class Ranking:
    """A page's articles, all articles found, and where the next page begins, if there is one.

    `sizes` counts the articles found by story; None when not all of them had to be looked at.
    """

    page: tuple[Ranked, ...]
    total: int
    following: Place | None
    sizes: Mapping[int, int] | None = None


@dataclass(frozen=True, slots=True)
class PageRequest:
    """What `rank_page` needs of a query. `limit` 1 or more."""

    sort: Sort
    limit: int
    collapse: bool
    now: datetime
    place: Place | None


def rank_page(searcher: Searcher, schema: Schema, found: Query, request: PageRequest) -> Ranking:
    """Return the page of the articles `found`."""
    if request.sort is Sort.RELEVANCE:
        return _by_relevance(searcher, found, request)
    total = count_articles(searcher, found)
    if total == 0:
        return Ranking((), 0, None)
    page, following = _ByTime(searcher, schema, found, request).page()
    return Ranking(tuple(page), total, following)


def count_articles(searcher: Searcher, found: Query) -> int:
    """Return the exact number of articles found."""
    answer = searcher.search(found, limit=1, count=True)  # the engine aborts on a limit of 0
    return int(answer.count or 0)  # type: ignore[attr-defined] # the stubs of 0.27 forget it


def _by_relevance(searcher: Searcher, found: Query, request: PageRequest) -> Ranking:
    window = RECENCY_WINDOW
    while True:
        best, total = _find_best(searcher, found, window, request.now)
        deepest = min(total, MAX_RANKED)
        sizes = Counter(best.stories.tolist()) if len(best.rows) == total else None
        if request.collapse:
            best = best.first_of_each_story()
        start = _start(best.rows, request.place)
        if len(best.rows) > start + request.limit or window >= deepest:
            break
        window = min(window * COLLAPSE_FACTOR, deepest)
    page = best.between(start, start + request.limit)
    more = len(best.rows) > start + request.limit
    return Ranking(page, total, Place(page[-1].row, start + len(page)) if more else None, sizes)


@dataclass(frozen=True, slots=True)
class _Best:
    """Articles in their order, as columns: hundreds are ranked for the few that a page shows."""

    rows: NDArray[np.int64]
    stories: NDArray[np.int64]
    scores: NDArray[np.float64]

    def first_of_each_story(self) -> "_Best":
        _, places = np.unique(self.stories, return_index=True)
        places.sort()
        return _Best(self.rows[places], self.stories[places], self.scores[places])

    def between(self, start: int, end: int) -> tuple[Ranked, ...]:
        columns = (column[start:end].tolist() for column in (self.rows, self.stories, self.scores))
        return tuple(map(Ranked, *columns))


def _find_best(searcher: Searcher, found: Query, window: int, now: datetime) -> tuple[_Best, int]:
    """Return the best `window` articles by text, the first of them by text and recency; and how many there are."""
    answer = searcher.search(found, limit=window, count=True)
    hits = answer.hits
    addresses = [address for _, address in hits]
    keys = _integers(searcher, NEWEST_KEY, addresses)
    stories = _integers(searcher, STORY_NUMBER, addresses)
    scores = np.array([score for score, _ in hits], dtype=np.float64)
    fresh = slice(0, RECENCY_WINDOW)
    scores[fresh] *= _recency(keys[fresh], now)
    order = np.arange(len(hits))
    order[fresh] = np.lexsort((-keys[fresh], -scores[fresh]))
    total = int(answer.count or 0)  # type: ignore[attr-defined] # the stubs of 0.27 forget it
    return _Best(row_of(keys)[order], stories[order], scores[order]), total


def _recency(keys: NDArray[np.int64], now: datetime) -> NDArray[np.float64]:
    """Return `recency_factor` for each of the newest-first keys."""
    published_s, dated = published_seconds(keys)
    half_lives = np.abs(now.astimezone(UTC).timestamp() - published_s) / RECENCY_HALF_LIFE.total_seconds()
    factors: NDArray[np.float64] = np.where(dated, 1.0 + RECENCY_WEIGHT * np.exp2(-half_lives), 1.0)
    return factors


def _integers(searcher: Searcher, field: str, addresses: list[DocAddress]) -> NDArray[np.int64]:
    """Return the values of a field that every document has."""
    return np.array(searcher.fast_field_values(field, addresses), dtype=np.int64)


def _distinct(ranked: Sequence[Ranked], seen: set[int]) -> list[Ranked]:
    """Return the first of each story, without the stories that were `seen`; adds to `seen`."""
    kept = []
    for each in ranked:
        if each.story not in seen:
            seen.add(each.story)
            kept.append(each)
    return kept


def _start(rows: NDArray[np.int64], place: Place | None) -> int:
    if place is None:
        return 0
    at = np.flatnonzero(rows == place.key)
    return int(at[0]) + 1 if at.size else min(place.offset, len(rows))


class _ByTime:
    """Reads on in the order of time until the page is full."""

    def __init__(self, searcher: Searcher, schema: Schema, found: Query, request: PageRequest) -> None:
        self._searcher = searcher
        self._schema = schema
        self._found = found
        self._request = request
        newest = request.sort is Sort.NEWEST
        self._key = NEWEST_KEY if newest else OLDEST_KEY
        self._order = Order.Desc if newest else Order.Asc
        self._seen: set[int] = set()

    def page(self) -> tuple[list[Ranked], Place | None]:
        limit, place = self._request.limit, self._request.place
        boundary = None if place is None else place.key
        kept: list[tuple[int, Ranked]] = []
        size = (limit + 1) * (COLLAPSE_FACTOR if self._request.collapse else 1)
        while len(kept) <= limit:
            chunk = self._chunk(boundary, size)
            kept.extend(self._fresh(chunk))
            if len(chunk) < size:
                break
            boundary, size = chunk[-1][0], size * COLLAPSE_FACTOR
        page = kept[:limit]
        return [ranked for _, ranked in page], Place(page[-1][0], 0) if len(kept) > limit else None

    def _chunk(self, boundary: int | None, size: int) -> list[tuple[int, Ranked]]:
        """Return the next articles after `boundary` with their keys."""
        query = self._found if boundary is None else self._beyond(boundary, after=True)
        # the engine reserves memory for the whole limit, so it may not exceed the documents there are
        limit = max(1, min(size, self._searcher.num_docs))
        hits = self._searcher.search(query, limit=limit, count=False, order_by_field=self._key, order=self._order).hits
        stories = _integers(self._searcher, STORY_NUMBER, [address for _, address in hits]).tolist()
        keys = [int(key) for key, _ in hits]
        rows = row_of(np.array(keys, dtype=np.int64)).tolist()
        return [(key, Ranked(row, story, None)) for key, row, story in zip(keys, rows, stories, strict=True)]

    def _beyond(self, boundary: int, *, after: bool) -> Query:
        lower, upper = (None, boundary) if (self._order is Order.Desc) is after else (boundary, None)
        lowest = -(2**62) if lower is None else lower
        highest = 2**63 - 1 if upper is None else upper
        span = Query.range_query(
            self._schema,
            self._key,
            FieldType.Integer,
            lowest,
            highest,
            include_lower=not after or lower is None,
            include_upper=not after or upper is None,
        )
        return Query.boolean_query([(Occur.Must, self._found), (Occur.Must, unscored(span))])

    def _fresh(self, chunk: Sequence[tuple[int, Ranked]]) -> list[tuple[int, Ranked]]:
        if not self._request.collapse or not chunk:
            return list(chunk)
        if self._request.place is not None:
            self._seen |= self._shown_before(self._request.place.key, {ranked.story for _, ranked in chunk})
        fresh = {id(ranked) for ranked in _distinct([ranked for _, ranked in chunk], self._seen)}
        return [(key, ranked) for key, ranked in chunk if id(ranked) in fresh]

    def _shown_before(self, boundary: int, stories: set[int]) -> set[int]:
        """Return those of the stories that stood on an earlier page."""
        earlier = self._beyond(boundary, after=False)
        return set(count_per_story(self._searcher, earlier, self._schema, stories - self._seen))


def count_per_story(searcher: Searcher, found: Query, schema: Schema, stories: set[int]) -> dict[int, int]:
    """Return how many of the articles found belong to each of the stories; stories without any are left out."""
    if not stories:
        return {}
    # As a set, the engine would look for the terms in its whole dictionary, which takes ten times as long.
    members = (Query.term_query(schema, STORY_NUMBER, number) for number in stories)
    either = unscored(Query.boolean_query([(Occur.Should, query) for query in members]))
    terms = {"field": STORY_NUMBER, "size": len(stories), "segment_size": len(stories)}
    answer = searcher.aggregate(
        Query.boolean_query([(Occur.Must, found), (Occur.Must, either)]), {"stories": {"terms": terms}}
    )
    return {int(bucket["key"]): bucket["doc_count"] for bucket in answer["stories"]["buckets"]}


def size_stories(searcher: Searcher, found: Query, schema: Schema, shown: set[int]) -> dict[int, int]:
    """Return how many of the articles found belong to each of the stories, of each of which one was found."""
    larger = {story for story in shown if searcher.doc_freq(STORY_NUMBER, story) > 1}
    return dict.fromkeys(shown - larger, 1) | count_per_story(searcher, found, schema, larger)
