"""What each publisher of the index is expected to bring, from the articles first seen in the last four weeks.

An index in, fields of `source` samples out: a few counts, whatever the size of the index. Only the group role asks,
since there is one of it.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from pipeline.index.base import ArticleIndex
from pipeline.monitoring.source_counts import WEEK_S, WEEKS, Fields, expected_per_second
from schemas.query import MAX_FACET_VALUES, Range, SearchQuery


def expect_sources(index: ArticleIndex, now: datetime, interval_s: float) -> list[Fields]:
    """Return for each of the most productive publishers what it is expected to bring in `interval_s`.

    Raises:
        Unavailable: the index does not answer.
    """
    index.refresh()
    weeks: defaultdict[str, list[int]] = defaultdict(lambda: [0] * WEEKS)
    for place in range(WEEKS):
        until = now - timedelta(seconds=WEEK_S * (WEEKS - 1 - place))
        for value, count in _count(index, now, until - timedelta(seconds=WEEK_S), until):
            weeks[value][place] = count
    return [
        {"source": {"domain": domain}, "expected_articles": round(expected_per_second(counts) * interval_s, 4)}
        for domain, counts in weeks.items()
    ]


def _count(index: ArticleIndex, now: datetime, since: datetime, until: datetime) -> Sequence[tuple[str, int]]:
    seen = Range("first_seen_at", since, until)
    page = index.search(
        SearchQuery(
            now, seen, limit=0, collapse=False, facets=("source.domain",), facet_size=MAX_FACET_VALUES, highlight=False
        )
    )
    return [(facet.value, facet.count) for facet in page.facets["source.domain"]]
