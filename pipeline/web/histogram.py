"""How many articles when: buckets of days → buckets as wide as a chart can show, without gaps. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from schemas.query import HistogramBucket, Interval

MAX_BARS: Final = 62
"""Two months of days, five years of months; narrower bars cannot be hit with a finger."""
FINE_SPAN: Final = timedelta(days=3)
"""Up to here hours are counted."""
_COARSER: Final = (Interval.HOUR, Interval.DAY, Interval.WEEK, Interval.MONTH, Interval.YEAR)


def choose_interval(since: datetime | None, until: datetime | None, now: datetime) -> Interval:
    """Return what to ask the index for: hours for a short span, else days, from which wider ones are added up."""
    if since is None:
        return Interval.DAY
    return Interval.HOUR if (until or now) - since <= FINE_SPAN else Interval.DAY


def fit_buckets(
    buckets: Sequence[HistogramBucket], interval: Interval, most: int = MAX_BARS
) -> tuple[tuple[HistogramBucket, ...], Interval]:
    """Return at most `most` buckets, empty ones included, and their interval; years are never cut.

    >>> from datetime import UTC
    >>> days = [HistogramBucket(start=datetime(2020, 1, day, tzinfo=UTC), count=1) for day in (1, 3)]
    >>> [bucket.count for bucket in fit_buckets(days, Interval.DAY)[0]]
    [1, 0, 1]
    """
    if not buckets:
        return (), interval
    first, last = min(bucket.start for bucket in buckets), max(bucket.start for bucket in buckets)
    for wider in _COARSER[_COARSER.index(interval) :]:
        starts = list(_series(_floor(first, wider), _floor(last, wider), wider, most))
        if len(starts) <= most:
            counts = _sum_up(buckets, wider)
            return tuple(HistogramBucket(start=start, count=counts.get(start, 0)) for start in starts), wider
    counts = _sum_up(buckets, Interval.YEAR)
    kept = sorted(counts)[-most:]
    return tuple(HistogramBucket(start=start, count=counts[start]) for start in kept), Interval.YEAR


def _sum_up(buckets: Sequence[HistogramBucket], interval: Interval) -> dict[datetime, int]:
    counts: dict[datetime, int] = {}
    for bucket in buckets:
        start = _floor(bucket.start, interval)
        counts[start] = counts.get(start, 0) + bucket.count
    return counts


def bucket_end(start: datetime, interval: Interval) -> datetime:
    """Return where the bucket ends, exclusive."""
    match interval:
        case Interval.HOUR:
            return start + timedelta(hours=1)
        case Interval.DAY:
            return start + timedelta(days=1)
        case Interval.WEEK:
            return start + timedelta(days=7)
        case Interval.MONTH:
            return (start.replace(day=1) + timedelta(days=32)).replace(day=1)
        case Interval.YEAR:
            return start.replace(year=min(start.year + 1, 9999))


# A page asks for the same days again, and for each of them once by day, by week and by month.
@lru_cache(maxsize=16_384)
def _floor(start: datetime, interval: Interval) -> datetime:
    match interval:
        case Interval.HOUR:
            return start
        case Interval.DAY:
            return start.replace(hour=0)
        case Interval.WEEK:
            day = start.replace(hour=0)
            return day - timedelta(days=day.weekday())
        case Interval.MONTH:
            return start.replace(day=1, hour=0)
        case Interval.YEAR:
            return start.replace(month=1, day=1, hour=0)


def _series(first: datetime, last: datetime, interval: Interval, most: int) -> Iterator[datetime]:
    """Yield the starts from first to last; one more than `most` at the most."""
    start = first
    for _ in range(most + 1):
        yield start
        following = bucket_end(start, interval)
        if start >= last or following == start:
            return
        start = following
