"""Delivers alerts: what is due is claimed, sent, and noted as sent; what fails is tried again later, or given up.

Durable before each send (claimed, with a lease) and after (sent): whoever is killed in between leaves the alert to be
sent again, with the same id. Any number of couriers may run over the same index; a claim belongs to one of them.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from importlib.metadata import version
from random import Random
from typing import Final, Protocol

import structlog

from pipeline.alerts.raising import to_message
from pipeline.alerts.retrying import claimed, failed, next_attempt, postponed, sent
from pipeline.alerts.store import AlertStore
from pipeline.clock import Clock
from pipeline.delivery.dead_letter import build_dead_letter
from pipeline.delivery.outcome import Sender
from pipeline.metrics import ALERTS_FAILED, ALERTS_PENDING, ALERTS_POSTPONED, ALERTS_SENT, StageMetrics
from schemas.alert import Alert, Delivery, DeliveryState, Sink
from schemas.errors import ALERT_REFUSED, ConfigurationError, Rejected, Unavailable

LEASE: Final = timedelta(seconds=120)
"""Longer than the longest send: a claim must not end while its owner is still sending."""
AT_ONCE: Final = 8
PAGE: Final = 50
GIVE_UP_AFTER: Final = timedelta(hours=24)
MOST_COUNTED: Final = 1000
"""Alerts that are looked at for what is pending: more than that is as bad as that."""
CHANNELS: Final = ("webhook", "mail", "file")
_log = structlog.get_logger(__name__)


class Teller(Protocol):
    """What sends an alert to a sink; `Sinks` in earnest."""

    async def send(self, alert: Alert, sink: Sink) -> None:
        """See `Sinks.send`."""


class Courier:
    """Delivers the alerts of one index. Letters of those given up go to the dead-letter topic by `sender`."""

    def __init__(
        self,
        store: AlertStore,
        teller: Teller,
        sender: Sender,
        clock: Clock,
        random: Random,
        metrics: StageMetrics,
        *,
        give_up_after: timedelta = GIVE_UP_AFTER,
    ) -> None:
        self._store = store
        self._teller = teller
        self._sender = sender
        self._clock = clock
        self._random = random
        self._metrics = metrics
        self._give_up_after = give_up_after

    async def deliver_due(self) -> int:
        """Try everything that is due once; return how many alerts were tried.

        Raises:
            Unavailable: the index or the log does not answer; what was claimed is tried again when its lease ends.
            ConfigurationError: a person has to act on the index.
        """
        tried = 0
        while True:
            due = await asyncio.to_thread(self._store.due, self._clock.now(), PAGE)
            places = asyncio.Semaphore(AT_ONCE)

            async def one_of(alert: Alert, places: asyncio.Semaphore = places) -> None:
                async with places:
                    await self._deliver(alert)

            ends = await asyncio.gather(*(one_of(alert) for alert in due), return_exceptions=True)
            for end in ends:
                if isinstance(end, BaseException):
                    raise end
            tried += len(due)
            if len(due) < PAGE:
                return tried

    async def count_pending(self) -> None:
        """Bring up to date how many deliveries wait, whoever has to make them. Raises as `deliver_due`."""
        waiting = await asyncio.to_thread(self._store.due, self._clock.now() + GIVE_UP_AFTER, MOST_COUNTED)
        pending = Counter(one.sink.kind for alert in waiting for one in alert.deliveries if one.due_at is not None)
        for channel in CHANNELS:
            self._metrics.set(ALERTS_PENDING, pending[channel], channel=channel)

    async def _deliver(self, alert: Alert) -> None:
        claim = await self._claim(alert)
        if claim is None:
            return
        mine, now = claim
        places = _changed(alert, mine)
        told = await asyncio.gather(*(self._tell(mine, mine.deliveries[place], now) for place in places))
        results = dict(zip(places, told, strict=True))
        for place, delivery in results.items():
            if delivery.state is DeliveryState.FAILED:
                await self._bury(mine, mine.deliveries[place], delivery.error)

        def noted(held: Alert) -> Alert:
            kept = [
                results[place] if place in results and one.state is DeliveryState.PENDING else one
                for place, one in enumerate(held.deliveries)
            ]
            return held.model_copy(update={"deliveries": tuple(kept)})

        await asyncio.to_thread(self._store.change_alert, mine.alert_id, noted)

    async def _claim(self, alert: Alert) -> tuple[Alert, datetime] | None:
        """Return the alert as this courier's own, None when another one was quicker."""
        now = self._clock.now()
        taken: list[bool] = []

        def take(held: Alert) -> Alert:
            # Only as it was found: of two couriers that see the same alert, the second finds it changed.
            taken.append(held == alert)
            return claimed(held, now, LEASE) if held == alert else held

        changed = await asyncio.to_thread(self._store.change_alert, alert.alert_id, take)
        return None if changed is None or not taken[-1] else (changed, now)

    async def _tell(self, alert: Alert, delivery: Delivery, now: datetime) -> Delivery:
        """Send to one sink, and return what is to be noted."""
        channel = delivery.sink.kind
        facts = {"alert": alert.alert_id, "sink": channel, "attempts": delivery.attempts}
        try:
            await self._teller.send(alert, delivery.sink)
        except Rejected as error:
            _log.warning("alert.given-up", why=error.detail, **facts)
            self._metrics.count(ALERTS_FAILED, channel=channel)
            return failed(delivery, self._clock.now(), error.detail)
        except (Unavailable, ConfigurationError) as error:
            if now - alert.raised_at >= self._give_up_after and delivery.attempts > 1:
                _log.warning("alert.given-up", why=str(error), **facts)
                self._metrics.count(ALERTS_FAILED, channel=channel)
                return failed(delivery, self._clock.now(), f"{error} (given up after {delivery.attempts} attempts)")
            _log.warning("alert.postponed", why=str(error), **facts)
            self._metrics.count(ALERTS_POSTPONED, channel=channel)
            return postponed(delivery, str(error), next_attempt(delivery.attempts, self._clock.now(), self._random))
        _log.info("alert.sent", **facts)
        self._metrics.count(ALERTS_SENT, channel=channel)
        return sent(delivery, self._clock.now())

    async def _bury(self, alert: Alert, delivery: Delivery, why: str) -> None:
        """Write a dead letter of the message that raised the alert; replaying it sends the alert again."""
        if alert.cause is None:
            return
        error = Rejected(ALERT_REFUSED, f"saved search {alert.search_name!r}, {delivery.sink.kind}: {why}")
        letter = build_dead_letter(
            to_message(alert.cause),
            "alert",
            error,
            attempts=delivery.attempts,
            now=self._clock.now(),
            program_version=version("newswire"),
        )
        await self._sender.send([letter])


def _changed(before: Alert, after: Alert) -> Sequence[int]:
    """Return the places of the deliveries that were claimed."""
    return [
        place
        for place, (old, new) in enumerate(zip(before.deliveries, after.deliveries, strict=True))
        if old.attempts != new.attempts
    ]
