"""Times as people type them → spans of time. Pure; imports nothing of ours.

`24h`, `7d`, `2w`, `3m` (months), `1y` count back from `now`; `today`, `yesterday` and ISO dates are whole days, months
or years, in UTC.
"""

import calendar
import re
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

EXAMPLES: Final = "2015-01-31, 24h, 7d, 2w, 3m, 1y, today or yesterday"
_RELATIVE: Final = re.compile(r"([0-9]{1,5})(h|d|w|m|y)", re.IGNORECASE)
_DATE: Final = re.compile(r"([0-9]{4})(?:-([0-9]{1,2})(?:-([0-9]{1,2}))?)?")
_DAY: Final = timedelta(days=1)


class Span(NamedTuple):
    """Half-open span of time; a single instant when both are equal."""

    start: datetime
    end: datetime


def parse_moment(text: str, now: datetime) -> Span | None:
    """Return the span that `text` names as seen from `now` (aware), None when it names none.

    >>> parse_moment("2015-01", datetime(2020, 1, 1, tzinfo=UTC)).end.isoformat()
    '2015-02-01T00:00:00+00:00'
    """
    lowered = text.strip().lower()
    try:
        return _named(lowered, now) or _relative(lowered, now) or _calendar(lowered) or _instant(text.strip())
    except (ValueError, OverflowError):
        return None


def _named(text: str, now: datetime) -> Span | None:
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if text == "now":
        return Span(now, now)
    if text == "today":
        return Span(midnight, midnight + _DAY)
    if text == "yesterday":
        return Span(midnight - _DAY, midnight)
    return None


def _relative(text: str, now: datetime) -> Span | None:
    match = _RELATIVE.fullmatch(text)
    if match is None:
        return None
    number, unit = int(match.group(1)), match.group(2)
    if unit in "my":
        instant = _months_before(now, number * (12 if unit == "y" else 1))
    else:
        instant = now - number * {"h": timedelta(hours=1), "d": _DAY, "w": 7 * _DAY}[unit]
    return Span(instant, instant)


def _months_before(now: datetime, months: int) -> datetime:
    year, month = divmod(now.year * 12 + now.month - 1 - months, 12)
    month += 1
    if year < 1:
        return datetime(1, 1, 1, tzinfo=UTC)
    return now.replace(year=year, month=month, day=min(now.day, calendar.monthrange(year, month)[1]))


def _calendar(text: str) -> Span | None:
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    year, month, day = match.groups()
    start = datetime(int(year), int(month or 1), int(day or 1), tzinfo=UTC)
    if day:
        return Span(start, start + _DAY)
    length = calendar.monthrange(start.year, start.month)[1] if month else 365 + calendar.isleap(start.year)
    return Span(start, start + length * _DAY)


def _instant(text: str) -> Span | None:
    if "t" not in text.lower():
        return None
    instant = datetime.fromisoformat(text)
    aware = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    return Span(aware, aware)
