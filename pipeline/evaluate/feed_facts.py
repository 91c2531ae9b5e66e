"""Which facts of a feed are found, by our reader and by feedparser alone. Bytes → counts, comparable. Pure.

A fact is a field that holds something: title, address, id, dates, texts, authors, categories, rights of an entry; and
of the feed. What the name of a test file asks for ("entry rights") is expected of that file.
"""

import io
import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import feedparser

from pipeline.feeds.entry import Entry
from pipeline.feeds.feed import read_feed
from schemas.errors import Rejected

_URL: Final = "https://site.example/feed"
_ENTRY: Final = {
    "title": "title", "link": "link", "guid": "id", "published": "published", "updated": "updated",
    "summary": "summary", "content": "content", "authors": "authors", "categories": "tags", "rights": "rights",
}  # fmt: skip
_FEED: Final = {
    "title": "title", "site_url": "link", "description": "subtitle", "language": "language", "authors": "authors",
    "rights": "rights", "generator": "generator", "ttl_s": "ttl", "updated": "updated", "categories": "tags",
    "cloud": "cloud", "image_url": "image",
}  # fmt: skip
_WORDS: Final = (
    (r"title", "title"), (r"link", "link"), (r"guid|(?<![a-z])id(?![a-z])", "guid"),
    (r"pubdate|published|issued", "published"),
    (r"updated|modified", "updated"), (r"summary|description", "summary"), (r"content", "content"),
    (r"author", "authors"), (r"category", "categories"), (r"rights|copyright", "rights"),
)  # fmt: skip
_FEED_WORDS: Final = (
    (r"title", "title"), (r"feed_link|channel_link", "site_url"), (r"subtitle|tagline|description", "description"),
    (r"language|xml_lang", "language"), (r"rights|copyright", "rights"), (r"generator", "generator"), (r"ttl", "ttl_s"),
    (r"cloud", "cloud"), (r"icon|logo|image", "image_url"), (r"author|managingeditor", "authors"),
)  # fmt: skip
_OTHER = re.compile(r"source_|contributor|textinput|xml_base|version|enclosure|comments|skip|custom|mixed|relative|uri")


@dataclass(slots=True)
class Found:
    """What one reader found in one file: entries, how many of them have each fact, and all facts' names."""

    entries: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    names: set[str] = field(default_factory=set)

    @property
    def facts(self) -> int:
        """How many facts all entries have."""
        return self.counts.total()


def found_by_us(value: bytes) -> Found:
    """Return what our reader finds; a refused file holds nothing.

    Raises:
        Exception: anything but `Rejected` is a crash, which the caller counts.
    """
    try:
        feed = read_feed(value, url=_URL)
    except Rejected:
        return Found()
    found = Found(entries=len(feed.entries))
    for entry in feed.entries:
        texts = {name for name in _ENTRY if name != "content" and getattr(entry, name)}
        texts |= {"content"} if entry.content and entry.content not in {entry.summary, entry.title} else set()
        found.counts.update(texts)
        found.names |= {f"entry.{name}" for name in texts}
    found.names |= {f"feed.{name}" for name in _FEED if getattr(feed.claim, name)}
    return found


def found_by_feedparser(value: bytes) -> Found:
    """Return what feedparser finds alone, with its own defaults."""
    parsed = feedparser.parse(io.BytesIO(value), response_headers={"content-location": _URL})
    found = Found(entries=len(parsed.entries))
    for entry in parsed.entries:
        plain = dict(dict.items(entry))
        texts = {name for name, key in _ENTRY.items() if _holds(plain.get(key))}
        if not any(dict.get(one, "name") or dict.get(one, "email") for one in plain.get("authors") or ()):
            texts.discard("authors")
        if not str(plain.get("link") or "").lower().startswith(("http:", "https:")):
            texts.discard("link")
        contents = [part.get("value") for part in plain.get("content") or ()]
        if all(text in {None, "", plain.get("summary"), plain.get("title")} for text in contents):
            texts.discard("content")
        found.counts.update(texts)
        found.names |= {f"entry.{name}" for name in texts}
    feed = dict(dict.items(parsed.feed))
    found.names |= {f"feed.{name}" for name, key in _FEED.items() if _holds(feed.get(key))}
    return found


def why_fewer(value: bytes) -> str:
    """Say which facts of entries our reader has fewer of than feedparser, and what it took in place of a content."""
    ours, theirs = found_by_us(value), found_by_feedparser(value)
    lacking = [f"{number} {name}" for name, number in (theirs.counts - ours.counts).items()]
    reasons = Counter(
        reason
        for entry, plain in zip(
            read_feed(value, url=_URL).entries, feedparser.parse(io.BytesIO(value)).entries, strict=False
        )
        if (reason := _why_no_content(entry, dict(dict.items(plain))))
    )
    return ", ".join(lacking) + "".join(f"; {number} {reason}" for reason, number in reasons.items())


def _why_no_content(entry: Entry, plain: dict[str, Any]) -> str | None:
    """Return why a content that feedparser has is not the text of our entry, None where it is or there is none."""
    contents = [part for part in plain.get("content") or () if part.get("value")]
    if not contents or entry.content not in {entry.summary, entry.title}:
        return None
    if entry.content == entry.summary:
        return "with a summary more than twice as long as the content, which is taken for the text"
    return f"with a content that is no text ({contents[0].get('type')})"


def expected_name(base: str) -> str | None:
    """Return the fact that a test file's name asks for, or None when it asks for none that both readers know.

    >>> expected_name("atom10_feed_entry_rights_text.xml"), expected_name("rss_channel_ttl.xml")
    ('entry.rights', 'feed.ttl_s')
    """
    name = base.lower().rpartition(".")[0].partition("_-_")[0]
    if _OTHER.search(name) or not re.match(r"atom|rss|rdf|feed", name):
        return None
    is_entry = re.search(r"_(?:entry|item)_", name) is not None
    for pattern, fact in _WORDS if is_entry else _FEED_WORDS:
        if re.search(rf"_(?:{pattern})(?:_|$)", name):
            return f"{'entry' if is_entry else 'feed'}.{fact}"
    return None


def json_expectation(value: bytes) -> list[dict[str, Any]]:
    """Return the items that an `_expected.json` file describes in its own terms; empty when it describes none."""
    try:
        document = json.loads(value)
    except ValueError:
        return []
    items = document.get("items") if isinstance(document, Mapping) else None
    return [item for item in items or () if isinstance(item, dict) and "guid" in item]


def json_share(value: bytes, expected: list[dict[str, Any]]) -> tuple[int, int]:
    """Return how many of the expected values our reader gives, and how many there are."""
    names = {"guid": "guid", "title": "title", "link": "link", "content": "content", "description": "summary",
             "published": "published", "updated": "updated"}  # fmt: skip
    entries = read_feed(value).entries
    right = total = 0
    for item, entry in zip(expected, entries, strict=False):
        for theirs, ours in names.items():
            if theirs in item:
                total += 1
                right += getattr(entry, ours) == item[theirs]
    return right, total


def _holds(value: object) -> bool:
    """Whether a field of feedparser holds something: of a person a name or mail address, of a category a word."""
    if isinstance(value, list):
        return any(_holds(one) for one in value)
    if isinstance(value, dict):
        return any(dict.get(value, key) for key in ("name", "email", "term", "label", "value", "domain", "href", "url"))
    return bool(value) and value is not True
