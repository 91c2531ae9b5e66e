"""A site on loopback whose documents a test sets: a feed, its pages, its robots.txt."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from aiohttp import web


@dataclass
class Site:
    """`documents` maps paths to text, or to a status; `headers` are sent along; `asked` lists what was requested."""

    documents: dict[str, str | int] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    port: int = 0
    host: str = "127.0.0.1"

    @property
    def base(self) -> str:
        """The site's address without a path."""
        return f"http://{self.host}:{self.port}"

    @property
    def feed(self) -> str:
        """The address of its feed."""
        return f"{self.base}/feed.xml"

    def set_items(self, *items: tuple[str, str], path: str = "/feed.xml", extra: str = "") -> None:
        """Write a feed with these paths and texts, the newest first."""
        entries = "".join(
            f"<item><title>News of {link}</title><link>{self.base}{link}</link><guid>{link}</guid>"
            f"<description>{text}</description></item>"
            for link, text in items
        )
        self.documents[path] = f'<rss version="2.0"><channel><title>Quay</title>{extra}{entries}</channel></rss>'

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer from the documents; an ETag among the headers is honoured, right or wrong."""
        self.asked.append((request.path, request.headers.get("If-None-Match")))
        document = self.documents.get(request.path, 404)
        if isinstance(document, int):
            return web.Response(status=document)
        etag = self.headers.get("ETag")
        if etag and request.headers.get("If-None-Match") == etag:
            return web.Response(status=304)
        kind = "text/html" if document.startswith("<html") else "text/xml"
        return web.Response(text=document, content_type=kind, headers=self.headers)


@contextmanager
def running_site(host: str = "127.0.0.1") -> Iterator[Site]:
    """Serve a site from a thread, at a loopback address."""
    site = Site(host=host)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    runner = asyncio.run_coroutine_threadsafe(_serve(site), loop).result(20)
    try:
        yield site
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _serve(site: Site) -> web.ServerRunner:
    runner = web.ServerRunner(web.Server(site.answer), shutdown_timeout=0.1)
    await runner.setup()
    listening = web.TCPSite(runner, site.host, 0)
    await listening.start()
    site.port = runner.addresses[0][1]
    return runner
