"""Days, months, clock times and holidays: the groups of a match → an ISO 8601 value; pure."""

import datetime as dt

from pipeline.enrich.calendar_days import find_holiday
from pipeline.enrich.time_reading import Reading, TimeValue


def read_slashes(reading: Reading) -> TimeValue:
    """Read "7/8/07": by the country's custom where both numbers can be a month, else open."""
    first, second = int(reading.groups["slash_first"]), int(reading.groups["slash_second"])
    year = int(reading.groups["slash_year"])
    year += 0 if year > 99 else 2000 if year < 70 else 1900
    if first > 12 or second > 12:
        day, month = (first, second) if first > 12 else (second, first)
    elif reading.month_first is None:
        return TimeValue(None)
    else:
        month, day = (first, second) if reading.month_first else (second, first)
    return TimeValue(_iso_day(year, month, day))


def read_numeric(reading: Reading) -> TimeValue:
    """Read "2018-11-09" and "9.11.2018"."""
    day = reading.number("numeric_day") or reading.number("day") or 0
    return TimeValue(_iso_day(reading.number("year") or 0, reading.number("numeric_month") or 0, day))


def read_month(reading: Reading) -> TimeValue:
    """Read a month, with a day or a year or neither: the nearest such day, the month that lies behind or ahead."""
    month = reading.word("month", "months") or reading.word("short_month", "short_months") or 1
    day, year = reading.number("day"), reading.number("year")
    relation = reading.word("relation", "relations")
    if year:
        return TimeValue(_iso_day(year, month, day) if day else f"{year}-{month:02}")
    if reading.year is None:
        return TimeValue(None)
    if relation is not None and "of_year" in reading.groups:
        return TimeValue(f"{reading.year + relation}-{month:02}", anchored=True)
    if reading.day is None:
        return TimeValue(_iso_day(reading.year, month, day) if day else f"{reading.year}-{month:02}", anchored=True)
    if day:
        nearest = _year_of_day(reading, reading.day, month, day)
        return TimeValue(_iso_day(nearest, month, day) if nearest else None, anchored=True)
    return TimeValue(f"{_year_of_month(reading.day, month, relation, future=reading.future)}-{month:02}", anchored=True)


def _year_of_month(day: dt.date, month: int, relation: int | None, *, future: bool) -> int:
    if relation == 0 or (month == day.month and not relation):
        return day.year
    if relation == 1 or (relation is None and future):
        return day.year + (month <= day.month)
    return day.year - (month > day.month or (relation == -1 and month == day.month))


def _year_of_day(reading: Reading, anchor: dt.date, month: int, day: int) -> int | None:
    """Return the year in which the day comes closest to the anchor: news tells of days near by."""
    years = [year for year in (anchor.year - 1, anchor.year, anchor.year + 1) if _iso_day(year, month, day)]
    if reading.past:
        years = [year for year in years if dt.date(year, month, day) <= anchor]
    return min(years, key=lambda year: abs(dt.date(year, month, day) - anchor), default=None)


def read_weekday(reading: Reading) -> TimeValue:
    """Read "Tuesday", "last Friday", "Montagabend": the latest one, or the next after words like "will"."""
    if reading.day is None:
        return TimeValue(None)
    wanted = reading.word("weekday", "weekdays")
    back = (reading.day.weekday() - (wanted or 0)) % 7
    relation = reading.word("relation", "relations")
    if relation == -1:
        day = reading.day - dt.timedelta(days=back or 7)
    elif relation == 1 or (relation is None and reading.future and back):
        day = reading.day + dt.timedelta(days=7 - back)
    elif relation == 0:
        day = reading.day + dt.timedelta(days=(wanted or 0) - reading.day.weekday())
    else:
        day = reading.day - dt.timedelta(days=back)
    return TimeValue(with_part(day, reading), anchored=True)


def read_day_word(reading: Reading) -> TimeValue:
    """Read "today", "yesterday evening"."""
    if reading.day is None:
        return TimeValue(None)
    day = reading.day + dt.timedelta(days=reading.word("day_word", "days") or 0)
    night = "TNI" if reading.groups["day_word"] == "tonight" else ""
    return TimeValue(with_part(day, reading) + night, anchored=True)


def with_part(day: dt.date, reading: Reading) -> str:
    """Return the day with the part of it that is named, as in `2018-11-09TMO`."""
    part = reading.code("part", "parts") or reading.code("part_joined", "parts")
    return day.isoformat() + (f"T{part}" if part else "")


def read_clock(reading: Reading) -> TimeValue:
    """Read "6:40 p.m.", "0800 UTC", "20.15 Uhr", on the day named beside it or else the anchor's."""
    military = reading.groups.get("military")
    hour = int(military[:2]) if military else reading.number("hour") or 0
    minute = int(military[2:]) if military else reading.number("minute") or 0
    half = reading.groups.get("half_day", "")
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    day: TimeValue | None = None
    if "weekday" in reading.groups:
        day = read_weekday(reading)
    elif "day_word" in reading.groups:
        day = read_day_word(reading)
    date = day.value if day else reading.day.isoformat() if reading.day else None
    zone = "Z" if reading.groups.get("zone") in {"utc", "gmt"} else ""
    value = f"{date}T{hour:02}:{minute:02}{zone}" if date and hour < 25 and minute < 60 else None
    return TimeValue(value, anchored=True)


def read_holiday(reading: Reading) -> TimeValue:
    """Read "Christmas", "Easter Monday 2024": the nearest, or the one of the year."""
    day = find_named_day(reading)
    return TimeValue(day.isoformat() if day else None, anchored="year" not in reading.groups)


def find_named_day(reading: Reading) -> dt.date | None:
    """Return the holiday that the match names; None without one or without a year to find it in."""
    rule = reading.code("holiday", "holidays")
    if rule is None:
        return None
    if year := reading.number("year"):
        return find_holiday(rule, year)
    if reading.anchor is None:
        return None
    date = reading.anchor.date
    if reading.anchor.precision != "day":
        return find_holiday(rule, date.year)
    days = [find_holiday(rule, year) for year in (date.year - 1, date.year, date.year + 1)]
    return min((day for day in days if day), key=lambda day: abs(day - date), default=None)


def _iso_day(year: int, month: int, day: int) -> str | None:
    try:
        return dt.date(year, month, day).isoformat()
    except ValueError:
        return None
