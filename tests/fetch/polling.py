"""Polling single feeds inside a test: a farm's feeds, a store, a log and the publisher, all real."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.clock import SystemClock
from pipeline.fetch.feed_state import FeedState
from pipeline.fetch.outcome import PollOutcome
from pipeline.fetch.poll import FeedPoll
from pipeline.fetch.state import FeedStore
from pipeline.fetch.wiring import identify_language, open_tools
from pipeline.log.sqlite import SqliteLog
from pipeline.log.tools import read_topic
from pipeline.outlets.noting import OutletNotes
from pipeline.outlets.store import OutletStore
from pipeline.producers.feeds import FeedPublisher
from pipeline.settings import Settings
from pipeline.sources.registry import SourceRegistry
from schemas.article import RawArticle
from schemas.codec import decode
from schemas.feed import FeedRow
from schemas.topics import RAW, TOPICS


@dataclass(frozen=True)
class Polling:
    """What a poller is made of, for one step at a time."""

    folder: Path
    store: FeedStore
    log: SqliteLog
    publisher: FeedPublisher
    feeds: FeedPoll
    claims: dict[bytes, tuple[bytes, int]]

    def add(self, url: str, full_text: str | None = None) -> None:
        """Subscribe to a feed."""
        self.store.add([FeedRow(url=url)], SystemClock().now(), full_text=full_text)

    def get(self, url: str) -> FeedState:
        """Return a feed as it is stored."""
        feed = self.store.find(url)
        assert feed is not None
        return feed

    async def poll(self, url: str) -> PollOutcome:
        """Poll a feed without writing anything."""
        return await self.feeds.poll(self.get(url))

    async def poll_and_commit(self, url: str) -> PollOutcome:
        """Poll a feed, send and write."""
        outcome = await self.poll(url)
        self.publisher.commit([outcome])
        self.claims.clear()
        return outcome

    def sent(self) -> list[RawArticle]:
        """Return all articles in the log, by address and version."""
        articles = [decode(RawArticle, message.value) for message in read_topic(self.log, RAW.name)]
        return sorted(articles, key=lambda one: (one.url or "", one.version))


@asynccontextmanager
async def open_polling(folder: Path, **settings: Any) -> AsyncIterator[Polling]:  # noqa: ANN401 - any setting
    """Yield everything, with these settings."""
    values: dict[str, Any] = {"fetch_host_delay_s": 0.0, "fetch_allow_loopback": True, "feeds_full_text": "never"}
    chosen = Settings(data_dir=folder, **(values | settings))
    clock = SystemClock()
    log = SqliteLog(folder / "log.db", clock)
    log.create_topics(TOPICS)
    with (
        FeedStore(chosen.feeds_path) as store,
        FeedPublisher(log, chosen.ledger_path, chosen.feeds_path, clock, _notes(chosen)) as publisher,
    ):
        publisher.recover()
        async with open_tools(chosen, store, clock) as tools:
            yield Polling(folder, store, log, publisher, tools.poll, tools.claims)  # type: ignore[arg-type]  # a dict
    log.close()


def _notes(settings: Settings) -> OutletNotes:
    # Without the registry that is shipped: no feed here is one of its sources, and it takes a while to read.
    return OutletNotes(OutletStore(settings.listed_sources_path), SourceRegistry(()), identify_language)
