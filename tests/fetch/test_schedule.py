"""When feeds are polled: by rhythm, hints and failures; and how hosts are spared."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.clock import ManualClock
from pipeline.fetch.hosts import HostGate
from pipeline.fetch.http_values import parse_freshness, parse_retry_after
from pipeline.fetch.refusals import FetchRefused, Severity
from pipeline.fetch.schedule import (
    Hints,
    Pace,
    first_rhythm,
    interval_after_failure,
    next_interval,
    next_rhythm,
    skip_quiet_hours,
    with_jitter,
)

NOW = datetime(2026, 3, 4, 12, 30, tzinfo=UTC)
PACE = Pace(300.0, 86_400.0)


def test_rhythm_follows_the_feed() -> None:
    """A feed that speeds up is polled more often within a few articles, one that falls silent less and less often."""
    rhythm = 3600.0
    for _ in range(12):
        rhythm = next_rhythm(rhythm, 1, 600.0)
    assert 550 < rhythm < 800
    silent = rhythm
    for hours in range(1, 48):
        silent = next_rhythm(silent, 0, hours * 3600.0)
    assert silent > 20 * 3600


def test_first_rhythm_comes_from_the_dates() -> None:
    """The median gap counts, an old pinned entry does not, and a long silence makes it slower."""
    hourly = [NOW - timedelta(hours=hour) for hour in range(10)] + [NOW - timedelta(days=900)]
    assert first_rhythm(hourly, NOW) == 3600.0
    assert first_rhythm(hourly, NOW + timedelta(days=40)) == 10 * 86_400.0
    assert first_rhythm([], NOW) == first_rhythm([NOW], NOW)


@pytest.mark.parametrize(
    ("rhythm_s", "hints", "expected"),
    [
        (7200.0, Hints(), 3600.0),
        (10.0, Hints(), 300.0),
        (10**9, Hints(), 86_400.0),
        (600.0, Hints(hint_s=1800.0), 1800.0),
        (600.0, Hints(hint_s=10**8), 3600.0),
        (600.0, Hints(retry_after_s=5000.0), 5000.0),
    ],
)
def test_interval_keeps_its_bounds(rhythm_s: float, hints: Hints, expected: float) -> None:
    """Half the rhythm, within the settings, not before what feed and server ask for, and a wild hint never silences."""
    assert next_interval(rhythm_s, PACE, hints) == expected


@pytest.mark.parametrize("severity", list(Severity))
def test_failures_slow_down_and_never_kill(severity: Severity) -> None:
    """Each failure makes the wait longer or equal, and even after a thousand the next poll is within a week."""
    waits = [interval_after_failure(severity, number, 3600.0, None) for number in range(1, 1001)]
    assert waits == sorted(waits)
    assert waits[-1] <= 7 * 86_400
    assert interval_after_failure(severity, 1, 3600.0, 90_000.0) == 90_000.0


def test_jitter_spreads_and_repeats() -> None:
    """Feeds of one moment drift apart by up to a tenth, in the same way at each start."""
    spread = {with_jitter(1000.0, f"feed-{number}", 0) for number in range(50)}
    assert len(spread) == 50
    assert all(1000.0 <= one <= 1100.0 for one in spread)
    assert with_jitter(1000.0, "feed-1", 3) == with_jitter(1000.0, "feed-1", 3)


def test_quiet_hours_are_skipped() -> None:
    """The next poll falls into an hour and a day that the feed did not exclude; excluding all means nothing."""
    assert skip_quiet_hours(NOW, Hints(skip_hours=(12, 13))) == NOW.replace(hour=14, minute=0)
    assert skip_quiet_hours(NOW, Hints(skip_days=("Wednesday",))) == NOW.replace(day=5, hour=0, minute=0)
    assert skip_quiet_hours(NOW, Hints(skip_hours=tuple(range(24)))) == NOW


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("120", 120.0),
        ("Wed, 04 Mar 2026 12:31:00 GMT", 60.0),
        ("Wed, 04 Mar 2020 12:31:00 GMT", 0.0),
        ("9" * 40, 172_800.0),
        ("-5", None),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after(written: str | None, seconds: float | None) -> None:
    """Seconds and dates are understood, nonsense is nothing, and nobody is obeyed for more than two days."""
    assert parse_retry_after(written, NOW) == seconds


def test_freshness() -> None:
    """Cache-Control counts before Expires; what must not be stored is never fresh."""
    later = "Wed, 04 Mar 2026 12:40:00 GMT"
    assert parse_freshness("private, max-age=60", later, NOW) == 60.0
    assert parse_freshness(None, later, NOW) == 600.0
    assert parse_freshness("no-cache, max-age=60", later, NOW) is None
    assert parse_freshness("max-age=abc", "never", NOW) is None


async def test_a_host_is_asked_one_at_a_time_and_apart() -> None:
    """Requests to one host follow each other with the delay between end and start; other hosts do not wait."""
    clock = ManualClock(NOW)
    gate = HostGate(clock, concurrency=1, delay_s=2.0)
    times: list[float] = []
    inside = 0

    async def visit(host: str) -> None:
        nonlocal inside
        async with gate.enter(host):
            inside += 1
            assert inside == 1
            times.append(clock.monotonic_s())
            await asyncio.sleep(0)
            inside -= 1

    for _ in range(3):
        await visit("slow.example")
    assert times == [0.0, 2.0, 4.0]
    await visit("other.example")
    assert times[-1] == 4.0


async def test_a_blocked_host_sends_away() -> None:
    """Who would have to wait long for a host that asked for rest is refused at once, and admitted afterwards."""
    clock = ManualClock(NOW)
    gate = HostGate(clock, delay_s=0.0)
    gate.block("busy.example", 600.0)
    with pytest.raises(FetchRefused, match="host-asked-to-wait"):
        async with gate.enter("busy.example"):
            pass
    clock.advance(600.0)
    async with gate.enter("busy.example"):
        assert gate.waiting("busy.example") == 1
    assert gate.waiting("busy.example") == 0
