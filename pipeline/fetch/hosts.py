"""The gate in front of every host: how many requests at once, how far apart, and when a host asked to be left alone.

Host → permission to send one request. Imports only the clock.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from pipeline.clock import Clock
from pipeline.fetch.refusals import FetchRefused, Reason

MAX_WAIT_S: Final = 30.0
"""Who would have to wait longer is sent away, and comes back later instead of holding a place."""
MAX_DELAY_S: Final = 60.0
_SWEEP_ABOVE: Final = 4096


@dataclass(slots=True)
class _Host:
    places: asyncio.Semaphore
    users: int = 0
    next_s: float = 0.0
    blocked_until_s: float = 0.0
    delay_s: float = 0.0


class HostGate:
    """Keeps each host within its limits, in one event loop.

    Args:
        clock: the time.
        concurrency: requests to one host at once.
        delay_s: from the start of one request to a host to the start of the next, and from its end.
    """

    def __init__(self, clock: Clock, *, concurrency: int = 1, delay_s: float = 1.0) -> None:
        self._clock = clock
        self._concurrency = concurrency
        self._delay_s = delay_s
        self._hosts: dict[str, _Host] = {}

    @asynccontextmanager
    async def enter(self, host: str) -> AsyncIterator[None]:
        """Wait for a place at the host and for its delay; hold the place until the block ends.

        Raises:
            FetchRefused: `host-asked-to-wait`, at once, when the host wants to be left alone for longer than
                `MAX_WAIT_S`.
        """
        self._sweep()
        entry = self._hosts.setdefault(host, _Host(asyncio.Semaphore(self._concurrency)))
        self._refuse_blocked(host, entry)
        entry.users += 1
        try:
            async with entry.places:
                await self._wait_turn(host, entry)
                try:
                    yield
                finally:
                    entry.next_s = max(entry.next_s, self._clock.monotonic_s() + self._delay(entry))
        finally:
            entry.users -= 1

    def block(self, host: str, seconds: float) -> None:
        """Let nobody ask the host for that long (Retry-After)."""
        entry = self._hosts.setdefault(host, _Host(asyncio.Semaphore(self._concurrency)))
        entry.blocked_until_s = max(entry.blocked_until_s, self._clock.monotonic_s() + seconds)

    def set_delay(self, host: str, seconds: float) -> None:
        """Keep requests to the host this far apart (Crawl-delay), if that is more than the general delay."""
        entry = self._hosts.setdefault(host, _Host(asyncio.Semaphore(self._concurrency)))
        entry.delay_s = min(seconds, MAX_DELAY_S)

    def waiting(self, host: str) -> int:
        """Return how many are at the host or wait for it."""
        entry = self._hosts.get(host)
        return entry.users if entry else 0

    def _delay(self, entry: _Host) -> float:
        return max(self._delay_s, entry.delay_s)

    async def _wait_turn(self, host: str, entry: _Host) -> None:
        while True:
            self._refuse_blocked(host, entry)
            now = self._clock.monotonic_s()
            at = max(entry.next_s, entry.blocked_until_s)
            if at <= now:
                entry.next_s = now + self._delay(entry)
                return
            await self._clock.sleep_async(at - now)

    def _refuse_blocked(self, host: str, entry: _Host) -> None:
        left = entry.blocked_until_s - self._clock.monotonic_s()
        if left > MAX_WAIT_S:
            detail = f"{host} asked to be left alone for another {left:.0f} s"
            raise FetchRefused(Reason.HOST_ASKED_TO_WAIT, detail, retry_after_s=left)

    def _sweep(self) -> None:
        """Forget hosts that nobody waits for and whose delay is over."""
        if len(self._hosts) <= _SWEEP_ABOVE:
            return
        now = self._clock.monotonic_s()
        for host, entry in list(self._hosts.items()):
            if not entry.users and max(entry.next_s, entry.blocked_until_s) <= now:
                del self._hosts[host]
