"""The poller's part of WebSub: asks hubs for subscriptions and renews them, and wakes feeds that were delivered to.

Runs beside the poller, in its event loop. Requests to hubs obey every limit of `fetch`. Whether a hub means it is
decided by the verification that it sends to `web.websub`.
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Final

import structlog

from pipeline.clock import Clock
from pipeline.fetch.answers import FetchRequest
from pipeline.fetch.client import Fetcher
from pipeline.fetch.outcome import PollOutcome
from pipeline.fetch.refusals import FetchRefused
from pipeline.fetch.state import FeedStore
from pipeline.websub.protocol import subscription_form
from pipeline.websub.store import HubStore, Subscription
from schemas.errors import Unavailable
from schemas.feed import FeedClaim

_LOOK_S: Final = 1.0
CALLBACK_PATH: Final = "/websub/"
_log = structlog.get_logger(__name__)


class HubNotes:
    """Takes from polls that were committed which hubs feeds name, and which deliveries are finished.

    Args:
        hubs: the file, of the committing thread.
        clock: the time.
        subscribes: whether there is a public address to subscribe with.
    """

    def __init__(self, hubs: HubStore, clock: Clock, *, subscribes: bool) -> None:
        self._hubs = hubs
        self._clock = clock
        self._subscribes = subscribes

    def note(self, outcomes: Iterable[PollOutcome]) -> None:
        """Note what these polls say. Idempotent.

        Raises:
            Unavailable: the file is busy; call again.
        """
        now = self._clock.now()
        for outcome in outcomes:
            if outcome.delivery is not None:
                self._hubs.finished([outcome.delivery])
            elif outcome.articles and self._hubs.may_rest(outcome.url, now):
                self._hubs.distrust(outcome.url, now)
            if self._subscribes and (written := outcome.changes.get("claim")):
                claim = FeedClaim.model_validate_json(written)
                if claim.hubs:
                    self._hubs.want(outcome.url, claim.hubs[0], claim.topic_url or outcome.url, now)


class Subscriber:
    """Keeps the subscriptions of one poller.

    Args:
        hubs: the file, of the event loop.
        feeds: the feeds.
        fetcher: asks hubs.
        clock: the time.
        callback: the public address of the web server; None: nothing is subscribed to.
        wake: tells the poller that a feed is due.
    """

    def __init__(
        self,
        hubs: HubStore,
        feeds: FeedStore,
        fetcher: Fetcher,
        clock: Clock,
        callback: str | None,
        wake: Callable[[], None],
    ) -> None:
        self._hubs = hubs
        self._feeds = feeds
        self._fetcher = fetcher
        self._clock = clock
        self._callback = callback
        self._wake = wake

    async def run(self) -> None:
        """Look for what is to be asked and what was delivered, until cancelled."""
        while True:
            try:
                self.wake_delivered()
                await self.ask()
            except Unavailable as error:
                _log.warning("subscriptions wait", why=str(error))
            await self._clock.sleep_async(_LOOK_S)

    def wake_delivered(self) -> int:
        """Let feeds be due that hubs have delivered to; return how many. What nobody reads any more is dropped."""
        now, due = self._clock.now(), []
        for feed_url in self._hubs.waiting():
            feed = self._feeds.find(feed_url)
            if feed is None:
                self._hubs.drop(feed_url)
            elif feed.last_success_at and feed.next_poll_at > now:
                due.append(feed.id)
        if due:
            self._feeds.postpone(due, now)
            self._wake()
        return len(due)

    async def ask(self) -> None:
        """Ask the hubs of all subscriptions whose time has come."""
        if self._callback:
            await asyncio.gather(*(self._ask(one) for one in self._hubs.to_ask(self._clock.now())))

    async def _ask(self, one: Subscription) -> None:
        if self._feeds.find(one.feed_url) is None:
            self._hubs.drop(one.feed_url)
            return
        self._hubs.asked(one.feed_url, self._clock.now())  # before: the hub may confirm before it answers
        callback = f"{(self._callback or '').rstrip('/')}{CALLBACK_PATH}{one.token}"
        try:
            await self._fetcher.fetch(FetchRequest(one.hub, form=subscription_form(one.topic, callback, one.secret)))
        except FetchRefused as refused:
            self._hubs.asked(one.feed_url, self._clock.now(), f"{refused.reason}: {refused.detail}"[:300])
            _log.info("a hub did not take a subscription", feed=one.feed_url, hub=one.hub, why=refused.reason)
