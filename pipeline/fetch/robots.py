"""robots.txt of every site that pages are fetched from: asked once a day, obeyed with its delays.

URL → may it be fetched, or `FetchRefused`. Keeps the newest few thousand.
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from pipeline.clock import Clock
from pipeline.feeds.robots import MAX_ROBOTS_BYTES, Robots
from pipeline.fetch.answers import FetchLimits, FetchRequest
from pipeline.fetch.client import Fetcher
from pipeline.fetch.refusals import FetchRefused, Reason, Severity
from pipeline.fetch.targets import TargetRules, check_target

PRODUCT: Final = "newswire"
_LIMITS: Final = FetchLimits(total_s=30.0, wire_bytes=MAX_ROBOTS_BYTES, body_bytes=MAX_ROBOTS_BYTES, redirects=5)
_KEPT_S: Final = 86_400.0
_KEPT_AFTER_FAILURE_S: Final = 900.0
_KEPT_SITES: Final = 5000


@dataclass(slots=True)
class _Site:
    lock: asyncio.Lock
    rules: Robots | None = None
    failure: str | None = None
    until_s: float = -1.0


class RobotsGuard:
    """Asks robots.txt before pages. One event loop.

    Args:
        fetcher: fetches the files, within its hosts' limits.
        clock: their age.
        target_rules: as the fetcher's.
    """

    def __init__(self, fetcher: Fetcher, clock: Clock, target_rules: TargetRules) -> None:
        self._fetcher = fetcher
        self._clock = clock
        self._target_rules = target_rules
        self._sites: OrderedDict[str, _Site] = OrderedDict()

    async def check(self, url: str) -> None:
        """Return when the page may be fetched; a Crawl-delay is handed to the host's gate.

        RFC 9309 section 2.3.1: a site without the file (4xx) allows everything, one that cannot be reached nothing.

        Raises:
            FetchRefused: `robots-disallowed`, `robots-unreachable`, or what the address itself is refused for.
        """
        target = check_target(url, self._target_rules)
        site = self._sites.setdefault(target.origin, _Site(asyncio.Lock()))
        self._sites.move_to_end(target.origin)
        async with site.lock:
            if self._clock.monotonic_s() >= site.until_s:
                await self._load(target.origin, target.host, site)
        while len(self._sites) > _KEPT_SITES:
            self._sites.popitem(last=False)
        if site.failure:
            raise FetchRefused(Reason.ROBOTS_UNREACHABLE, site.failure)
        if site.rules and not site.rules.is_allowed(str(target.url), PRODUCT):
            raise FetchRefused(Reason.ROBOTS_DISALLOWED, f"{target.host} asks not to fetch this address (robots.txt)")

    async def _load(self, origin: str, host: str, site: _Site) -> None:
        site.rules = site.failure = None
        kept_s = _KEPT_S
        try:
            answer = await self._fetcher.fetch(FetchRequest(f"{origin}/robots.txt", "text/plain", limits=_LIMITS))
            site.rules = Robots(answer.body, answer.final_url)
            delay_s = site.rules.delay_s(PRODUCT)
            if delay_s:
                self._fetcher.gate.set_delay(host, delay_s)
        except FetchRefused as refused:
            if refused.severity is Severity.TRANSIENT:
                site.failure = (
                    f"robots.txt of {host} cannot be had ({refused.reason}), so nothing is fetched from there"
                )
                kept_s = _KEPT_AFTER_FAILURE_S
        site.until_s = self._clock.monotonic_s() + kept_s
