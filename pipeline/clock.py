"""Time as a dependency: the only module that reads the clock or sleeps.

Everything that needs the time takes a `Clock`, so that tests set it and replays are exact.
"""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What the program may ask of time."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""

    def monotonic_s(self) -> float:
        """Return seconds that only ever grow; for durations and deadlines."""

    def sleep(self, seconds: float) -> None:
        """Block this thread."""

    async def sleep_async(self, seconds: float) -> None:
        """Let other tasks run for this long."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic_s(self) -> float:
        """Return seconds since an arbitrary start."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Block this thread."""
        time.sleep(seconds)

    async def sleep_async(self, seconds: float) -> None:
        """Let other tasks run for this long."""
        await asyncio.sleep(seconds)


class ManualClock:
    """A clock that moves only when told, or when somebody sleeps on it. For tests and simulations."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)
        self._elapsed_s = 0.0

    def advance(self, seconds: float) -> None:
        """Move time forward."""
        self._now += timedelta(seconds=seconds)
        self._elapsed_s += seconds

    def now(self) -> datetime:
        """Return the instant that the clock was moved to."""
        return self._now

    def monotonic_s(self) -> float:
        """Return the seconds advanced so far."""
        return self._elapsed_s

    def sleep(self, seconds: float) -> None:
        """Advance instead of waiting."""
        self.advance(seconds)

    async def sleep_async(self, seconds: float) -> None:
        """Advance instead of waiting, and let other tasks run once."""
        self.advance(seconds)
        await asyncio.sleep(0)


def epoch_ms(instant: datetime) -> int:
    """Return milliseconds since 1970-01-01 UTC, rounded down.

    >>> epoch_ms(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000
    """
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def age_s(since_ms: int, now: datetime) -> float:
    """Return the seconds from an epoch time in milliseconds until now; 0 when the other clock is ahead.

    >>> age_s(500, datetime(1970, 1, 1, 0, 0, 2, tzinfo=UTC))
    1.5
    """
    return max(0, epoch_ms(now) - since_ms) / 1000
