"""An event loop whose time jumps to the next timer whenever nothing else is left to do.

Hours of backoff pass in milliseconds, always in the same order. A test in which everything waits for ever fails.
"""

import asyncio
import selectors
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

T = TypeVar("T")

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


class _JumpingSelector(selectors.DefaultSelector):
    def __init__(self) -> None:
        super().__init__()
        self.elapsed_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        events = super().select(0)
        if events or timeout == 0:
            return events
        if timeout is None:
            msg = "everything waits and no timer is set: this would hang for ever"
            raise AssertionError(msg)
        self.elapsed_s += timeout
        return []


class _VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.elapsed_s


class VirtualClock:
    """The clock of a virtual loop."""

    def now(self) -> datetime:
        """Return the virtual instant."""
        return START + timedelta(seconds=self.monotonic_s())

    def monotonic_s(self) -> float:
        """Return the virtual seconds since the loop was made."""
        return asyncio.get_running_loop().time()

    def sleep(self, seconds: float) -> None:
        """Refuse: nothing may block this loop."""
        raise AssertionError(seconds)

    async def sleep_async(self, seconds: float) -> None:
        """Let virtual time pass."""
        await asyncio.sleep(seconds)


def run_virtual(scenario: Callable[[], Awaitable[T]]) -> T:
    """Run a scenario on a loop of its own and return its result."""

    async def main() -> T:
        return await scenario()

    with asyncio.Runner(loop_factory=_VirtualLoop) as runner:
        return runner.run(main())
