"""One poll of one feed: fetch, read, choose, fetch pages, and say what changes. Feed → `PollOutcome`; writes nothing.

Whatever the server does, an outcome is returned: a failure slows the feed down.
"""

import asyncio
import hashlib
from collections.abc import MutableMapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Protocol

from pipeline.clock import Clock
from pipeline.feeds.entry import Feed
from pipeline.fetch.answers import Fetched, FetchRequest
from pipeline.fetch.article_choice import Chosen, choose_articles
from pipeline.fetch.client import Fetcher
from pipeline.fetch.feed_state import FeedState
from pipeline.fetch.known_items import KnownItems, is_full
from pipeline.fetch.outcome import PollOutcome
from pipeline.fetch.pages import FullText, PageFetcher
from pipeline.fetch.reading import ReadItem, parse_feed, read_items
from pipeline.fetch.refusals import FetchRefused, Reason
from pipeline.fetch.robots import RobotsGuard
from pipeline.fetch.schedule import Pace
from pipeline.fetch.selection import select_items
from pipeline.fetch.turns import (
    Found,
    after_delivery,
    after_failure,
    after_success,
    asks_again_in_full,
    delivered_answer,
)
from pipeline.websub.store import Delivery

ACCEPT: Final = (
    "application/rss+xml,application/atom+xml,application/feed+json,application/rdf+xml;q=0.9,"
    "application/xml;q=0.8,text/xml;q=0.8,*/*;q=0.1"
)

RESTING_S: Final = 6 * 3600.0
"""Shortest time between two polls of a feed whose hub tells of its articles: polls only find out whether it does."""

Claims = MutableMapping[bytes, tuple[bytes, int]]
"""Articles that are on their way: id under which one may arrive → its article id and the feed that sends it."""


@dataclass(frozen=True, slots=True)
class PollOptions:
    """How feeds are polled. `asks_robots`: feeds too, not only pages."""

    pace: Pace
    full_text: FullText
    first_items: int = 20
    asks_robots: bool = False


@dataclass(frozen=True, slots=True)
class _Reading:
    """A feed that was read anew, and whether its server was caught keeping an ETag."""

    feed: Feed
    items: list[ReadItem]
    body_hash: bytes
    is_etag_wrong: bool


class Deliveries(Protocol):
    """What hubs have sent of feeds; see `websub.store`. Any method may raise `Unavailable`."""

    def next_delivery(self, feed_url: str) -> Delivery | None:
        """Return what waits longest."""

    def may_rest(self, feed_url: str, now: datetime) -> bool:
        """Whether the feed's hub tells of its articles."""


class FeedPoll:
    """Polls feeds, any number at once in one event loop.

    Args:
        fetcher: fetches feeds.
        robots: asked before feeds when the options say so.
        pages: fetches pages.
        known: what is known of each feed.
        claims: shared by all polls that are under way; whoever writes the outcomes takes them out again.
        clock: the time.
        options: how.
        deliveries: what hubs have sent, which is read in place of asking the feed.
    """

    def __init__(
        self,
        fetcher: Fetcher,
        robots: RobotsGuard,
        pages: PageFetcher,
        known: KnownItems,
        claims: Claims,
        clock: Clock,
        options: PollOptions,
        deliveries: Deliveries | None = None,
    ) -> None:
        self._fetcher = fetcher
        self._robots = robots
        self._pages = pages
        self._known = known
        self._claims = claims
        self._clock = clock
        self._options = options
        self._deliveries = deliveries

    async def poll(self, feed: FeedState) -> PollOutcome:
        """Return what a poll of the feed comes to; never raises for what a server does."""
        delivery = self._deliveries.next_delivery(feed.given_url) if self._deliveries else None
        if delivery is not None and feed.last_success_at is not None:
            return await self._read_delivery(feed, delivery)
        try:
            fetched = await self._fetch(feed)
            at = self._clock.now()
            reading = await self._read(feed, fetched, at)
        except FetchRefused as refused:
            at = self._clock.now()
            changes = after_failure(feed, refused, at, self._pace(feed, at))
            return PollOutcome(feed.id, feed.given_url, at, changes, refused.reason, refused.detail)
        if reading is None:
            found = Found(body_hash=feed.body_hash)
            changes = after_success(feed, fetched, found, at, self._pace(feed, at))
            return PollOutcome(feed.id, feed.given_url, at, changes, not_modified=True)
        return await self._choose(feed, fetched, reading, at)

    async def _read_delivery(self, feed: FeedState, delivery: Delivery) -> PollOutcome:
        """Return what a hub's delivery comes to; one that cannot be read lets the feed itself be asked at once."""
        at = self._clock.now()
        fetched = delivered_answer(feed, delivery)
        try:
            read, items = await asyncio.to_thread(_parse, fetched, feed, at)
        except FetchRefused:
            return PollOutcome(feed.id, feed.given_url, at, {"next_poll_at": at}, delivery=delivery.number)
        outcome = await self._choose(feed, fetched, _Reading(read, items, b"", is_etag_wrong=False), at)
        changes = after_delivery(outcome.changes, at)
        # It may hold only what is new: it says nothing of what the feed no longer shows.
        return replace(outcome, changes=changes, present=frozenset(), delivery=delivery.number)

    def _pace(self, feed: FeedState, at: datetime) -> Pace:
        pace = self._options.pace
        if self._deliveries is None or not self._deliveries.may_rest(feed.given_url, at):
            return pace
        return Pace(min(max(pace.min_s, RESTING_S), pace.max_s), pace.max_s)

    async def _fetch(self, feed: FeedState) -> Fetched:
        if self._options.asks_robots:
            await self._robots.check(feed.url)
        if asks_again_in_full(feed):
            return await self._fetcher.fetch(FetchRequest(feed.url, ACCEPT))
        return await self._fetcher.fetch(FetchRequest(feed.url, ACCEPT, feed.etag, feed.last_modified))

    async def _read(self, feed: FeedState, fetched: Fetched, at: datetime) -> _Reading | None:
        """Return the feed as read, None when it is the same as at the last poll.

        Raises:
            FetchRefused: `empty-body`, `not-a-feed`.
        """
        if fetched.not_modified:
            return None
        if not fetched.body.strip():
            raise FetchRefused(Reason.EMPTY_BODY, "the answer is empty")
        digest = hashlib.blake2b(fetched.body, digest_size=16).digest()
        if digest == feed.body_hash:
            return None
        # In a thread, so that a feed of several megabytes does not hold up all others.
        read, items = await asyncio.to_thread(_parse, fetched, feed, at)
        kept_etag = feed.etag is not None and fetched.headers.get("etag") == feed.etag and feed.body_hash is not None
        return _Reading(read, items, digest, kept_etag)

    async def _choose(self, feed: FeedState, fetched: Fetched, reading: _Reading, at: datetime) -> PollOutcome:
        known = self._known.of_feed(feed.id)
        owners = self._known.owners(item.link_id for item in reading.items)
        # Nothing may be awaited from here to the claims: another feed could choose the same article.
        owners |= {item.link_id: self._claims[item.link_id] for item in reading.items if item.link_id in self._claims}
        first_items = None
        if feed.last_success_at is None:
            # A first poll that was cut off by a crash may have sent some.
            first_items = max(self._options.first_items - sum(one.versions > 0 for one in known.values()), 0)
        selection = select_items(reading.items, known, owners, feed.id, first_items=first_items)
        self._claims.update({one.item.link_id: (one.item.link_id, feed.id) for one in selection.candidates})
        chosen = await choose_articles(selection, feed, self._pages, self._options.full_text, self._known, self._claims)
        present = frozenset(item.key for item in reading.items)
        return PollOutcome(
            feed.id,
            feed.given_url,
            at,
            self._changes(feed, fetched, reading, chosen, at, is_whole=not (selection.has_more or chosen.postponed)),
            articles=tuple(chosen.articles),
            items=(*selection.noted, *chosen.items),
            owned=chosen.owned,
            present=present if is_full(len(known), len(present)) else frozenset(),
            sightings=selection.sightings + chosen.sightings,
            claimed=tuple({one.item.link_id for one in selection.candidates} | set(chosen.owned)),
            pages=chosen.pages,
            pages_failed=chosen.pages_failed,
        )

    def _changes(
        self, feed: FeedState, fetched: Fetched, reading: _Reading, chosen: Chosen, at: datetime, *, is_whole: bool
    ) -> dict[str, object]:
        found = Found(
            sent=len(chosen.articles),
            items=reading.items,
            claim=reading.feed.claim,
            body_hash=reading.body_hash,
            is_whole=is_whole,
            is_etag_wrong=reading.is_etag_wrong,
        )
        return after_success(feed, fetched, found, at, self._pace(feed, at))


def _parse(fetched: Fetched, feed: FeedState, at: datetime) -> tuple[Feed, list[ReadItem]]:
    read = parse_feed(fetched)
    return read, read_items(read, feed, at)
