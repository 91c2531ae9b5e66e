"""JSON Feed 1 and 1.1 (jsonfeed.org) → `Feed`. Pure.

Lenient as its readers are: an item without `id` is kept, numbers serve as ids, a wrong type costs the field only.
"""

from collections.abc import Mapping
from typing import Any, Final

from pipeline.feeds.characters import one_line, whole
from pipeline.feeds.entry import Entry, Feed
from pipeline.feeds.json_text import objects_in, parse_json, text_of
from pipeline.feeds.limits import MAX_ENTRIES, MAX_TEXT_CHARS, MAX_TITLE_CHARS, MAX_VALUES
from pipeline.feeds.links import first_url, resolve_url
from pipeline.feeds.teaser import is_full_text
from schemas.annotations import Image
from schemas.article import ContentType
from schemas.errors import BAD_INPUT, Rejected
from schemas.feed import FeedClaim

_VERSION: Final = "jsonfeed.org/version"


def is_json_feed(document: object) -> bool:
    """Return whether a parsed JSON document is a feed: it says so, or has a list of items with ids or addresses."""
    if not isinstance(document, Mapping):
        return False
    if _VERSION in str(document.get("version") or ""):
        return True
    items = document.get("items")
    first = items[0] if isinstance(items, list) and items else None
    return isinstance(first, Mapping) and any(key in first for key in ("content_html", "content_text", "external_url"))


def read_json_feed(value: bytes, *, url: str | None = None, content_type: str | None = None) -> Feed:
    """Return what a JSON feed holds; `url` is where it came from, the base of relative addresses.

    Raises:
        Rejected: `bad-input`, it is no JSON, or JSON of another kind.
    """
    document = parse_json(value, content_type)
    if not is_json_feed(document):
        raise Rejected(BAD_INPUT, "It is JSON but no JSON Feed: it has no version of jsonfeed.org and no items.")
    items = document.get("items")
    found = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    problems = []
    if len(found) > MAX_ENTRIES:
        problems.append(f"It has more than {MAX_ENTRIES:,} entries; the rest is left.")
    claim = _read_claim(document, url)
    base = claim.site_url or url
    entries = (
        _read_item(item, number, base, claim.authors) for number, item in enumerate(found[:MAX_ENTRIES], start=1)
    )
    return Feed(claim, tuple(entries), tuple(problems))


def _read_claim(document: Mapping[str, Any], url: str | None) -> FeedClaim:
    feed_url = resolve_url(document.get("feed_url"), url)
    hubs = (resolve_url(hub.get("url"), url) for hub in objects_in(document.get("hubs")))
    return FeedClaim(
        form="json",
        title=one_line(document.get("title"), MAX_TITLE_CHARS),
        description=one_line(document.get("description"), MAX_TITLE_CHARS),
        site_url=resolve_url(document.get("home_page_url"), url),
        self_url=feed_url,
        topic_url=feed_url,
        next_url=resolve_url(document.get("next_url"), url),
        hubs=tuple(hub for hub in hubs if hub)[:8],
        language=one_line(document.get("language"), 40),
        authors=_read_authors(document),
        image_url=first_url(document.get("icon"), document.get("favicon"), base=url),
        complete=document.get("expired") is True,
    )


def _read_item(item: Mapping[str, Any], position: int, base: str | None, authors: tuple[str, ...]) -> Entry:
    html = whole(item.get("content_html"), MAX_TEXT_CHARS)
    text = whole(item.get("content_text"), MAX_TEXT_CHARS)
    summary = whole(item.get("summary"), MAX_TEXT_CHARS)
    title = one_line(item.get("title"), MAX_TITLE_CHARS)
    kind: ContentType = "html" if html else "text"
    guid = one_line(text_of(item.get("id")), MAX_TITLE_CHARS)
    attachments = objects_in(item.get("attachments"))
    tags = item.get("tags")
    return Entry(
        position=position,
        title=title,
        link=first_url(item.get("url"), base=base) or resolve_url(guid) or resolve_url(item.get("external_url"), base),
        guid=guid,
        summary=summary,
        content=html or text or summary or title or "",
        content_type=kind,
        has_full_text=is_full_text(html or text, is_content=True, summary=summary),
        authors=_read_authors(item) or authors,
        published=one_line(item.get("date_published"), 200),
        updated=one_line(item.get("date_modified"), 200),
        categories=tuple(line for tag in tags if (line := one_line(tag)))[:MAX_VALUES]
        if isinstance(tags, list)
        else (),
        language=one_line(item.get("language"), 40),
        images=_read_images(item, attachments, base),
        enclosures=tuple(url for one in attachments if (url := resolve_url(one.get("url"), base)))[:MAX_VALUES],
    )


def _read_authors(holder: Mapping[str, Any]) -> tuple[str, ...]:
    people = objects_in(holder.get("authors")) or objects_in(holder.get("author"))
    names = (one_line(person.get("name")) for person in people)
    return tuple(dict.fromkeys(name for name in names if name))[:MAX_VALUES]


def _read_images(item: Mapping[str, Any], attachments: list[dict[str, Any]], base: str | None) -> tuple[Image, ...]:
    pictures = [one.get("url") for one in attachments if str(one.get("mime_type") or "").startswith("image/")]
    urls = (resolve_url(url, base) for url in (item.get("image"), item.get("banner_image"), *pictures))
    return tuple(Image(url=url) for url in dict.fromkeys(url for url in urls if url))[:20]
