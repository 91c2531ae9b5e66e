"""Times as people type them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.search.moments import parse_moment

NOW = datetime(2024, 3, 31, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("24h", "2024-03-30T12:30", "2024-03-30T12:30"),
        ("7D", "2024-03-24T12:30", "2024-03-24T12:30"),
        ("2w", "2024-03-17T12:30", "2024-03-17T12:30"),
        ("1m", "2024-02-29T12:30", "2024-02-29T12:30"),
        ("13m", "2023-02-28T12:30", "2023-02-28T12:30"),
        ("1y", "2023-03-31T12:30", "2023-03-31T12:30"),
        ("9999y", "0001-01-01T00:00", "0001-01-01T00:00"),
        ("now", "2024-03-31T12:30", "2024-03-31T12:30"),
        ("today", "2024-03-31T00:00", "2024-04-01T00:00"),
        ("Yesterday", "2024-03-30T00:00", "2024-03-31T00:00"),
        ("2024", "2024-01-01T00:00", "2025-01-01T00:00"),
        ("2023-02", "2023-02-01T00:00", "2023-03-01T00:00"),
        ("2024-02-29", "2024-02-29T00:00", "2024-03-01T00:00"),
        ("2024-2-9", "2024-02-09T00:00", "2024-02-10T00:00"),
        ("2024-02-29T10:00", "2024-02-29T10:00", "2024-02-29T10:00"),
        ("2024-02-29T10:00+02:00", "2024-02-29T08:00", "2024-02-29T08:00"),
        ("2024-02-29T10:00:00Z", "2024-02-29T10:00", "2024-02-29T10:00"),
    ],
)
def test_spans(text: str, start: str, end: str) -> None:
    """Days, months and years are spans; everything else is an instant."""
    span = parse_moment(text, NOW)
    assert span is not None
    assert [moment.isoformat(timespec="minutes")[:16] for moment in span] == [start, end]
    assert {moment.utcoffset() for moment in span} == {timedelta(0)}


@pytest.mark.parametrize(
    "text", ["", "soon", "2023-02-29", "2024-13", "99999d9", "0000", "9999", "5x", "-5d", "24 h", "tt"]
)
def test_what_is_no_time(text: str) -> None:
    """Text that names no time, or one that cannot be counted with, is none."""
    assert parse_moment(text, NOW) is None


def test_today_is_utc() -> None:
    """Days are days in UTC, wherever the question comes from."""
    east = datetime(2024, 4, 1, 1, 0, tzinfo=timezone(timedelta(hours=5)))
    span = parse_moment("today", east)
    assert span is not None
    assert span.start == datetime(2024, 3, 31, tzinfo=UTC)


@given(st.text(), st.datetimes(timezones=st.just(UTC)))
def test_total(text: str, now: datetime) -> None:
    """No text raises, and a span never ends before it begins."""
    span = parse_moment(text, now)
    assert span is None or span.start <= span.end
