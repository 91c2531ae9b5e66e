"""Has a source gone quiet against its own rhythm, does its quality drop, does the pipeline fall behind? Pure decisions.

Counts in, a verdict out. A source's rhythm is its mean number of articles for each hour of the week: a weekly paper and
an agency, a night and a Sunday are each judged by what they usually bring.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

BASELINE: Final = timedelta(days=28)
LEAST_SPAN: Final = timedelta(days=14)
LEAST_ARTICLES: Final = 20
"""With less there is no rhythm to speak of."""
LEAST_QUIET: Final = timedelta(hours=3)
"""Shorter silences are pauses of feeds and networks."""
SURPRISE: Final = math.log(1000)
"""Hours with articles that were to be expected: with so many, a silence by chance has a probability of 1 in 1,000
(Poisson). Hours and not articles, because articles come in bursts."""
LONGEST_GAPS: Final = 2
LEAST_LONG_QUIET: Final = timedelta(hours=24)
"""Sources that seldom bring anything are missed after twice their longest pause, once that is a day or more."""
_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Silence:
    """A source has brought nothing since `last`, where `expected` articles were usual."""

    last: datetime
    expected: float


def find_silence(hours: Mapping[datetime, int], last: datetime, now: datetime) -> Silence | None:
    """Return the silence since the last article, None when it is nothing unusual.

    `hours` are articles by the hour that they were published in (its start, UTC), of `BASELINE` before `last`.
    """
    counted = {at: number for at, number in hours.items() if number and last - BASELINE <= at <= last}
    if not counted or sum(counted.values()) < LEAST_ARTICLES or last - min(counted) < LEAST_SPAN:
        return None
    if now - last < LEAST_QUIET:
        return None
    weeks = (last - min(counted)) / timedelta(weeks=1)
    articles, active = Counter[int](), Counter[int]()
    for at, number in counted.items():
        articles[_hour_of_week(at)] += number
        active[_hour_of_week(at)] += 1
    silent = list(_shares(last, min(now, last + BASELINE)))
    expected = sum(articles[hour] / weeks * share for hour, share in silent)
    surprise = sum(active[hour] / weeks * share for hour, share in silent)
    longest = max(after - before for before, after in pairwise([*sorted(counted), last]))
    is_long = now - last >= max(LEAST_LONG_QUIET, LONGEST_GAPS * longest)
    return Silence(last, expected) if surprise >= SURPRISE or is_long else None


def _shares(last: datetime, end: datetime) -> Iterator[tuple[int, float]]:
    """Yield the hours of the week from after the hour of `last`, with how much of each has passed.

    Nothing beyond four weeks: such a silence was told of long ago.
    """
    at = _next_hour(last)
    while at < end:
        following = min(_next_hour(at), end)
        yield _hour_of_week(at), (following - at) / _HOUR
        at = following


def _hour_of_week(at: datetime) -> int:
    at = at.astimezone(UTC)
    return at.weekday() * 24 + at.hour


def _next_hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0) + _HOUR


@dataclass(frozen=True, slots=True)
class Share:
    """How many of so many articles have a fault."""

    bad: int
    total: int

    @property
    def value(self) -> float:
        """The share, 0 of none."""
        return self.bad / self.total if self.total else 0.0


LEAST_RECENT: Final = 8
LEAST_SHARE: Final = 0.5
LEAST_RISE: Final = 0.3
LEAST_DEVIATIONS: Final = 3.0


def has_broken(recent: Share, before: Share) -> bool:
    """Whether a fault has become common: in half of the articles, and far more often than before, not by chance.

    "By chance" by the test of two proportions, three standard deviations. Without articles from before, a fault is how
    the source is, and no change.

    >>> has_broken(Share(9, 10), Share(2, 100)), has_broken(Share(9, 10), Share(80, 100))
    (True, False)
    """
    if recent.total < LEAST_RECENT or before.total < LEAST_RECENT or recent.value < LEAST_SHARE:
        return False
    rise = recent.value - before.value
    pooled = (recent.bad + before.bad) / (recent.total + before.total)
    deviation = math.sqrt(pooled * (1 - pooled) * (1 / recent.total + 1 / before.total))
    return rise >= LEAST_RISE and (deviation == 0 or rise / deviation >= LEAST_DEVIATIONS)


LEAST_LAG: Final = 1000
LAG_SAMPLES: Final = 4
LEAST_LETTERS: Final = 20
RISE: Final = 3.0


def is_falling_behind(lags: Sequence[int]) -> bool:
    """Whether waiting work has grown from each sample to the next, and is much; the oldest sample first.

    >>> is_falling_behind([10, 900, 1500, 4000]), is_falling_behind([10, 5000, 4000, 4100])
    (True, False)
    """
    last = lags[-LAG_SAMPLES:]
    grows = all(before < after for before, after in pairwise(last))
    return len(last) == LAG_SAMPLES and grows and last[-1] >= LEAST_LAG


def is_rising(in_the_hour: int, per_hour_before: float) -> bool:
    """Whether so many dead letters in an hour are far more than usual.

    >>> is_rising(30, 1.5), is_rising(30, 25.0), is_rising(5, 0.0)
    (True, False, False)
    """
    return in_the_hour >= LEAST_LETTERS and in_the_hour >= RISE * per_hour_before
