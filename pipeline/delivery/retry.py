"""Trying again for ever: pauses with full jitter, and what is blocked since when and why.

An error in, a pause out. Imports only the clock, the metrics and `schemas`.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Final

import structlog

from pipeline.clock import Clock
from pipeline.metrics import BLOCKED, RETRIES, StageMetrics
from schemas.errors import ConfigurationError, Unavailable

BASE_S: Final = 0.2
CAP_S: Final = 30.0
# A person has to act: asking more often than this only fills the logs.
CONFIGURATION_PAUSE_S: Final = 30.0
# While the worker is leaving, each of its last seconds may bring the dependency back.
LEAVING_CAP_S: Final = 2.0
# 0.2 s doubled 8 times is above the cap; larger exponents would only overflow in the end.
MAX_EXPONENT: Final = 8

_log = structlog.get_logger(__name__)


def backoff_s(attempt: int, random: Random, cap_s: float = CAP_S) -> float:
    """Return the seconds to wait after failed attempt number `attempt` (from 1): full jitter, 0.2 s growing to the cap.

    Full jitter (uniform from 0 to the bound) spreads many workers best; Brooker, "Exponential Backoff And Jitter",
    AWS Architecture Blog, 2015.
    """
    return random.uniform(0.0, min(cap_s, BASE_S * 2 ** min(attempt - 1, MAX_EXPONENT)))


@dataclass(frozen=True, slots=True)
class Blockage:
    """Something that does not go on: `where` in the worker, `since` when (UTC), `why` in one sentence.

    `needs_person`: waiting alone will not help.
    """

    where: str
    since: datetime
    why: str
    attempts: int
    needs_person: bool


class Retries:
    """All that a worker is trying again at the moment.

    `cap_s` bounds the pauses between attempts; `configuration_pause_s` is the pause when a person has to act.
    """

    def __init__(
        self,
        clock: Clock,
        random: Random,
        metrics: StageMetrics,
        *,
        cap_s: float = CAP_S,
        configuration_pause_s: float = CONFIGURATION_PAUSE_S,
    ) -> None:
        self._clock = clock
        self._random = random
        self._metrics = metrics
        self._cap_s = cap_s
        self._configuration_pause_s = configuration_pause_s
        self._open: dict[Retry, Blockage] = {}
        self.last: Blockage | None = None
        self._hurry = asyncio.Event()

    @property
    def blockages(self) -> tuple[Blockage, ...]:
        """What is blocked now, the oldest first."""
        return tuple(self._open.values())

    def hurry(self) -> None:
        """End the pauses that are going on and keep later ones short: the worker is about to leave."""
        self._hurry.set()

    @contextmanager
    def open(self, where: str) -> Iterator["Retry"]:
        """Begin something that may have to be repeated; it counts as blocked from its first pause until the end."""
        retry = Retry(self, where)
        try:
            yield retry
        finally:
            blockage = self._open.pop(retry, None)
            if blockage is not None:
                self._metrics.set(BLOCKED, len(self._open))
                _log.info("no longer blocked", stage=self._metrics.stage, where=where, attempts=blockage.attempts)

    async def pause(self, retry: "Retry", error: Unavailable | ConfigurationError) -> None:
        """Wait before the next attempt; used through `Retry.pause`."""
        known = self._open.get(retry)
        attempts = known.attempts + 1 if known else 1
        needs_person = isinstance(error, ConfigurationError)
        since = known.since if known else self._clock.now()
        self.last = self._open[retry] = Blockage(retry.where, since, str(error), attempts, needs_person)
        self._metrics.set(BLOCKED, len(self._open))
        self._metrics.count(RETRIES, where=retry.where)
        self._report(self._open[retry])
        pause_s = backoff_s(attempts, self._random, self._cap_s)
        await self._sleep(self._configuration_pause_s if needs_person else pause_s)

    def _report(self, blockage: Blockage) -> None:
        facts = {
            "stage": self._metrics.stage,
            "where": blockage.where,
            "why": blockage.why,
            "attempts": blockage.attempts,
        }
        if blockage.needs_person:
            _log.error("blocked until somebody changes this", **facts)
        elif (
            blockage.attempts & (blockage.attempts - 1) == 0
        ):  # 1, 2, 4, 8, …: an outage of hours is not a flood of lines
            _log.warning("blocked, trying again", **facts)

    async def _sleep(self, seconds: float) -> None:
        if self._hurry.is_set():
            await self._clock.sleep_async(min(seconds, LEAVING_CAP_S))
            return
        sleeping = asyncio.ensure_future(self._clock.sleep_async(seconds))
        hurrying = asyncio.ensure_future(self._hurry.wait())
        try:
            await asyncio.wait({sleeping, hurrying}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeping.cancel()
            hurrying.cancel()


class Retry:
    """One thing that is repeated until it succeeds."""

    def __init__(self, retries: Retries, where: str) -> None:
        self._retries = retries
        self.where = where

    async def pause(self, error: Unavailable | ConfigurationError) -> None:
        """Wait before the next attempt: full jitter up to 30 s, or 30 s when a person has to act."""
        await self._retries.pause(self, error)
