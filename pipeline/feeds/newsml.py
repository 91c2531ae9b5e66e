"""NewsML-G2 (IPTC) → items: news messages, single news items; bodies in XHTML, NITF or plain text. Pure.

Packages and concept items hold no text of their own and are passed over. Withheld and cancelled items are given with
that status, so that the caller can count them.
"""

from collections.abc import Iterator
from typing import Final

from lxml import etree

from pipeline.feeds.characters import decode_document, one_line
from pipeline.feeds.entry import Entry
from pipeline.feeds.limits import MAX_FEED_BYTES, MAX_TITLE_CHARS, MAX_VALUES, unpack
from pipeline.feeds.links import first_url
from pipeline.feeds.nitf import body_of, with_head
from pipeline.feeds.safe_xml import local_name, parse_tree
from pipeline.feeds.wire import WireItem
from pipeline.feeds.wire_markup import find, find_all, text_in, to_html
from schemas.annotations import Image
from schemas.errors import BAD_INPUT, Rejected
from schemas.feed import FeedClaim

_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_ROOTS: Final = frozenset({"newsmessage", "newsitem", "packageitem"})
_STATUS: Final = {"withheld": "withheld", "canceled": "canceled", "cancelled": "canceled"}


def read_newsml(value: bytes) -> list[WireItem]:
    """Return the text items of a NewsML-G2 document, in order; empty when it holds packages or pictures only.

    Raises:
        Rejected: `bad-input`, it is no NewsML-G2; `too-large`.
    """
    root = parse_tree(decode_document(unpack(value, MAX_FEED_BYTES)))
    if local_name(root) not in _ROOTS:
        raise Rejected(BAD_INPUT, f"It is no NewsML-G2 but <{local_name(root)[:40]}>.")
    items = [root] if local_name(root) == "newsitem" else [one for one in root.iter() if local_name(one) == "newsitem"]
    found = (_read(item, number) for number, item in enumerate(items, start=1))
    return [item for item in found if item is not None]


def _read(item: etree._Element, position: int) -> WireItem | None:
    meta, content = find(item, "itemmeta"), find(item, "contentmeta")
    kind = one_line(_qcode(find(meta, "itemclass") if meta is not None else None)) or "text"
    body, content_type = _body(item)
    if not body and kind.rpartition(":")[2] not in {"text", "composite"}:
        return None
    title = _of(content, "headline") or _of(meta, "title") or _of(content, "slugline")
    byline, dateline = _of(content, "by"), _of(content, "dateline")
    summary = text_in(_described(content))
    provider = _named(find(meta, "provider") if meta is not None else None)
    credit = _of(content, "creditline")
    text = with_head(byline, dateline, body) if content_type == "html" else body
    entry = Entry(
        position=position,
        title=one_line(title, MAX_TITLE_CHARS),
        link=_page(item, meta),
        guid=one_line(item.get("guid"), 500),
        summary=summary,
        content=text or summary or title or "",
        content_type="text" if body and content_type == "text" else "html",
        has_full_text=bool(body),
        authors=_authors(content, byline),
        published=_of(content, "contentcreated") or _of(meta, "firstcreated") or _of(meta, "versioncreated"),
        updated=_of(content, "contentmodified") or _of(meta, "versioncreated"),
        categories=tuple(dict.fromkeys(_subjects(content)))[:MAX_VALUES],
        rights=_rights(item),
        language=_language(item, content),
        source_name=credit or provider,
        images=tuple(_images(item))[:20],
    )
    embargo = _of(meta, "embargoed")
    return WireItem(
        entry,
        FeedClaim(title=provider, language=entry.language),
        _status(meta, embargo),
        version=one_line(item.get("version"), 20),
        urgency=_of(content, "urgency"),
        note=_of(meta, "ednote"),
        embargoed_until=embargo,
        byline=byline,
        dateline=dateline,
    )


def _of(element: etree._Element | None, name: str) -> str | None:
    return text_in(find(element, name)) if element is not None else None


def _qcode(element: etree._Element | None) -> str | None:
    return (element.get("qcode") or element.get("uri") or element.get("literal")) if element is not None else None


def _named(element: etree._Element | None) -> str | None:
    """Return the name that a flexible property gives, else the last part of its code."""
    if element is None:
        return None
    code = _qcode(element)
    return text_in(find(element, "name")) or (one_line(code.rpartition(":")[2], 200) if code else None)


def _described(content: etree._Element | None) -> etree._Element | None:
    """Return the summary among the descriptions, else the first of them."""
    found = list(find_all(content, "description")) if content is not None else []
    summaries = [one for one in found if "summary" in (one.get("role") or "").lower()]
    return (summaries or found or [None])[0]


def _body(item: etree._Element) -> tuple[str, str]:
    """Return the text and its type, the first of: XHTML or NITF inside, escaped or plain text inside."""
    held = find(item, "contentset")
    if held is None:
        return "", "html"
    for inline in find_all(held, "inlinexml"):
        for document in inline:
            if local_name(document) == "nitf":
                body = body_of(document)
            else:
                inside = find(document, "body") if local_name(document) == "html" else document
                body = to_html(inside) if inside is not None else ""
            if body:
                return body, "html"
    for inline in find_all(held, "inlinedata"):
        text = "".join(part for part in inline.itertext() if isinstance(part, str)).strip()
        if text:
            return text, "html" if "html" in (inline.get("contenttype") or "").lower() else "text"
    return "", "html"


def _status(meta: etree._Element | None, embargo: str | None) -> str:
    code = _qcode(find(meta, "pubstatus") if meta is not None else None) or "stat:usable"
    found = _STATUS.get(code.rpartition(":")[2].lower(), "usable")
    return "embargoed" if found == "usable" and embargo else found


def _page(item: etree._Element, meta: etree._Element | None) -> str | None:
    links = [link.get("href") for link in (find_all(meta, "link") if meta is not None else ()) if _is_page(link)]
    return first_url(*links, item.get("guid"))


def _is_page(link: etree._Element) -> bool:
    return "html" in (link.get("contenttype") or "").lower() or "permalink" in (link.get("rel") or "").lower()


def _authors(content: etree._Element | None, byline: str | None) -> tuple[str, ...]:
    creators = find_all(content, "creator") if content is not None else iter(())
    names = [
        name for one in creators if one.get("role") is None or "cred" not in one.get("role") if (name := _named(one))
    ]
    return tuple(dict.fromkeys([byline] if byline else names))[:MAX_VALUES]


def _subjects(content: etree._Element | None) -> Iterator[str]:
    if content is None:
        return
    for name in ("subject", "genre", "keyword"):
        for element in find_all(content, name):
            found = text_in(find(element, "name"), 200) or (text_in(element, 200) if name == "keyword" else None)
            if found:
                yield found


def _rights(item: etree._Element) -> str | None:
    notice = text_in(find(item, "rightsinfo", "copyrightnotice"))
    return notice or _named(find(item, "rightsinfo", "copyrightholder"))


def _language(item: etree._Element, content: etree._Element | None) -> str | None:
    stated = find(content, "language") if content is not None else None
    return one_line((stated.get("tag") if stated is not None else None) or item.get(_LANG), 40)


def _images(item: etree._Element) -> Iterator[Image]:
    held = find(item, "contentset")
    for remote in find_all(held, "remotecontent") if held is not None else ():
        if (remote.get("contenttype") or "").lower().startswith("image/") and (url := first_url(remote.get("href"))):
            yield Image(url=url, caption=text_in(find(remote, "alttext")))
