"""Time ranges in Kibana's words → instants, and the stretch of time that fits a range. Pure; `now` is passed in."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

MAX_BARS: Final = 75
"""Stretches of time in one chart, about what Kibana draws."""
_FORM: Final = re.compile(r"now(?:-(?P<number>[0-9]{1,4})(?P<unit>[mhdwMy]))?(?:/(?P<round>[hdwMy]))?")
_UNITS: Final = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(days=7),
    "M": timedelta(days=30),
    "y": timedelta(days=365),
}
_FIXED: Final = {
    "1m": 60,
    "5m": 300,
    "10m": 600,
    "30m": 1800,
    "1h": 3600,
    "3h": 3 * 3600,
    "12h": 12 * 3600,
}
_CALENDAR: Final = {"1d": 86400, "1w": 7 * 86400, "1M": 30 * 86400, "1y": 365 * 86400}


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` (inclusive) to `end` (inclusive, as Kibana has it)."""

    start: datetime
    end: datetime

    def earlier(self, by: timedelta) -> "Span":
        """Return the span of the same length that much earlier."""
        return Span(self.start - by, self.end - by)

    def as_range(self, field: str) -> dict[str, object]:
        """Return the query for what lies in it."""
        bounds = {"gte": format_instant(self.start), "lte": format_instant(self.end), "format": "strict_date_time"}
        return {"range": {field: bounds}}


def read_span(start: str, end: str, now: datetime) -> Span:
    """Return the span of two expressions such as `now-7d` and `now`.

    >>> read_span("now-7d/d", "now", datetime(2026, 11, 20, 9, tzinfo=UTC)).start
    datetime.datetime(2026, 11, 13, 0, 0, tzinfo=datetime.timezone.utc)

    Raises:
        ValueError: an expression that is not understood, or an end before its start.
    """
    span = Span(_instant(start, now), _instant(end, now))
    if span.end <= span.start:
        msg = f"time range {start} to {end} ends before it starts"
        raise ValueError(msg)
    return span


def shift_of(text: str) -> timedelta:
    """Return the length that `1w` and its like mean."""
    return int(text[:-1]) * _UNITS[text[-1]]


def choose_interval(span: Span, wanted: str = "auto") -> str:
    """Return the stretch of time for a chart: the one wanted, or the shortest of which not too many are needed.

    >>> at = datetime(2026, 11, 20, tzinfo=UTC)
    >>> choose_interval(Span(at - timedelta(days=7), at)), choose_interval(Span(at - timedelta(days=60), at))
    ('3h', '1d')
    """
    if wanted != "auto":
        return wanted
    seconds = (span.end - span.start).total_seconds()
    lengths = {**_FIXED, **_CALENDAR}
    return next((name for name, length in lengths.items() if seconds / length <= MAX_BARS), "1y")


def histogram_interval(interval: str) -> dict[str, str]:
    """Return how Elasticsearch is told: days and longer by the calendar, UTC."""
    return {"calendar_interval" if interval in _CALENDAR else "fixed_interval": interval}


def format_instant(moment: datetime) -> str:
    """Return an instant as Elasticsearch reads it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _instant(text: str, now: datetime) -> datetime:
    found = _FORM.fullmatch(text)
    if found is None:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            msg = f"time {text!r} is not understood; use now, now-7d, now-1d/d or an ISO 8601 time"
            raise ValueError(msg) from None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    moment = now
    if found["number"]:
        moment -= int(found["number"]) * _UNITS[found["unit"]]
    if found["round"] is None:
        return moment
    moment = moment.replace(minute=0, second=0, microsecond=0)
    if found["round"] == "h":
        return moment
    moment = moment.replace(hour=0)
    if found["round"] == "w":
        return moment - timedelta(days=moment.weekday())
    if found["round"] == "d":
        return moment
    return moment.replace(day=1) if found["round"] == "M" else moment.replace(month=1, day=1)
