"""Hits → RSS 2.0 and Atom, for feed readers. Pure; built as a tree, so that no text can become markup.

A feed's entries link to the publisher where there is an address of the web, else to the article's page here.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

from schemas.query import Hit

_ATOM: Final = "http://www.w3.org/2005/Atom"
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no place for, not even escaped."""


@dataclass(frozen=True, slots=True)
class Channel:
    """A feed: its title, its own address, the page it belongs to, and when it was made.

    `address_of` gives the address of a hit; `kind` says what its entries are, in their ids.
    """

    title: str
    own_url: str
    page_url: str
    made_at: datetime
    address_of: Callable[[Hit], str]
    kind: str = "article"


def write_rss(channel: Channel, hits: Sequence[Hit]) -> bytes:
    """Return the feed as RSS 2.0."""
    rss = Element("rss", {"version": "2.0"})
    head = SubElement(rss, "channel")
    _text(head, "title", channel.title)
    _text(head, "link", channel.page_url)
    _text(head, "description", f"{channel.title}, as newswire finds it")
    _text(head, "lastBuildDate", format_datetime(channel.made_at.astimezone(UTC), usegmt=True))
    for hit in hits:
        item = SubElement(head, "item")
        _text(item, "title", hit.title or "Untitled")
        _text(item, "link", channel.address_of(hit))
        _text(item, "guid", _id(channel, hit)).set("isPermaLink", "false")
        _text(item, "description", _about(hit))
        if hit.published_at:
            _text(item, "pubDate", format_datetime(hit.published_at.astimezone(UTC), usegmt=True))
    return _whole(rss)


def write_atom(channel: Channel, hits: Sequence[Hit]) -> bytes:
    """Return the feed as Atom (RFC 4287)."""
    feed = Element("feed", {"xmlns": _ATOM})
    _text(feed, "title", channel.title)
    _text(feed, "id", channel.own_url)
    _text(feed, "updated", _iso(channel.made_at))
    SubElement(feed, "link", {"rel": "self", "href": _clean(channel.own_url)})
    SubElement(feed, "link", {"rel": "alternate", "href": _clean(channel.page_url)})
    for hit in hits:
        entry = SubElement(feed, "entry")
        if hit.language:
            entry.set("xml:lang", _clean(hit.language))
        _text(entry, "title", hit.title or "Untitled")
        _text(entry, "id", _id(channel, hit))
        SubElement(entry, "link", {"rel": "alternate", "href": _clean(channel.address_of(hit))})
        _text(entry, "updated", _iso(hit.published_at or hit.first_seen_at or channel.made_at))
        if hit.published_at:
            _text(entry, "published", _iso(hit.published_at))
        for author in hit.authors or (hit.source or "unknown",):
            _text(SubElement(entry, "author"), "name", author)
        _text(entry, "summary", _about(hit))
    return _whole(feed)


def _text(parent: Element, name: str, text: str) -> Element:
    child = SubElement(parent, name)
    child.text = _clean(text)
    return child


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)


def _id(channel: Channel, hit: Hit) -> str:
    return f"urn:newswire:{channel.kind}:{hit.article_id}"


def _about(hit: Hit) -> str:
    by = f"{hit.source or 'unknown source'}{f', written by {hit.origin}' if hit.origin else ''}"
    return f"{hit.summary} ({by})" if hit.summary else by


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _whole(root: Element) -> bytes:
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + bytes(tostring(root, encoding="utf-8"))
