"""Days that have a name: a rule of `time_words.toml` and a year → the date; pure.

Rules: `12-25` a fixed day; `easter-2` days from Easter Sunday; `11-thu-4` the fourth Thursday of November, `05-mon--1`
the last Monday of May; `us-election` the federal election day of an even year.
"""

import datetime as dt
from calendar import monthrange
from typing import Final

_WEEKDAYS: Final = {"mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5, "sun": 6}


def find_holiday(rule: str, year: int) -> dt.date | None:
    """Return the day in this year; None when there is none.

    >>> find_holiday("easter+0", 2018), find_holiday("11-thu-4", 2018), find_holiday("us-election", 2018)
    (datetime.date(2018, 4, 1), datetime.date(2018, 11, 22), datetime.date(2018, 11, 6))
    """
    if rule == "us-election":
        if year % 2:
            return None
        return _nth_weekday(year, 11, 0, 1) + dt.timedelta(days=1)
    if rule.startswith("easter"):
        return find_easter(year) + dt.timedelta(days=int(rule.removeprefix("easter")))
    month, _, rest = rule.partition("-")
    if rest[:3] in _WEEKDAYS:
        return _nth_weekday(year, int(month), _WEEKDAYS[rest[:3]], int(rest[4:]))
    return dt.date(year, int(month), int(rest))


def find_easter(year: int) -> dt.date:
    """Return Easter Sunday of the Gregorian calendar, by the method of Meeus, Jones and Butcher."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    length = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 19 * length) // 433
    month, day = divmod(h + length - 7 * m + 114, 31)
    return dt.date(year, month, day + 1)


def _nth_weekday(year: int, month: int, weekday: int, number: int) -> dt.date:
    if number < 0:
        last = dt.date(year, month, monthrange(year, month)[1])
        return last - dt.timedelta(days=(last.weekday() - weekday) % 7 + 7 * (-number - 1))
    first = dt.date(year, month, 1)
    return first + dt.timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))
