"""Feeds, sitemaps and wire documents saved as files → raw articles. File → `RawArticle`s and `BadInput`s.

One form, one reader of `pipeline.feeds`; the article's time is the file's, its place the file and the entry's number.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from pipeline.feeds.articles import build_article, build_articles
from pipeline.feeds.feed import read_feed
from pipeline.feeds.limits import MAX_FEED_BYTES
from pipeline.feeds.newsml import read_newsml
from pipeline.feeds.ninjs import read_ninjs
from pipeline.feeds.nitf import read_nitf
from pipeline.feeds.sitemap import read_sitemap
from pipeline.feeds.wire import WireItem
from pipeline.producers.byte_lines import BROKEN, open_bytes
from pipeline.producers.inputs import BadInput, bad_file
from schemas.article import RawArticle
from schemas.errors import Rejected

_WIRE: Final[dict[str, Callable[[bytes], list[WireItem]]]] = {
    "newsml": read_newsml, "nitf": read_nitf, "ninjs": read_ninjs,
}  # fmt: skip


def read_feed_file(path: Path, modified_at: datetime) -> Iterator[RawArticle | BadInput]:
    """Yield the articles of a saved feed: full texts, or teasers where the feed has no more."""
    value = read_document(path)
    if isinstance(value, BadInput):
        yield value
        return
    try:
        feed = read_feed(value)
    except Rejected as error:
        yield bad_file(path, error.detail, value)
        return
    articles = list(build_articles(feed, modified_at, channel="file", place=str(path)))
    if not articles:
        yield bad_file(path, "The feed has no entries with a text, title or address.", value)
    yield from articles


def read_sitemap_file(path: Path, modified_at: datetime) -> Iterator[RawArticle | BadInput]:
    """Yield what is to be done with a saved sitemap: it lists pages and holds no text of them."""
    del modified_at  # the signature of all readers
    value = read_document(path)
    if isinstance(value, BadInput):
        yield value
        return
    try:
        sitemap = read_sitemap(value)
    except Rejected as error:
        yield bad_file(path, error.detail, value)
        return
    pages, maps = len(sitemap.feed.entries), len(sitemap.children)
    listed = f"{maps:,} sitemaps" if maps else f"{pages:,} addresses of pages"
    detail = f"It is a sitemap: {listed} and no texts; newswire feeds add ADDRESS-OF-THE-SITEMAP fetches the pages."
    yield bad_file(path, detail, value)


def read_wire_file(path: Path, modified_at: datetime, form: str) -> Iterator[RawArticle | BadInput]:
    """Yield the items of a NewsML-G2, NITF or ninjs document (`form`); one withheld or cancelled is a bad input."""
    value = read_document(path)
    if isinstance(value, BadInput):
        yield value
        return
    try:
        items = _WIRE[form](value)
    except Rejected as error:
        yield bad_file(path, error.detail, value)
        return
    if not items:
        yield bad_file(path, "It holds no text: packages, pictures or concepts only.", value)
    for item in items:
        yield _article(item, path, modified_at, value)


def read_newsml_file(path: Path, modified_at: datetime) -> Iterator[RawArticle | BadInput]:
    """Yield the items of a NewsML-G2 document."""
    return read_wire_file(path, modified_at, "newsml")


def read_nitf_file(path: Path, modified_at: datetime) -> Iterator[RawArticle | BadInput]:
    """Yield the items of an NITF document."""
    return read_wire_file(path, modified_at, "nitf")


def read_ninjs_file(path: Path, modified_at: datetime) -> Iterator[RawArticle | BadInput]:
    """Yield the items of a ninjs document."""
    return read_wire_file(path, modified_at, "ninjs")


def read_document(path: Path) -> bytes | BadInput:
    """Return the whole file, unpacked, or why not."""
    try:
        with open_bytes(path) as stream:
            value = stream.read(MAX_FEED_BYTES + 1)
    except BROKEN as error:
        return bad_file(path, f"The file is damaged or cannot be read: {error}")
    if len(value) > MAX_FEED_BYTES:
        return bad_file(path, f"The file is larger than {MAX_FEED_BYTES // 1024**2} MiB.", value)
    return value if value.strip() else bad_file(path, "The file is empty.", value)


def _article(item: WireItem, path: Path, modified_at: datetime, value: bytes) -> RawArticle | BadInput:
    name = item.entry.guid or item.entry.title or f"number {item.entry.position}"
    if not item.is_usable:
        until = f" until {item.embargoed_until}" if item.embargoed_until else ""
        detail = f"The sender marks the item {name!r} as {item.status}{until}: it is not sent on."
        return BadInput(path, item.entry.position, value[:4096], detail)
    if item.entry.is_empty:
        return BadInput(path, item.entry.position, value[:4096], f"The item {name!r} has no text.")
    place = f"{path}#{item.entry.position}"
    return build_article(item.entry, item.claim, modified_at, channel="file", received_from=place)
