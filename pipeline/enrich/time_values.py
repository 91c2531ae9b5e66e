"""What a time expression means: the groups of a match and the date it is told from → an ISO 8601 value; pure.

Values follow ISO-TimeML where ISO 8601 has no form: weekends, seasons, parts of the day, `PAST_REF`. A value that would
need more than is known stays open: None, never today's date.
"""

from typing import Final

from pipeline.enrich import time_days as days
from pipeline.enrich import time_units as units
from pipeline.enrich.time_reading import Reading, TimeValue


def read_value(reading: Reading) -> TimeValue:
    """Return what the expression means."""
    groups = reading.groups
    for names, read in _READERS:
        if any(name in groups for name in names):
            return read(reading)
    return TimeValue(None)


# The first row that has one of its groups in the match says how it is read.
_READERS: Final = (
    (("slash_first",), days.read_slashes),
    (("numeric_month",), days.read_numeric),
    (("before",), units.read_count),
    (("holiday",), days.read_holiday),
    (("half_day", "clock", "military", "hour"), days.read_clock),
    (("month", "short_month"), days.read_month),
    (("weekday",), days.read_weekday),
    (("quarter_word", "numbered"), units.read_quarter),
    (("day_word",), days.read_day_word),
    (("number", "ago"), units.read_count),
    (("relation",), units.read_relation),
    (("season",), units.read_season),
    (("decade",), units.read_decade),
    (("century",), units.read_century),
    (("vague",), units.read_vague),
    (("unit",), units.read_many),
    (("year",), units.read_year),
)
