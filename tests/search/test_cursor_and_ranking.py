"""Cursors belong to one query; ranking rules are the same for every index."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.search.cursor import Place, decode_cursor, encode_cursor, origin_of
from pipeline.search.ranking import effective_sort, recency_factor
from schemas.errors import Rejected
from schemas.query import And, Everything, Filter, Interval, Not, Or, Phrase, SearchQuery, Sort, Word

NOW = datetime(2024, 5, 20, 12, 30, 0, 5, tzinfo=UTC)
QUERY = SearchQuery(now=NOW, expression=Word("flood"), filters=(Filter("language", ("en",)),))


@given(st.integers(-(2**62), 2**62), st.integers(0, 10**6))
def test_cursors_come_back(key: int, offset: int) -> None:
    """A cursor holds its place and the origin time of its query."""
    cursor = encode_cursor(QUERY, Place(key, offset))
    assert decode_cursor(replace(QUERY, cursor=cursor)) == Place(key, offset)
    assert origin_of(cursor) == NOW


def test_page_size_and_facets_may_change() -> None:
    """What does not change the order of hits may differ on the next page."""
    cursor = encode_cursor(QUERY, Place(1))
    other = replace(QUERY, cursor=cursor, limit=3, facets=("language",), histogram=Interval.DAY, highlight=False)
    assert decode_cursor(other) == Place(1)


@pytest.mark.parametrize(
    "changes",
    [
        {"expression": Word("fire")},
        {"filters": ()},
        {"since": NOW},
        {"until": NOW},
        {"sort": Sort.OLDEST},
        {"collapse": False},
        {"now": NOW + timedelta(seconds=1)},
    ],
    ids=str,
)
def test_other_queries_are_refused(changes: dict[str, object]) -> None:
    """A cursor does not fit a query with other hits or another order."""
    cursor = encode_cursor(QUERY, Place(1))
    with pytest.raises(Rejected, match="another search"):
        decode_cursor(replace(QUERY, cursor=cursor, **changes))  # type: ignore[arg-type] # fields of the query


@given(st.text())
def test_any_text_is_no_cursor(text: str) -> None:
    """Text that was not made here is bad input, never another error."""
    with pytest.raises(Rejected, match="cursor"):
        decode_cursor(replace(QUERY, cursor=text))


@pytest.mark.parametrize(
    ("published", "factor"),
    [(NOW, 1.5), (NOW - timedelta(days=7), 1.25), (NOW + timedelta(days=7), 1.25), (NOW - timedelta(days=9000), 1.0)],
)
def test_recency(published: datetime, factor: float) -> None:
    """A fresh article counts half as much again, halved every week, never less than its text."""
    assert recency_factor(published, NOW) == pytest.approx(factor)
    assert recency_factor(None, NOW) == 1.0


def test_sort_in_effect() -> None:
    """Relevance needs a wanted word; without one the newest come first; other orders stay."""
    ranked = Or((Everything(), And((Not(Word("a")), Phrase("b c")))))
    assert effective_sort(SearchQuery(now=NOW, expression=ranked)) is Sort.RELEVANCE
    assert effective_sort(SearchQuery(now=NOW, expression=Not(Word("a")))) is Sort.NEWEST
    assert effective_sort(SearchQuery(now=NOW, expression=ranked, sort=Sort.OLDEST)) is Sort.OLDEST


NAIVE = datetime(2024, 1, 1)  # noqa: DTZ001 - a naive time is what must be refused


@pytest.mark.parametrize(
    "wrong",
    [
        {"limit": -1},
        {"limit": 1001},
        {"facet_size": 0},
        {"facets": ("title",)},
        {"facets": ("nope",)},
        {"filters": (Filter("url", ("x",)),)},
        {"since": NAIVE},
    ],
    ids=str,
)
def test_wrong_queries_are_programming_errors(wrong: dict[str, object]) -> None:
    """A query with a limit, field or time that cannot be is refused where it is built."""
    with pytest.raises(ValueError, match=r"must be|no field"):
        replace(QUERY, **wrong)  # type: ignore[arg-type] # fields of the query
