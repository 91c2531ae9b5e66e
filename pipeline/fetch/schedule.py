"""When to poll a feed next: by its own rhythm, by what it and its server ask for, and by how the last polls went. Pure.

Seconds in, seconds out.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

from pipeline.fetch.refusals import Severity

# Two polls for each expected article: on average it is then found after a quarter of the time between two.
_POLLS_PER_ITEM: Final = 2.0
# How much one observation counts; three quarters of what is remembered come from the last five.
_LEARNING: Final = 0.25
# A feed's ttl is mostly a default of its software: obeyed, but not for longer than this.
_MAX_HINT_S: Final = 3600.0
_JITTER: Final = 0.1
_FIRST_RHYTHM_S: Final = 6 * 3600.0
_MAX_RHYTHM_S: Final = 60 * 86_400.0
_WAIT: Final = {
    # The first wait after a failure, and the longest one.
    Severity.TRANSIENT: (60.0, 6 * 3600.0),
    Severity.SOFT: (1800.0, 86_400.0),
    Severity.PERMANENT: (6 * 3600.0, 7 * 86_400.0),
}


@dataclass(frozen=True, slots=True)
class Pace:
    """The bounds that the settings give to all intervals."""

    min_s: float = 300.0
    max_s: float = 86_400.0


@dataclass(frozen=True, slots=True)
class Hints:
    """What feed and server say. `hint_s` the larger of ttl and freshness; `skip_hours` and `skip_days` in UTC."""

    hint_s: float | None = None
    retry_after_s: float | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[str, ...] = ()


def first_rhythm(published: Sequence[datetime], now: datetime) -> float:
    """Return the seconds between two articles of a feed that is seen for the first time: by the dates of its entries.

    The median gap, so that an old entry that was pinned does not count; silence since the newest one makes it longer.
    """
    times = sorted(one for one in published if one <= now)
    if len(times) < 2:
        return _FIRST_RHYTHM_S
    gaps = sorted((later - earlier).total_seconds() for earlier, later in pairwise(times))
    silence = (now - times[-1]).total_seconds()
    return min(max(gaps[len(gaps) // 2], silence / 4, 1.0), _MAX_RHYTHM_S)


def next_rhythm(rhythm_s: float, new_items: int, since_new_s: float) -> float:
    """Return the expected seconds between two articles after a poll.

    Args:
        rhythm_s: what was expected before.
        new_items: how many the poll found.
        since_new_s: time since the poll before this one that found any.

    >>> next_rhythm(1000.0, 1, 1000.0), next_rhythm(1000.0, 0, 500.0), next_rhythm(1000.0, 0, 5000.0)
    (1000.0, 1000.0, 2000.0)
    """
    if new_items:
        observed = max(since_new_s / new_items, 1.0)
    elif since_new_s > rhythm_s:
        observed = since_new_s  # it is later than expected: the longer the silence, the slower the feed
    else:
        return rhythm_s
    return min(rhythm_s + _LEARNING * (observed - rhythm_s), _MAX_RHYTHM_S)


def next_interval(rhythm_s: float, pace: Pace, hints: Hints) -> float:
    """Return the seconds until the next poll after one that went well."""
    wished = min(max(rhythm_s / _POLLS_PER_ITEM, pace.min_s), pace.max_s)
    asked = min(hints.hint_s or 0.0, max(_MAX_HINT_S, pace.min_s), pace.max_s)
    return max(wished, asked, hints.retry_after_s or 0.0)


def interval_after_failure(severity: Severity, failures: int, usual_s: float, retry_after_s: float | None) -> float:
    """Return the seconds until the next poll after `failures` in a row, twice as long after each; never for ever.

    One that failed for the first time is never asked later than it would have been anyway.
    """
    first, longest = _WAIT[severity]
    wait = min(first * 2.0 ** min(failures - 1, 20), longest)
    if failures <= 1 and severity is Severity.TRANSIENT:
        wait = min(wait, usual_s)
    return max(wait, retry_after_s or 0.0)


def with_jitter(seconds: float, key: str, turn: int) -> float:
    """Return the interval, up to a tenth longer: feeds that were added together drift apart, the same way each time."""
    digest = hashlib.blake2b(f"{key}\x1f{turn}".encode(), digest_size=4).digest()
    return seconds * (1.0 + _JITTER * int.from_bytes(digest, "big") / 2**32)


def skip_quiet_hours(at: datetime, hints: Hints) -> datetime:
    """Return the first moment from `at` on that is in none of the hours and days in which the feed says it is still.

    A feed that names all of them is taken to have misunderstood.
    """
    hours, days = set(hints.skip_hours), {day.lower() for day in hints.skip_days}
    if not (hours or days) or len(hours) >= 24 or len(days) >= 7:
        return at
    moment = at.astimezone(UTC)
    for _ in range(24 * 7):
        if moment.hour not in hours and _WEEKDAYS[moment.weekday()] not in days:
            return moment
        moment = moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return at


_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
