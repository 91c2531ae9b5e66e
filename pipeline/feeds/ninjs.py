"""ninjs 1 and 2 (IPTC, news in JSON) → items. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pipeline.feeds.characters import one_line, whole
from pipeline.feeds.entry import Entry
from pipeline.feeds.json_text import objects_in, parse_json, text_of
from pipeline.feeds.limits import MAX_FEED_BYTES, MAX_TEXT_CHARS, MAX_TITLE_CHARS, MAX_VALUES, unpack
from pipeline.feeds.links import resolve_url
from pipeline.feeds.nitf import with_head
from pipeline.feeds.wire import WireItem
from schemas.annotations import Image
from schemas.article import ContentType
from schemas.errors import BAD_INPUT, Rejected
from schemas.feed import FeedClaim

_OWN_KEYS: Final = frozenset(
    {"versioncreated", "pubstatus", "body_html", "body_xhtml", "body_text", "bodies", "headlines", "copyrightnotice",
     "firstcreated", "usageterms", "slugline", "representationtype", "contentcreated", "ednote", "altids"}
)  # fmt: skip
_STATUS: Final = {"withheld": "withheld", "canceled": "canceled", "cancelled": "canceled"}


def is_ninjs(document: object) -> bool:
    """Return whether a parsed JSON document is a ninjs item: it has `uri` and at least two of the format's own keys.

    >>> is_ninjs({"uri": "urn:x", "versioncreated": "2026-01-05T08:00:00Z", "body_text": "…"}), is_ninjs({"uri": "x"})
    (True, False)
    """
    return isinstance(document, Mapping) and "uri" in document and len(_OWN_KEYS.intersection(document)) >= 2


def read_ninjs(value: bytes) -> list[WireItem]:
    """Return the text items of a ninjs document: one item, or a list of them (bare, or under `items` or `_items`).

    Raises:
        Rejected: `bad-input`, it is no ninjs; `too-large`.
    """
    document = parse_json(unpack(value, MAX_FEED_BYTES))
    held = document
    if isinstance(document, Mapping) and not is_ninjs(document):
        held = document.get("items") or document.get("_items")
    items = [item for item in objects_in(held) if is_ninjs(item)]
    if not items:
        raise Rejected(BAD_INPUT, "It is JSON but no ninjs: no object with uri, versioncreated and a body.")
    return [_read(item, number) for number, item in enumerate(items, start=1)]


def _read(item: Mapping[str, Any], position: int) -> WireItem:
    title = _first_value(item, "headline", "headlines") or one_line(item.get("title"), MAX_TITLE_CHARS)
    summary = _first_value(item, "description_text", "descriptions") or one_line(item.get("abstract"))
    byline = one_line(item.get("byline"))
    located = one_line(item.get("located"), 200)
    body, kind = _body(item)
    provider = _name(item.get("provider")) or one_line(item.get("source")) or one_line(item.get("copyrightholder"))
    embargo = one_line(item.get("embargoed"), 100)
    uri = one_line(text_of(item.get("uri")), 500)
    text = with_head(byline, None, body) if kind == "html" else body
    entry = Entry(
        position=position,
        title=title,
        link=resolve_url(item.get("canonical_url") or item.get("link") or item.get("webUrl")) or resolve_url(uri),
        guid=uri,
        summary=summary,
        content=text or summary or title or "",
        content_type=kind if body else "text",
        has_full_text=bool(body),
        authors=(byline,) if byline else _people(item),
        published=one_line(item.get("firstcreated"), 100) or one_line(item.get("versioncreated"), 100),
        updated=one_line(item.get("versioncreated"), 100),
        categories=tuple(dict.fromkeys(_subjects(item)))[:MAX_VALUES],
        rights=one_line(item.get("copyrightnotice")) or one_line(item.get("copyrightholder")),
        language=one_line(item.get("language"), 40),
        source_name=one_line(item.get("creditline")) or _credited(item) or provider,
        images=tuple(_images(item))[:20],
    )
    code = str(item.get("pubstatus") or "usable").rpartition(":")[2].lower()
    status = _STATUS.get(code, "embargoed" if embargo else "usable")
    return WireItem(
        entry,
        FeedClaim(title=provider, language=entry.language),
        status,
        version=one_line(text_of(item.get("version")), 20),
        urgency=one_line(text_of(item.get("urgency")), 5),
        note=one_line(item.get("ednote")),
        embargoed_until=embargo,
        byline=byline,
        dateline=located,
    )


def _first_value(item: Mapping[str, Any], single: str, several: str) -> str | None:
    """Return a text that ninjs 1 has as one field and ninjs 2 as a list of objects with roles, `main` first."""
    if line := one_line(item.get(single), MAX_TITLE_CHARS):
        return line
    found = objects_in(item.get(several))
    found.sort(key=lambda one: str(one.get("role") or "main").rpartition(":")[2].lower() not in {"main", "summary"})
    return next((line for one in found if (line := one_line(one.get("value"), MAX_TITLE_CHARS))), None)


def _body(item: Mapping[str, Any]) -> tuple[str, ContentType]:
    for key, kind in (("body_html", "html"), ("body_xhtml", "html"), ("body_text", "text")):
        if text := whole(item.get(key), MAX_TEXT_CHARS):
            return text, "html" if kind == "html" else "text"
    bodies = objects_in(item.get("bodies"))
    bodies.sort(key=lambda one: "html" not in str(one.get("contenttype") or "").lower())
    for one in bodies:
        if text := whole(one.get("value"), MAX_TEXT_CHARS):
            return text, "html" if "html" in str(one.get("contenttype") or "").lower() else "text"
    return "", "text"


def _name(value: object) -> str | None:
    return one_line(value.get("name")) if isinstance(value, Mapping) else one_line(value)


def _people(item: Mapping[str, Any]) -> tuple[str, ...]:
    makers = [one for one in objects_in(item.get("infosources")) if "author" in str(one.get("role") or "").lower()]
    return tuple(name for one in makers if (name := _name(one)))[:MAX_VALUES]


def _credited(item: Mapping[str, Any]) -> str | None:
    return next((name for one in objects_in(item.get("infosources")) if (name := _name(one))), None)


def _subjects(item: Mapping[str, Any]) -> Iterator[str]:
    for key in ("subject", "subjects", "genre", "genres"):
        yield from (name for one in objects_in(item.get(key)) if (name := _name(one)))
    keywords = item.get("keywords")
    yield from (line for word in (keywords if isinstance(keywords, list) else []) if (line := one_line(word, 200)))


def _images(item: Mapping[str, Any]) -> Iterator[Image]:
    held = item.get("associations")
    for picture in held.values() if isinstance(held, Mapping) else objects_in(held):
        if not isinstance(picture, Mapping) or picture.get("type") not in {"picture", "graphic"}:
            continue
        renditions = picture.get("renditions")
        sizes = list(renditions.values()) if isinstance(renditions, Mapping) else objects_in(renditions)
        urls = (resolve_url(one.get("href")) for one in sizes if isinstance(one, Mapping))
        caption = one_line(picture.get("description_text")) or one_line(picture.get("body_text"))
        credit = one_line(picture.get("byline")) or one_line(picture.get("creditline"))
        url = next((url for url in urls if url), None)
        if url or caption:
            yield Image(url=url, caption=caption, credit=credit)
