"""A farm of feeds on loopback addresses, each gaining items, many of them ill-behaved; and a record of who asked when.

Usage: python -m benchmarks.feed_farm FEEDS GAP_S HELD. Prints its port and its feeds;
`http://127.0.0.1:PORT/freeze` stops new items and gives what was published, `/stats` what was asked. For tests,
`running_farm` serves from a thread.
"""

import asyncio
import gzip
import json
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Final

from aiohttp import web

HELD: Final = 15
"""Entries that a feed shows at once."""
FIRST: Final = 5
"""Entries that a feed begins with."""
KINDS: Final = (
    *["steady"] * 30,
    *["plain", "stamped", "wrong-etag", "moved", "flapping", "busy"] * 2,
    "slow", "broken", "gone", "endless", "hanging", "bomb", "private", "looping",
)  # fmt: skip
"""Of fifty feeds. Not readable: broken, gone, endless, hanging, bomb, private, looping."""
UNREADABLE: Final = frozenset({"broken", "gone", "endless", "hanging", "bomb", "private", "looping"})
_BOMB: Final = gzip.compress(b"\x00" * 60_000_000, 9)
_HANGS_S: Final = 300.0  # longer than any patience


@dataclass(slots=True)
class Host:
    """One feed and its server, and what was asked of it."""

    number: int
    kind: str
    address: str
    requests: int = 0
    active: int = 0
    most_active: int = 0
    last_start_s: float = -1e9
    least_gap_s: float = 1e9
    starts: list[float] = field(default_factory=list)


class Farm:
    """The feeds. Items appear every `gap_s` seconds in each feed, until `freeze`."""

    def __init__(self, feeds: int, gap_s: float, slow_s: float = 1.5, held: int = HELD) -> None:
        self.hosts = [Host(number, KINDS[number % len(KINDS)], _address(number)) for number in range(feeds)]
        self._by_address = {host.address: host for host in self.hosts}
        self._gap_s = gap_s
        self._slow_s = slow_s
        self._held = held
        self._started_s = time.monotonic()
        self._began_at = datetime.now(UTC)
        self._frozen_s: float | None = None
        self.port = 0

    def freeze(self) -> None:
        """No new items from now on."""
        self._frozen_s = time.monotonic()

    def url(self, host: Host) -> str:
        """Return the address of a feed."""
        return f"http://{host.address}:{self.port}/feed.xml"

    def count(self, host: Host) -> int:
        """Return how many items the feed has had so far."""
        elapsed = (self._frozen_s or time.monotonic()) - self._started_s
        phase = (host.number * 0.618) % 1.0
        return FIRST + int(elapsed / self._gap_s + phase)

    def _item_date(self, host: Host, item: int) -> str:
        """Return when an item appeared; those that a feed begins with, a gap apart before."""
        phase = (host.number * 0.618) % 1.0
        elapsed = (item - FIRST + 1 - phase) * self._gap_s
        return format_datetime(self._began_at + timedelta(seconds=elapsed))

    def published(self) -> dict[str, list[str]]:
        """Return the addresses of all items of each readable feed, by the feed's kind."""
        links: dict[str, list[str]] = {}
        for host in self.hosts:
            if host.kind not in UNREADABLE:
                found = [f"http://{host.address}:{self.port}/item/{item}" for item in range(self.count(host))]
                links.setdefault(host.kind, []).extend(found)
        return links

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer as the host that was asked."""
        host = self._by_address.get(request.host.partition(":")[0])
        if host is None:
            return self._control(request)
        now = time.monotonic()
        host.requests += 1
        host.active += 1
        host.most_active = max(host.most_active, host.active)
        host.least_gap_s = min(host.least_gap_s, now - host.last_start_s)
        host.last_start_s = now
        try:
            return await self._site(request, host)
        finally:
            host.active -= 1

    def _control(self, request: web.BaseRequest) -> web.Response:
        if request.path == "/freeze":
            self.freeze()
            return web.json_response(self.published())
        gaps = [host.least_gap_s for host in self.hosts if host.requests > 1]
        return web.json_response(
            {
                "requests": sum(host.requests for host in self.hosts),
                "most_active": max(host.most_active for host in self.hosts),
                "least_gap_s": round(min(gaps, default=0.0), 3),
                "asked": sum(host.requests > 0 for host in self.hosts),
            }
        )

    async def _site(self, request: web.BaseRequest, host: Host) -> web.StreamResponse:
        if request.path == "/robots.txt":
            return web.Response(text="User-agent: *\nDisallow: /private/\n")
        if request.path.startswith("/item/"):
            return web.Response(text=_page(request.path, host), content_type="text/html")
        return await self._feed(request, host)

    async def _feed(self, request: web.BaseRequest, host: Host) -> web.StreamResponse:  # noqa: PLR0911 - a table
        match host.kind:
            case "gone":
                return web.Response(status=404)
            case "hanging":
                await asyncio.sleep(_HANGS_S)
            case "slow":
                await asyncio.sleep(self._slow_s)
            case "flapping" if host.requests % 2:
                return web.Response(status=502)
            case "busy" if host.requests % 3 == 1:
                return web.Response(status=429, headers={"Retry-After": "2"})
            case "broken":
                return web.Response(body=b"<html><p>Database error", content_type="application/rss+xml")
            case "bomb":
                return web.Response(body=_BOMB, headers={"Content-Encoding": "gzip"}, content_type="text/xml")
            case "private":
                return web.Response(status=302, headers={"Location": "http://169.254.169.254/latest/meta-data/"})
            case "looping":
                return web.Response(status=302, headers={"Location": "/feed.xml"})
            case "moved" if request.path == "/feed.xml":
                return web.Response(status=301, headers={"Location": "/moved.xml"})
            case "endless":
                return await _drip(request)
        return self._document(request, host)

    def _document(self, request: web.BaseRequest, host: Host) -> web.Response:
        count = self.count(host)
        etag = '"always"' if host.kind == "wrong-etag" else f'"{count}"'
        headers = {} if host.kind in {"plain", "stamped"} else {"ETag": etag}
        if headers and request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers=headers)
        stamp = f"<lastBuildDate>{time.monotonic()}</lastBuildDate>" if host.kind == "stamped" else ""
        items = "".join(self._item(host, item) for item in range(count - 1, max(count - 1 - self._held, -1), -1))
        text = (
            '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>'
            f"<title>Farm feed {host.number}</title><link>http://{host.address}:{self.port}/</link>{stamp}{items}"
            "</channel></rss>"
        )
        return web.Response(text=text, headers=headers, content_type="application/rss+xml")

    def _item(self, host: Host, item: int) -> str:
        link = f"http://{host.address}:{self.port}/item/{item}"
        return (
            f"<item><title>Barge {item} of quay {host.number} unloads wheat</title><link>{link}</link>"
            f'<guid isPermaLink="false">{host.number}-{item}</guid><pubDate>{self._item_date(host, item)}</pubDate>'
            f"<description>{_text(host.number, item)}"
            "</description></item>"
        )


def _address(number: int) -> str:
    return f"127.{1 + number // 40_000}.{number // 200 % 200}.{1 + number % 200}"


def _text(number: int, item: int) -> str:
    return (
        f"The harbour office at quay {number} said that barge {item} had brought {100 + item * 7} tonnes of wheat down "
        "the river. Merchants expect the price of bread to hold until the spring floods close the upper locks. "
    ) * 3


def _page(path: str, host: Host) -> str:
    item = int(path.rpartition("/")[2] or 0)
    paragraphs = "".join(f"<p>{_text(host.number, item)}</p>" for _ in range(4))
    title = f"Barge {item} of quay {host.number} unloads wheat"
    return (
        f"<html lang=en><head><title>{title}</title></head><body><article><h1>{title}</h1>{paragraphs}"
        "<p>Whole text of the page.</p></article></body></html>"
    )


async def _drip(request: web.BaseRequest) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/rss+xml"})
    await response.prepare(request)
    for _ in range(100_000):
        try:
            await response.write(b"<!-- more to come -->" * 20)
        except ConnectionError:
            break
        await asyncio.sleep(0.2)
    return response


@contextmanager
def running_farm(feeds: int, gap_s: float, slow_s: float = 0.3, held: int = HELD) -> Iterator[Farm]:
    """Yield a farm that serves from a thread."""
    farm = Farm(feeds, gap_s, slow_s, held)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    runner = asyncio.run_coroutine_threadsafe(serve(farm), loop).result(60)
    try:
        yield farm
    finally:
        asyncio.run_coroutine_threadsafe(_close(runner), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def serve(farm: Farm) -> web.ServerRunner:
    """Serve each host at its own loopback address, all at one port."""
    # A client that hangs up is gone: otherwise its request would count as one more at once.
    server = web.Server(farm.answer, access_log=None, handler_cancellation=True)
    runner = web.ServerRunner(server, shutdown_timeout=0.1)
    await runner.setup()
    for address in ["127.0.0.1", *(host.address for host in farm.hosts)]:
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((address, farm.port))
        farm.port = listening.getsockname()[1]
        await web.SockSite(runner, listening, backlog=64).start()
    return runner


async def _close(runner: web.ServerRunner) -> None:
    await runner.cleanup()
    left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


async def _main(feeds: int, gap_s: float, held: int) -> None:
    farm = Farm(feeds, gap_s, held=held)
    await serve(farm)
    urls = [farm.url(host) for host in farm.hosts]
    readable = {kind: [farm.url(host) for host in farm.hosts if host.kind == kind] for kind in {*KINDS} - UNREADABLE}
    print(json.dumps({"port": farm.port, "feeds": urls, "readable": readable}), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])))
