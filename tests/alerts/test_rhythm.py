"""When a silence is news, when a fault is a change, and when the pipeline falls behind."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.alerts.rhythm import Share, find_silence, has_broken, is_falling_behind, is_rising

MONDAY = datetime(2024, 5, 20, tzinfo=UTC)


def hours(pattern: dict[int, int], days: int = 28, *, weekend: bool = True) -> dict[datetime, int]:
    """Return articles by hour over the days before `MONDAY`: so many at each hour of the day."""
    found: dict[datetime, int] = {}
    for back in range(1, days + 1):
        day = MONDAY - timedelta(days=back)
        if weekend or day.weekday() < 5:
            found |= {day + timedelta(hours=hour): number for hour, number in pattern.items()}
    return found


AGENCY = hours(dict.fromkeys(range(24), 4))
OFFICE = hours(dict.fromkeys(range(8, 18), 2), weekend=False)
WEEKLY = {MONDAY - timedelta(days=4, hours=-9, weeks=back): 12 for back in range(4)}


@pytest.mark.parametrize(
    ("counted", "last", "silent_hours", "is_news"),
    [
        (AGENCY, MONDAY, 1, False),
        (AGENCY, MONDAY, 5, False),
        (AGENCY, MONDAY, 9, True),
        (OFFICE, MONDAY - timedelta(days=2, hours=7), 60, False),  # from Friday evening to Monday morning
        (OFFICE, MONDAY - timedelta(days=2, hours=7), 72, True),  # to Monday evening
        (WEEKLY, max(WEEKLY), 24 * 8, False),  # a day late
        (WEEKLY, max(WEEKLY), 24 * 15, True),
        (hours({9: 1}), MONDAY - timedelta(hours=15), 40, False),  # one a day, and one day without
        (hours({9: 1}), MONDAY - timedelta(hours=15), 50, True),
        (hours({9: 9}, days=10), MONDAY, 24 * 9, False),  # known for ten days: no rhythm yet
        ({}, MONDAY, 24 * 9, False),
    ],
)
def test_silence_is_judged_by_the_source_itself(
    counted: dict[datetime, int], last: datetime, silent_hours: int, is_news: bool
) -> None:
    """An agency is missed within hours, an office not over a week-end, a weekly paper after its day."""
    silence = find_silence(counted, last, last + timedelta(hours=silent_hours))
    assert (silence is not None) is is_news


@given(st.integers(1, 24 * 60), st.integers(1, 24 * 60))
def test_a_longer_silence_is_never_less_surprising(one: int, other: int) -> None:
    """What is expected only grows with time, and a silence that is news stays news."""
    short, long = sorted((one, other))
    first, then = (find_silence(OFFICE, max(OFFICE), max(OFFICE) + timedelta(hours=n)) for n in (short, long))
    assert first is None or (then is not None and then.expected >= first.expected)


@pytest.mark.parametrize(
    ("recent", "before", "broken"),
    [
        (Share(20, 20), Share(0, 200), True),
        (Share(10, 20), Share(10, 400), True),
        (Share(7, 7), Share(0, 200), False),  # too few to tell
        (Share(20, 20), Share(190, 200), False),  # always was so
        (Share(8, 20), Share(0, 200), False),  # not in half of them
        (Share(20, 20), Share(0, 3), False),  # nothing to compare with
        (Share(0, 0), Share(0, 0), False),
    ],
)
def test_a_fault_is_a_change(recent: Share, before: Share, broken: bool) -> None:
    """A fault counts when it has become common, and was not before."""
    assert has_broken(recent, before) is broken


def test_the_pipeline() -> None:
    """Waiting work that grows and grows, and dead letters beyond what is usual."""
    assert not is_falling_behind([2000, 3000, 4000])
    assert is_falling_behind([0, 2000, 3000, 4000, 5000])
    assert not is_falling_behind([4000, 3000, 2000, 1500])
    assert not is_falling_behind([1, 2, 3, 4])
    assert is_rising(20, 0.0)
    assert not is_rising(50, 20.0)
