"""Finds feeds from a home page: links in its head, links in its text, well-known addresses. Bytes → candidates. Pure.

Page → addresses with title, form and how each was found, the best first; whether they are feeds shows when they are
fetched. A page's own `base` counts; addresses on other sites are allowed (feed services), only links in the text must
stay on the site or go to a known feed service.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from lxml import etree, html

from pipeline.feeds.characters import one_line
from pipeline.feeds.links import resolve_url
from pipeline.producers.decoding import decode_page
from pipeline.sources.urls import domain_of, host_of

Found = Literal["link", "anchor", "well-known"]
MAX_PAGE_BYTES: Final = 4 * 1024 * 1024
MAX_FOUND: Final = 100
_TYPES: Final[dict[str, Literal["feed", "sitemap"]]] = {
    "application/rss+xml": "feed", "application/atom+xml": "feed", "application/feed+json": "feed",
    "application/rdf+xml": "feed", "application/json": "feed", "application/xml": "feed", "text/xml": "feed",
    "application/x.atom+xml": "feed", "application/x-atom+xml": "feed", "text/rss+xml": "feed",
}  # fmt: skip
_WELL_KNOWN: Final = (
    "/feed", "/feed/", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml", "/feeds/posts/default", "/feed.json",
    "/rss/", "/rss/index.rss", "/index.rss", "/feeds/all.atom.xml", "/?feed=rss2", "/.well-known/feed",
)  # fmt: skip
_WELL_KNOWN_SITEMAPS: Final = ("/news-sitemap.xml", "/sitemap-news.xml", "/sitemap_news.xml", "/sitemap.xml")
_FEED_PATH = re.compile(
    r"(?:^|[/._?=&-])(?:rss|rss2|atom|feed|feeds|rdf)(?:$|[/._?=&-])|\.(?:rss|rdf|atom|xml)(?:$|\?)", re.IGNORECASE
)
_NO_FEED = re.compile(r"\.(?:html?|php|css|js|png|jpe?g|svg|pdf)$|/(?:help|about|login|share)\b", re.IGNORECASE)
_SERVICES: Final = frozenset({"feedburner.com", "feedblitz.com", "rsshub.app", "feedpress.me", "feedpress.com"})
_COMMENTS = re.compile(r"comments?(?:/|$|\?)|/comments?\b", re.IGNORECASE)
_COMMENT_TITLE = re.compile(r"\bcomments?\b|kommentare|commentaires|comentarios", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FoundFeed:
    """A candidate: an address that may be a feed. `title` and `media_type` as the page writes them."""

    url: str
    how: Found
    title: str | None = None
    media_type: str | None = None
    kind: Literal["feed", "sitemap"] = "feed"


def find_feeds(page: bytes, url: str) -> list[FoundFeed]:
    """Return the feeds that a page names, the best first: declared before linked, comments last, each address once.

    Empty when it names none; then `guess_feeds` says where else to look. Never fails: a broken page names less.
    """
    text = decode_page(page[:MAX_PAGE_BYTES])
    parser = html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        tree = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except (etree.LxmlError, ValueError):
        return []
    if tree is None:
        return []
    base = _base(tree, url)
    found: dict[str, FoundFeed] = {}
    for one in (*_declared(tree, base), *_linked(tree, base)):
        found.setdefault(one.url, one)
    ranked = sorted(found.values(), key=_is_about_comments)
    return ranked[:MAX_FOUND]


def guess_feeds(url: str) -> list[FoundFeed]:
    """Return the addresses at which sites of all kinds have feeds and sitemaps, the likeliest first."""
    feeds = (resolve_url(path, url) for path in _WELL_KNOWN)
    maps = (resolve_url(path, url) for path in _WELL_KNOWN_SITEMAPS)
    return [
        *(FoundFeed(found, "well-known") for found in feeds if found),
        *(FoundFeed(found, "well-known", kind="sitemap") for found in maps if found),
    ]


def _base(tree: etree._Element, url: str) -> str:
    for element in tree.iter("base"):
        if base := resolve_url(element.get("href"), url):
            return base
    return url


def _declared(tree: etree._Element, base: str) -> Iterator[FoundFeed]:
    for element in tree.iter("link"):
        relations = (element.get("rel") or "").lower().split()
        kind = (element.get("type") or "").partition(";")[0].strip().lower()
        if not {"alternate", "feed", "service.feed"}.intersection(relations) or "stylesheet" in relations:
            continue
        address = resolve_url(element.get("href"), base)
        if address is None or (kind not in _TYPES and "feed" not in relations):
            continue
        # Content systems declare their programming interface (WordPress: wp-json, oEmbed) with the types of feeds.
        if kind in {"application/json", "application/xml", "text/xml"} and not _FEED_PATH.search(address):
            continue
        yield FoundFeed(address, "link", one_line(element.get("title")), kind or None)


def _linked(tree: etree._Element, base: str) -> Iterator[FoundFeed]:
    home = domain_of(base)
    for element in tree.iter("a"):
        href = element.get("href")
        if not isinstance(href, str) or not _FEED_PATH.search(href) or _NO_FEED.search(href.partition("?")[0]):
            continue
        address = resolve_url(href, base)
        if address and (domain_of(address) == home or domain_of(host_of(address)) in _SERVICES):
            yield FoundFeed(address, "anchor", one_line("".join(element.itertext())[:400]))


def _is_about_comments(found: FoundFeed) -> tuple[bool, bool]:
    about = bool(_COMMENTS.search(found.url) or _COMMENT_TITLE.search(found.title or ""))
    return about, found.how != "link"
