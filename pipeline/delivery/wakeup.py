"""Waiting for a condition inside one event loop: who changes the state notifies, who waits looks again.

Not for use from other threads. Imports nothing of ours.
"""

import asyncio
from collections.abc import Callable


class Wakeup:
    """A condition variable without a lock: state changes and checks never await in between, so none is needed."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def notify(self) -> None:
        """Let everyone who waits look at its condition again."""
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)
        self._waiting.clear()

    async def until(self, condition: Callable[[], bool], timeout_s: float | None = None) -> bool:
        """Return True as soon as the condition holds, False when it still does not after `timeout_s`.

        Does not give way to other tasks when the condition holds at once.
        """
        if condition():
            return True
        try:
            async with asyncio.timeout(timeout_s):
                while not condition():
                    await self._next()
        except TimeoutError:
            return condition()
        return True

    async def _next(self) -> None:
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(waiter)
        try:
            await waiter
        finally:
            self._waiting.discard(waiter)
