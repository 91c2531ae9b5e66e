"""Feeds made to break readers: refused or read, in bounded time and memory, never with another error than ours."""

import bz2
import gzip
import time
import tracemalloc

import pytest

from pipeline.feeds.feed import read_feed
from pipeline.feeds.limits import MAX_ENTRIES, unpack
from pipeline.feeds.opml import read_opml
from pipeline.feeds.sitemap import read_sitemap
from schemas.errors import Rejected

HEAD = b"<rss version='2.0'><channel><title>T</title>"
ITEM = b"<item><title>a</title><link>http://x.example/1</link></item>"
TAIL = b"</channel></rss>"
LAUGHS = (
    b'<!DOCTYPE lolz [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b"]>"
)
REFUSED = {
    "deep nesting": HEAD + b"<a>" * 200_000 + ITEM,
    "deep nesting, closed": HEAD + b"<a>" * 100_000 + b"</a>" * 100_000 + ITEM + TAIL,
    "brackets": HEAD + ITEM + b"<" * 1_000_000,
    "open tags": HEAD + ITEM + b"<a " * 1_000_000,
    "open quotes": HEAD + ITEM + b'<a b="' * 200_000,
    "many attributes": HEAD + b"<item " + b" ".join(b'a%d="1"' % n for n in range(100_000)) + b"/>",
    "title of 50 MB": HEAD + b"<item><title>" + b"a" * 50_000_000 + b"</title></item>" + TAIL,
}
READ = {
    "comments": HEAD + ITEM + b"<!--" * 200_000,
    "sections": HEAD + ITEM + b"<![CDATA[" * 200_000,
    "ampersands": HEAD + ITEM + b"&" * 100_000,
    "doctypes": b"<!DOCTYPE " * 50_000 + HEAD + ITEM,
    "many entities": b"<!DOCTYPE a [" + b'<!ENTITY a "b">' * 20_000 + b"]>" + HEAD + ITEM + TAIL,
    "NUL bytes": HEAD + b"\0" * 500_000 + ITEM + TAIL,
    "wrong bytes": HEAD + b"\xff" * 500_000 + ITEM + TAIL,
    "cut": (HEAD + ITEM + ITEM + TAIL)[:-60],
    "long title": HEAD + b"<item><title>" + b"a" * 3_000_000 + b"</title></item>" + TAIL,
    "namespaces": HEAD + b"".join(b'<a xmlns:n%d="u%d"/>' % (n, n) for n in range(5000)) + ITEM + TAIL,
}


@pytest.mark.parametrize("name", REFUSED)
def test_hostile_markup_is_refused_quickly(name: str) -> None:
    """Forms of input on which parsers take minutes are refused in seconds of processor time."""
    started = time.process_time()
    with pytest.raises(Rejected):
        read_feed(REFUSED[name])
    assert time.process_time() - started < 5


@pytest.mark.parametrize("name", READ)
def test_strange_markup_is_read_quickly(name: str) -> None:
    """What is merely strange gives its entries, titles bounded."""
    started = time.process_time()
    feed = read_feed(READ[name])
    assert time.process_time() - started < 10
    assert feed.entries
    assert all(len(entry.title or "") <= 2000 for entry in feed.entries)


def test_billion_laughs_stay_unsaid() -> None:
    """Nested entities are not expanded: memory stays small and no title holds the laughter."""
    value = LAUGHS + HEAD + b"<item><title>&j;</title></item>" + TAIL
    tracemalloc.start()
    feed = read_feed(value)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50_000_000
    assert all(len(entry.title or "") < 100 for entry in feed.entries)


@pytest.mark.parametrize("target", ["file:///etc/passwd", "http://127.0.0.1:9/x"])
def test_external_entities_are_never_opened(target: str) -> None:
    """An entity that names a file or an address gives nothing of it."""
    doctype = f'<!DOCTYPE r [<!ENTITY x SYSTEM "{target}">]>'.encode()
    feed = read_feed(doctype + HEAD + b"<item><title>[&x;]</title></item>" + TAIL)
    assert "root:" not in str(feed.entries[0].title)
    opml = read_opml(doctype + b"<opml><body><outline text='&x;' xmlUrl='http://a.example/f'/></body></opml>")
    assert "root:" not in str(opml.rows[0].title)
    pages = read_sitemap(doctype + b"<urlset><url><loc>http://a.example/&x;</loc></url></urlset>").feed.entries
    assert all("root:" not in str(page.link) for page in pages)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_packed_bombs_are_refused(pack: object) -> None:
    """A megabyte that unpacks to far more is given up at the limit."""
    bomb = gzip.compress(b"\0" * 20_000_000) if pack is gzip.compress else bz2.compress(b"\0" * 20_000_000)
    with pytest.raises(Rejected) as refused:
        read_feed(bomb)
    assert refused.value.reason == "too-large"


def test_cut_gzip_gives_what_is_there() -> None:
    """A gzip file that ends too early is read as far as it goes."""
    value = gzip.compress(b"x" * 200_000 + bytes(range(256)) * 2000)
    assert unpack(value[:-20], 10_000_000).startswith(b"xxx")


def test_entries_are_bounded() -> None:
    """A feed with endless entries gives the first thousands and says so."""
    feed = read_feed(HEAD + ITEM * (MAX_ENTRIES + 500) + TAIL)
    assert len(feed.entries) == MAX_ENTRIES
    assert any("more than" in problem for problem in feed.problems)


def test_deep_json_is_refused() -> None:
    """JSON nested beyond the parser's stack is refused as bad input."""
    with pytest.raises(Rejected):
        read_feed(b'{"version": "https://jsonfeed.org/version/1", "items": ' + b"[" * 200_000)


def test_hostile_sitemaps_are_bounded() -> None:
    """Deep, cut and huge sitemaps give what they have within the limits."""
    for value in (
        b"<urlset>" + b"<url>" * 100_000,
        b"<urlset><url><loc>http://a.example/1</loc></url><url><loc>http://a.exa",
        b"<urlset>" + b"<url " + b" ".join(b'a%d="1"' % n for n in range(20_000)) + b"/>",
    ):
        started = time.process_time()
        assert len(read_sitemap(value).feed.entries) <= 2
        assert time.process_time() - started < 10
