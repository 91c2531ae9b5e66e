"""A feed with a hub, the poller and the web server: subscribed, verified, delivered, and each item sent once."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from pipeline.clock import SystemClock
from pipeline.connections import samples_of
from pipeline.feeds.limits import MAX_FEED_BYTES
from pipeline.fetch.state import FeedStore
from pipeline.fetch.wiring import open_poller
from pipeline.index.tantivy import TantivyIndex
from pipeline.log.sqlite import SqliteLog
from pipeline.log.tools import read_topic
from pipeline.settings import Settings
from pipeline.sources.registry import SourceRegistry
from pipeline.web.site import Site as WebSite
from pipeline.websub.store import HubStore
from schemas.article import RawArticle
from schemas.codec import decode
from schemas.feed import FeedRow
from schemas.topics import RAW, TOPICS
from tests.fetch.feed_site import running_site
from tests.web.serving import serve
from tests.websub.stand_in_hub import CHALLENGE, running_hub


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110 - servers in other threads change it, which set no event
            await asyncio.sleep(0.05)


def _next_poll_at(store: FeedStore, url: str) -> datetime:
    feed = store.find(url)
    assert feed is not None
    return feed.next_poll_at


def with_items(base: str, *paths: str) -> str:
    """Return a feed with these items."""
    items = "".join(f"<item><title>News of {path}</title><link>{base}{path}</link></item>" for path in paths)
    return f'<rss version="2.0"><channel><title>Quay</title>{items}</channel></rss>'


@pytest.mark.timeout(180)
async def test_from_the_hub_to_the_log_once(tmp_path: Path) -> None:
    """Found by its Link header, a hub is subscribed to; what it delivers is sent at once, and never again by a poll."""
    clock = SystemClock()
    log = SqliteLog(tmp_path / "log.db", clock)
    log.create_topics(TOPICS)
    index = TantivyIndex(tmp_path / "index", clock, background=False)
    index.install()
    settings = Settings(
        data_dir=tmp_path,
        fetch_allow_loopback=True,
        fetch_host_delay_s=0.0,
        feeds_full_text="never",
        metrics_interval_s=0,
    )

    def sent() -> list[str]:
        return sorted((decode(RawArticle, one.value).url or "")[-2:] for one in read_topic(log, RAW.name))

    async with AsyncExitStack() as stack:
        site, hub = stack.enter_context(running_site()), stack.enter_context(running_hub())
        site.documents["/feed.xml"] = with_items(site.base, "/a", "/b")
        site.headers["Link"] = f'<{hub.url}>; rel="hub", <{site.feed}>; rel="self"'
        web = WebSite(settings, clock, index, SourceRegistry(()), lambda: log, lambda: samples_of(settings))
        callback = stack.enter_context(serve(web))
        settings = settings.model_copy(update={"websub_callback": callback})
        store = stack.enter_context(FeedStore(settings.feeds_path))
        hubs = stack.enter_context(HubStore(settings.hubs_path))
        store.add([FeedRow(url=site.feed)], clock.now())
        poller = await stack.enter_async_context(open_poller(settings, log, clock))
        stop = asyncio.Event()
        polling = asyncio.create_task(poller.run(stop))
        stack.push_async_callback(asyncio.wait_for, polling, 30)
        stack.callback(stop.set)

        await until(lambda: bool(hub.forms))
        assert {name: hub.forms[0][name] for name in ("hub.mode", "hub.topic")} == {
            "hub.mode": "subscribe", "hub.topic": site.feed,
        }  # fmt: skip
        assert (await asyncio.to_thread(hub.verify, topic="http://else.example/")).status_code == 404
        assert (await asyncio.to_thread(hub.verify, mode="unsubscribe")).status_code == 404
        assert not hubs.may_rest(site.feed, clock.now())
        verified = await asyncio.to_thread(hub.verify)
        assert (verified.status_code, verified.text) == (200, CHALLENGE)
        assert verified.headers["content-type"].startswith("text/plain")
        assert hubs.may_rest(site.feed, clock.now())
        assert sent() == ["/a", "/b"]

        # A hub may deliver only what is new. The feed itself shows it only later.
        pushed = with_items(site.base, "/c")
        refused = [
            (await asyncio.to_thread(partial(hub.publish, pushed, signed_with="not ours"))).status_code,
            (await asyncio.to_thread(partial(hub.publish, pushed, callback=f"{callback}/websub/unknown"))).status_code,
            (await asyncio.to_thread(partial(hub.publish, " " * (MAX_FEED_BYTES + 1)))).status_code,
        ]
        assert refused == [403, 410, 413]
        for _ in range(2):
            assert (await asyncio.to_thread(hub.publish, pushed)).status_code == 202
        await until(lambda: len(sent()) == 3 and not hubs.waiting())
        # What cannot be read lets the feed itself be asked, which shows nothing new, and may rest then.
        site.documents["/feed.xml"] = with_items(site.base, "/c", "/a", "/b")
        before = len(site.asked)
        assert (await asyncio.to_thread(hub.publish, "<html>no feed</html>")).status_code == 202
        await until(lambda: len(site.asked) > before)
        await until(lambda: _next_poll_at(store, site.feed) > clock.now() + timedelta(hours=5))
        assert sent() == ["/a", "/b", "/c"]
    index.close()
    log.close()
