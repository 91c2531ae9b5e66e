"""Weeks to centuries, durations, "ago": the groups of a match → an ISO 8601 value; pure."""

import datetime as dt
from typing import Final

from pipeline.enrich.time_days import find_named_day, with_part
from pipeline.enrich.time_reading import Reading, TimeValue

MANY: Final = -1
"""What the tables give for "several"."""

_PLURAL_NUMBER: Final = {"E": 10, "C": 100}
# Unit → how many years it has, and how many digits of the year name one.
_YEARS: Final = {"Y": (1, 4), "E": (10, 3), "C": (100, 2)}
_DAYS: Final = {"D": 1, "W": 7, "F": 14}
_SEASON_START: Final = {"SP": 3, "SU": 6, "FA": 9, "WI": 12}


def read_relation(reading: Reading) -> TimeValue:
    """Read "last week", "this morning", "next summer", "the past nine days"."""
    relation = reading.word("relation", "relations") or 0
    unit = reading.code("unit", "units")
    if "count" in reading.groups and unit:
        return TimeValue(_duration(reading.groups["count"], unit, reading))
    if "part" in reading.groups:
        if reading.day is None:
            return TimeValue(None)
        return TimeValue(with_part(reading.day + dt.timedelta(days=relation), reading), anchored=True)
    if "season" in reading.groups:
        return read_season(reading)
    if unit in {"E", "C"} and relation:
        return TimeValue(f"P{_PLURAL_NUMBER[unit]}Y")
    return TimeValue(_shift(reading, unit or "", relation), anchored=True)


def _shift(reading: Reading, unit: str, count: int) -> str | None:
    """Return the calendar unit that lies `count` units after the anchor's; None when that takes a finer anchor."""
    if reading.anchor is None:
        return None
    date, precision = reading.anchor.date, reading.anchor.precision
    if unit in _YEARS:
        years, digits = _YEARS[unit]
        return str(date.year + years * count)[:digits]
    if unit in {"M", "Q"}:
        return None if precision == "year" else _month(date, count) if unit == "M" else _quarter(date, count)
    if precision != "day" or unit not in {"D", "W", "WE", "F"}:
        return None
    if unit == "D":
        return (date + dt.timedelta(days=count)).isoformat()
    year, week, _ = (date + dt.timedelta(weeks=count)).isocalendar()
    return f"{year}-W{week:02}" + ("-WE" if unit == "WE" else "")


def _quarter(date: dt.date, count: int) -> str:
    quarter = date.year * 4 + (date.month - 1) // 3 + count
    return f"{quarter // 4}-Q{quarter % 4 + 1}"


def _month(date: dt.date, count: int) -> str:
    months = date.year * 12 + date.month - 1 + count
    return f"{months // 12}-{months % 12 + 1:02}"


def read_count(reading: Reading) -> TimeValue:
    """Read "six years", "two days ago", "a week before Christmas"."""
    text = reading.groups.get("number") or reading.groups.get("count") or ""
    unit = reading.code("unit", "units") or ""
    side = reading.groups.get("before")
    if side is not None:
        return _read_beside_event(reading, text, unit, -1 if side == "before" else 1)
    word = reading.groups.get("ago")
    if word in {"", "ago"}:
        return _read_ago(reading, text, unit)
    if word is not None:  # "earlier" and "later" count from another event than the article's day
        return TimeValue(None)
    return TimeValue(_duration(text, unit, reading))


def _read_ago(reading: Reading, text: str, unit: str) -> TimeValue:
    count = _count(text, reading)
    if count is None:
        return TimeValue("PAST_REF")
    if unit in _PLURAL_NUMBER:
        return TimeValue(_shift(reading, "Y", -round(count * _PLURAL_NUMBER[unit])), anchored=True)
    if unit in _DAYS:
        day = reading.day
        ago = day - dt.timedelta(days=round(count * _DAYS[unit])) if day else None
        return TimeValue(ago.isoformat() if ago else None, anchored=True)
    return TimeValue(_shift(reading, unit, -round(count)), anchored=True)


def _read_beside_event(reading: Reading, text: str, unit: str, direction: int) -> TimeValue:
    holiday, count = find_named_day(reading), _count(text, reading)
    if holiday is None or count is None or unit not in _DAYS:
        return TimeValue(None)
    days = dt.timedelta(days=round(count * _DAYS[unit]) * direction)
    return TimeValue((holiday + days).isoformat(), anchored=True)


def _count(text: str, reading: Reading) -> float | None:
    """Return how many; None for "several"."""
    known = reading.grammar.words["numbers"].get(text)
    count = float(known) if known is not None else float(text) if text.replace(".", "").isdigit() else MANY
    return None if count == MANY else count + (0.5 if "half" in reading.groups else 0)


def _duration(text: str, unit: str, reading: Reading) -> str:
    count = _count(text, reading)
    clock = "T" if unit.startswith("T") else ""
    unit = unit.removeprefix("T")
    if count is None:
        return f"P{clock}X{unit}"
    if unit == "F":
        count, unit = count * 2, "W"
    if unit in _PLURAL_NUMBER:
        count, unit = count * _PLURAL_NUMBER[unit], "Y"
    return f"P{clock}{count:g}{unit}"


def read_many(reading: Reading) -> TimeValue:
    """Read "years", "decades": a duration of unknown length."""
    unit = reading.code("unit", "units") or ""
    return TimeValue(f"PTX{unit[1:]}" if unit.startswith("T") else f"PX{unit}")


def read_quarter(reading: Reading) -> TimeValue:
    """Read "the first quarter of 2009", "Q3", "third-quarter": the latest that has begun."""
    quarter = reading.word("ordinal", "ordinals") or int(reading.groups.get("numbered", "q1")[1:])
    year, relation = reading.number("year"), reading.word("relation", "relations")
    if year:
        return TimeValue(f"{year}-Q{quarter}")
    if reading.anchor is None:
        return TimeValue(None)
    if relation is not None:
        return TimeValue(f"{reading.anchor.date.year + relation}-Q{quarter}", anchored=True)
    began = (quarter - 1) * 3 < reading.anchor.date.month or reading.future or reading.anchor.precision == "year"
    return TimeValue(f"{reading.anchor.date.year - (not began)}-Q{quarter}", anchored=True)


def read_season(reading: Reading) -> TimeValue:
    """Read "spring 2025", "last summer", "in winter"."""
    season = reading.code("season", "seasons") or ""
    if year := reading.number("year"):
        return TimeValue(f"{year}-{season}")
    relation = reading.word("relation", "relations")
    if reading.anchor is None or (relation and reading.anchor.precision == "year"):
        return TimeValue(None)
    date = reading.anchor.date
    begun = date.month >= _SEASON_START[season]
    year = date.year
    if relation == 1 or (relation is None and reading.future):
        year += begun
    elif relation == -1:
        # "Last summer" in July is the one of the year before; in October it is this year's.
        year -= date.month < _SEASON_START[season] + 3
    return TimeValue(f"{year}-{season}", anchored=True)


def read_decade(reading: Reading) -> TimeValue:
    """Read "1990s", "the 70s"; two digits are of the twentieth century."""
    text = reading.groups["decade"]
    return TimeValue(text[:3] if len(text) == 4 else "19" + text[0])


def read_century(reading: Reading) -> TimeValue:
    """Read "19th century"."""
    return TimeValue(str(int(reading.groups["century"]) - 1))


def read_vague(reading: Reading) -> TimeValue:
    """Read "now", "recently"."""
    return TimeValue(reading.code("vague", "vague"))


def read_year(reading: Reading) -> TimeValue:
    """Read "2018"."""
    return TimeValue(reading.groups["year"])
