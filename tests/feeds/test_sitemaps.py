"""Sitemaps of every form give their pages; news sitemaps titles and dates too."""

import gzip

import pytest

from pipeline.feeds.sitemap import read_sitemap
from schemas.errors import Rejected

NEWS = """<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:n="http://www.google.com/schemas/sitemap-news/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<url><loc> https://a.example/1?x=1&y=2 </loc><lastmod>2026-01-05</lastmod>
<n:news><n:publication><n:name>Harbour Post</n:name>
<n:language>en</n:language></n:publication><n:publication_date>2026-01-05T08:00Z</n:publication_date>
<n:title>Fog &amp; ferry</n:title><n:keywords>fog, ferry</n:keywords></n:news>
<image:image><image:loc>https://img.example/1.jpg</image:loc><image:caption>The quay</image:caption></image:image></url>
<url><loc>/2</loc></url><url><loc>/2</loc></url><url><loc>mailto:x</loc></url></urlset>"""


def test_news_sitemap() -> None:
    """Title, dates, publication and picture of a news sitemap are read; addresses absolute, each once."""
    feed = read_sitemap(NEWS.encode(), url="https://a.example/news.xml").feed
    first, second = feed.entries
    assert (first.link, first.title) == ("https://a.example/1?x=1&y=2", "Fog & ferry")
    assert (first.published, first.updated) == ("2026-01-05T08:00Z", "2026-01-05")
    assert (first.language, first.categories) == ("en", ("fog", "ferry"))
    assert [(image.url, image.caption) for image in first.images] == [("https://img.example/1.jpg", "The quay")]
    assert second.link == "https://a.example/2"
    assert (feed.claim.form, feed.claim.title) == ("sitemap", "Harbour Post")


def test_packed_sitemap() -> None:
    """A gzipped sitemap is the same sitemap."""
    assert read_sitemap(gzip.compress(NEWS.encode())) == read_sitemap(NEWS.encode())


def test_index_names_its_sitemaps() -> None:
    """An index gives children and no pages, also where an address stands without `loc`."""
    value = b"<sitemapindex><sitemap><loc>http://a.example/1.xml</loc><lastmod>2026</lastmod></sitemap><sitemap>/2.xml</sitemap>"
    sitemap = read_sitemap(value, url="http://a.example/")
    assert [(one.url, one.modified) for one in sitemap.children] == [
        ("http://a.example/1.xml", "2026"), ("http://a.example/2.xml", None),
    ]  # fmt: skip
    assert sitemap.feed.entries == ()
    assert sitemap.feed.claim.form == "sitemap-index"


def test_lists_and_feeds_serve_as_sitemaps() -> None:
    """A list of addresses and a feed are sitemaps too, as the protocol says."""
    assert len(read_sitemap("\ufeffhttp://a.example/1\nhttp://a.example/2\n".encode()).feed.entries) == 2
    feed = b"<rss><channel><item><link>http://a.example/1</link></item></channel></rss>"
    assert read_sitemap(feed).feed.entries[0].link == "http://a.example/1"


@pytest.mark.parametrize("value", [b"", b"just words\nmore words", b"<html></html>"])
def test_what_is_no_sitemap_is_refused(value: bytes) -> None:
    """Words and pages are refused."""
    with pytest.raises(Rejected):
        read_sitemap(value)
