"""The settable clock moves only when told, so that time-dependent logic is exact."""

from datetime import UTC, datetime, timedelta

from pipeline.clock import ManualClock, SystemClock, epoch_ms

START = datetime(2026, 1, 1, tzinfo=UTC)


async def test_manual_clock_moves_by_sleeping() -> None:
    """Sleeping advances the time by exactly that long, without waiting."""
    clock = ManualClock(START)
    clock.sleep(5)
    await clock.sleep_async(2.5)
    assert clock.now() == START + timedelta(seconds=7.5)
    assert clock.monotonic_s() == 7.5


async def test_system_clock_is_aware_and_monotonic() -> None:
    """The real clock speaks UTC and never runs backwards."""
    clock = SystemClock()
    before = clock.monotonic_s()
    clock.sleep(0)
    await clock.sleep_async(0)
    assert clock.now().tzinfo is UTC
    assert clock.monotonic_s() >= before


def test_epoch_ms_rounds_down() -> None:
    """Milliseconds are counted from 1970 in UTC, whatever the fraction."""
    assert epoch_ms(datetime(1970, 1, 1, 0, 0, 1, 999_999, tzinfo=UTC)) == 1999
