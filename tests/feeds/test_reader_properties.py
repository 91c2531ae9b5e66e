"""Whatever bytes arrive, readers give records or refuse: never another error, and twice the same."""

import io
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pipeline.feeds.ai_signals import signals_of_page, signals_of_tdmrep
from pipeline.feeds.articles import build_articles
from pipeline.feeds.discovery import find_feeds
from pipeline.feeds.feed import read_feed
from pipeline.feeds.feed_list import read_feed_list
from pipeline.feeds.links import resolve_url
from pipeline.feeds.newsml import read_newsml
from pipeline.feeds.ninjs import read_ninjs
from pipeline.feeds.nitf import read_nitf
from pipeline.feeds.opml import read_opml, write_opml
from pipeline.feeds.robots import Robots
from pipeline.feeds.sitemap import read_sitemap
from pipeline.feeds.warc import read_warc
from pipeline.sources.urls import canonical_url
from schemas.codec import encode
from schemas.errors import Rejected
from schemas.feed import FeedRow

AT = datetime(2026, 1, 5, tzinfo=UTC)
PIECES = [
    b"<rss>",
    b"<channel>",
    b"<item>",
    b"</item>",
    b"<title>",
    b"</title>",
    b"<link>",
    b"</link>",
    b"&amp;",
    b"&x;",
    b"&",
    b"<![CDATA[",
    b"]]>",
    b"<!--",
    b"-->",
    b"<feed xmlns='http://www.w3.org/2005/Atom'>",
    b"<entry>",
    b"</entry>",
    b"http://a.example/x",
    b"<guid>",
    b"<pubDate>",
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"<outline xmlUrl='",
    b"'/>",
    b"<urlset>",
    b"<url>",
    b"<loc>",
    b"<sitemap>",
    b"<!DOCTYPE a [<!ENTITY x 'y'>]>",
    b"<nitf>",
    b"<body>",
    b"<newsItem>",
    b"<contentSet>",
    b"<inlineXML>",
    b'{"version":"https://jsonfeed.org/version/1","items":[',
    b'{"id":1,"title":2}',
    b"]}",
    b'{"uri":"x","versioncreated":"y","body_text":"z"}',
    b"WARC/1.0\r\n",
    b"Content-Length: 9\r\n\r\n",
    b"\x1f\x8b\x08",
    b"User-agent: *\n",
    b"Disallow: /*a*b$\n",
    b"Sitemap: x\n",
    b"filedesc://x 1.1.1.1 20260105000000 text/plain 5\n",
    b"<media:content url='",
    b"<source url='x'>",
    b"ttl",
    b"<ttl>99999999999</ttl>",
    b"%zz",
    b"http://[::1",
    b"\xc3\xa9",
]
DOCUMENTS = st.lists(st.sampled_from(PIECES) | st.binary(max_size=12), max_size=40).map(b"".join)
READERS: dict[str, Callable[[bytes], object]] = {
    "feed": lambda value: [encode(one) for one in build_articles(read_feed(value, url="http://a.example/f"), AT)],
    "sitemap": lambda value: read_sitemap(value, url="http://a.example/s"),
    "opml": read_opml,
    "list": lambda value: list(read_feed_list(value)),
    "newsml": read_newsml,
    "nitf": read_nitf,
    "ninjs": read_ninjs,
    "warc": lambda value: list(read_warc(io.BytesIO(value))),
    "discovery": lambda value: find_feeds(value, "http://a.example/"),
    "tdmrep": lambda value: signals_of_tdmrep(value, "/x"),
    "page": lambda value: signals_of_page(value.decode("utf-8", "replace")),
}  # fmt: skip


@pytest.mark.parametrize("name", READERS)
@given(value=DOCUMENTS)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(value=b"<rss><channel><item><link>http://[::1</link></item></channel></rss>")
@example(value=b"<rss><channel><item><title>\xed\xa0\x80</title></item></channel></rss>")
def test_readers_refuse_or_read(name: str, value: bytes) -> None:
    """Any bytes are read or refused with `Rejected`; twice the same gives the same."""

    def outcome() -> object:
        try:
            return READERS[name](value)
        except Rejected as error:
            return str(error)

    assert outcome() == outcome()


@given(value=DOCUMENTS, path=st.text(max_size=30))
@settings(max_examples=50, deadline=None)
def test_robots_always_answers(value: bytes, path: str) -> None:
    """Any bytes are rules, and any address gets an answer."""
    robots = Robots(value, "http://a.example/robots.txt")
    assert robots.is_allowed(f"http://a.example/{path}", "newswire") in {True, False}
    assert all(url.startswith("http") for url in robots.sitemaps)
    assert robots.ai_signals == Robots(value, "http://a.example/robots.txt").ai_signals


@given(url=st.text(max_size=60), base=st.sampled_from(["https://a.example/b/c?d", "http://a.example", None]))
@settings(max_examples=150, deadline=None)
@example(url="http:///\\evil", base=None)
@example(url="\x00http://a\x01b/", base=None)
def test_resolved_addresses_are_addresses(url: str, base: str | None) -> None:
    """A resolved address has a canonical form, and resolving it again changes nothing."""
    found = resolve_url(url, base)
    if found is not None:
        assert canonical_url(found) is not None
        assert resolve_url(found, base) == found


ROWS = st.builds(
    FeedRow,
    url=st.integers(0, 10_000).map(lambda number: f"https://a.example/feed?id={number}&x=1"),
    title=st.none() | st.sampled_from(["Harbour & Post", 'The "Quay"', "<b>", "Fähre", "a\u2028b", "x > y"]),
    language=st.none() | st.sampled_from(["en", "de-at"]),
    tags=st.lists(st.sampled_from(["News", "Sport & Play", 'A "B"']), unique=True, max_size=3).map(tuple),
)


@given(rows=st.lists(ROWS, unique_by=lambda row: row.url, max_size=20))
@settings(max_examples=60, deadline=None)
def test_opml_that_is_written_is_read_back(rows: list[FeedRow]) -> None:
    """What goes out as OPML comes back: addresses, titles, languages, tags."""
    opml = read_opml(write_opml(rows, "Mine & yours"))
    assert opml.is_well_formed
    assert opml.title == "Mine & yours"
    kept = {row.url: row for row in opml.rows}
    assert set(kept) == {row.url for row in rows}
    for row in rows:
        title = " ".join((row.title or "").split()) or None
        assert (kept[row.url].title, kept[row.url].language, kept[row.url].tags) == (title, row.language, row.tags)
