"""NITF 3 (IPTC's News Industry Text Format) → items. Pure; also used for NITF inside NewsML-G2."""

from collections.abc import Iterator
from typing import Final

from lxml import etree

from pipeline.feeds.characters import decode_document, one_line
from pipeline.feeds.entry import Entry
from pipeline.feeds.limits import MAX_FEED_BYTES, MAX_TITLE_CHARS, MAX_VALUES, unpack
from pipeline.feeds.links import resolve_url
from pipeline.feeds.safe_xml import local_name, parse_tree
from pipeline.feeds.wire import WireItem
from pipeline.feeds.wire_markup import find, find_all, text_in, to_html
from schemas.annotations import Image
from schemas.errors import BAD_INPUT, Rejected
from schemas.feed import FeedClaim

_STATUS: Final = {"killed": "canceled", "withdrawn": "canceled", "withheld": "withheld", "embargoed": "embargoed"}
Source = tuple[str | None, str | None]


def read_nitf(value: bytes) -> list[WireItem]:
    """Return the items of an NITF document: one, or several when they stand in one file under any root.

    Raises:
        Rejected: `bad-input`, it is no NITF; `too-large`.
    """
    root = parse_tree(decode_document(unpack(value, MAX_FEED_BYTES)))
    found = [root] if local_name(root) == "nitf" else [one for one in root.iter() if local_name(one) == "nitf"]
    if not found:
        raise Rejected(BAD_INPUT, f"It is no NITF but <{local_name(root)[:40]}>.")
    return [_read(element, number) for number, element in enumerate(found, start=1)]


def _read(element: etree._Element, position: int) -> WireItem:
    docdata = find(element, "head", "docdata")
    pubdata = find(element, "head", "pubdata")
    head = find(element, "body", "body.head")
    title = _title(element, head)
    byline, dateline = _text(head, "byline"), _text(head, "dateline")
    summary = _text(head, "abstract")
    source, url = _source(head, pubdata)
    body = body_of(element)
    agency = _text(head, "distributor") or _attribute(pubdata, "name") or source
    entry = Entry(
        position=position,
        title=title,
        link=url,
        guid=_attribute(_part(docdata, "doc-id"), "id-string"),
        summary=summary,
        content=with_head(byline, dateline, body) or summary or title or "",
        content_type="html",
        has_full_text=bool(body),
        authors=(byline,) if byline else (),
        published=_attribute(_part(docdata, "date.issue"), "norm") or _attribute(pubdata, "date.publication"),
        updated=_attribute(_part(docdata, "date.release"), "norm"),
        categories=tuple(dict.fromkeys(_categories(element, docdata)))[:MAX_VALUES],
        rights=_rights(docdata, head),
        language=one_line(element.get("{http://www.w3.org/XML/1998/namespace}lang"), 40),
        source_name=agency,
        images=tuple(_images(element))[:20],
    )
    status = _STATUS.get((_attribute(docdata, "management-status") or "").lower(), "usable")
    claim = FeedClaim(title=agency, language=entry.language)
    return WireItem(
        entry,
        claim,
        status,
        urgency=_attribute(_part(docdata, "urgency"), "ed-urg"),
        note=_attribute(_part(docdata, "ed-msg"), "info"),
        byline=byline,
        dateline=dateline,
    )


def body_of(element: etree._Element) -> str:
    """Return the text of an `nitf` element, content and closing lines, as HTML."""
    parts = [find(element, "body", name) for name in ("body.content", "body.end")]
    return "\n".join(written for part in parts if part is not None and (written := to_html(part)))


def with_head(byline: str | None, dateline: str | None, body: str) -> str:
    """Return the body as a page shows it, byline above and dateline as a line of its own unless it is there already."""
    if not body:
        return ""
    lines = [line for line in (byline, dateline) if line and line not in body[:2000]]
    return "".join(f"<p>{_escape(line)}</p>\n" for line in lines) + body


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _title(element: etree._Element, head: etree._Element | None) -> str | None:
    headline = find(head, "hedline", "hl1") if head is not None else None
    return text_in(headline, MAX_TITLE_CHARS) or text_in(find(element, "head", "title"), MAX_TITLE_CHARS)


def _source(head: etree._Element | None, pubdata: etree._Element | None) -> Source:
    return _text(head, "distributor"), resolve_url(_attribute(pubdata, "ex-ref"))


def _part(element: etree._Element | None, name: str) -> etree._Element | None:
    return find(element, name) if element is not None else None


def _text(element: etree._Element | None, name: str) -> str | None:
    return text_in(_part(element, name))


def _attribute(element: etree._Element | None, name: str) -> str | None:
    return one_line(element.get(name), 500) if element is not None else None


def _categories(element: etree._Element, docdata: etree._Element | None) -> Iterator[str]:
    if docdata is not None:
        for keyword in find_all(docdata, "key-list", "keyword"):
            if key := one_line(keyword.get("key"), 200):
                yield key
        for one in docdata.iter():
            if local_name(one) == "classifier" and (value := one_line(one.get("value"), 200)):
                yield value
    for subject in find_all(element, "head", "tobject", "tobject.subject"):
        name = subject.get("tobject.subject.matter") or subject.get("tobject.subject.type")
        if line := one_line(name, 200):
            yield line


def _rights(docdata: etree._Element | None, head: etree._Element | None) -> str | None:
    copied = _part(docdata, "doc.copyright")
    holder, year = _attribute(copied, "holder"), _attribute(copied, "year")
    return f"© {year or ''} {holder}".replace("  ", " ") if holder else _text(head, "rights")


def _images(element: etree._Element) -> Iterator[Image]:
    for media in element.iter():
        if local_name(media) != "media" or (media.get("media-type") or "image") not in {"image", "photo"}:
            continue
        reference = _part(media, "media-reference")
        url = resolve_url(_attribute(reference, "source"))
        caption, credit = _text(media, "media-caption"), _text(media, "media-producer")
        if url or caption:
            yield Image(url=url, caption=caption, credit=credit)
