"""From settings to a fetcher, and to a poller with everything that it needs. Settings, log and clock in."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version

from pipeline.clock import Clock
from pipeline.fetch.answers import FetchLimits, FetchSettings
from pipeline.fetch.client import Fetcher
from pipeline.fetch.outcome import PollOutcome
from pipeline.fetch.pages import FullText, PageFetcher
from pipeline.fetch.poll import Claims, Deliveries, FeedPoll, PollOptions
from pipeline.fetch.poller import Poller
from pipeline.fetch.robots import RobotsGuard
from pipeline.fetch.schedule import Pace
from pipeline.fetch.state import FeedStore
from pipeline.fetch.targets import TargetRules
from pipeline.log.base import Log
from pipeline.outlets.noting import OutletNotes
from pipeline.outlets.store import OutletStore
from pipeline.producers.feeds import FeedPublisher
from pipeline.settings import Settings
from pipeline.sources.registry import SourceRegistry
from pipeline.websub.store import HubStore
from pipeline.websub.subscriber import HubNotes, Subscriber

# Beside those that are being fetched, polls may wait for their host or for a page's turn.
_WAITING_PLACES = 3


def fetch_settings(settings: Settings) -> FetchSettings:
    """Return how to fetch. The User-Agent says who asks, and where a person can be found."""
    contact = f"+{settings.fetch_contact}" if settings.fetch_contact else "news feed reader"
    total_s = settings.fetch_timeout_s
    return FetchSettings(
        user_agent=f"newswire/{version('newswire')} ({contact})",
        rules=target_rules(settings),
        limits=FetchLimits(
            connect_s=min(10.0, total_s),
            first_byte_s=min(20.0, total_s),
            total_s=total_s,
            wire_bytes=settings.fetch_max_bytes,
            body_bytes=settings.fetch_max_bytes,
        ),
        concurrency=settings.fetch_concurrency,
        host_concurrency=settings.fetch_host_concurrency,
        host_delay_s=settings.fetch_host_delay_s,
    )


def target_rules(settings: Settings) -> TargetRules:
    """Return which addresses may be asked for."""
    ports = frozenset(int(port) for port in settings.fetch_ports.split(","))
    return TargetRules(ports, settings.fetch_allow_loopback)


@dataclass(frozen=True, slots=True)
class FeedTools:
    """A fetcher with what stands on it."""

    fetcher: Fetcher
    poll: FeedPoll
    claims: Claims


@asynccontextmanager
async def open_tools(
    settings: Settings, store: FeedStore, clock: Clock, deliveries: Deliveries | None = None
) -> AsyncIterator[FeedTools]:
    """Yield what polls single feeds; nothing is written to the store."""
    async with Fetcher(fetch_settings(settings), clock) as fetcher:
        robots = RobotsGuard(fetcher, clock, target_rules(settings))
        options = PollOptions(
            pace=Pace(settings.feeds_min_interval_s, max(settings.feeds_max_interval_s, settings.feeds_min_interval_s)),
            full_text=FullText(settings.feeds_full_text, settings.feeds_teaser_words),
            first_items=settings.feeds_first_items,
            asks_robots=settings.feeds_robots,
        )
        claims: Claims = {}
        pages = PageFetcher(fetcher, robots, clock)
        poll = FeedPoll(fetcher, robots, pages, store.items, claims, clock, options, deliveries)
        yield FeedTools(fetcher, poll, claims)


@asynccontextmanager
async def open_poller(
    settings: Settings, log: Log, clock: Clock, on_outcome: Callable[[PollOutcome], None] | None = None
) -> AsyncIterator[Poller]:
    """Yield a poller of the feeds that the settings name, ready to run; meanwhile it subscribes at hubs.

    Raises:
        ConfigurationError: the files of state cannot be used.
    """
    with (
        FeedStore(settings.feeds_path) as store,
        FeedPublisher(log, settings.ledger_path, settings.feeds_path, clock, open_notes(settings)) as publisher,
        HubStore(settings.hubs_path) as hubs,
        HubStore(settings.hubs_path) as noted,
    ):
        async with open_tools(settings, store, clock, hubs) as tools:
            poller = Poller(
                store,
                tools.poll,
                tools.fetcher.gate,
                publisher,
                tools.claims,
                clock,
                places=settings.fetch_concurrency * _WAITING_PLACES,
                on_outcome=on_outcome,
                on_committed=HubNotes(noted, clock, subscribes=settings.websub_callback is not None).note,
            )
            subscriber = Subscriber(hubs, store, tools.fetcher, clock, settings.websub_callback, poller.wake)
            subscribing = asyncio.create_task(subscriber.run())
            try:
                yield poller
            finally:
                subscribing.cancel()
                await asyncio.gather(subscribing, return_exceptions=True)


def open_notes(settings: Settings) -> OutletNotes:
    """Return what takes notes of feeds' outlets, to be closed by its user.

    Raises:
        ConfigurationError: the registry or the file of listed outlets cannot be read.
    """
    return OutletNotes(
        OutletStore(settings.listed_sources_path), SourceRegistry.load(settings.sources), identify_language
    )


def identify_language(text: str) -> str | None:
    """Return the language of a text, None where it cannot be told."""
    from pipeline.enrich.language import detect_language  # only where a feed says none: it takes 100 MiB

    return detect_language(text, None).code
