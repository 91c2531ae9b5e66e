"""OPML, in and out: lists of feeds as feed readers export them ↔ `FeedRow`s. Pure.

Two of three real lists are not well-formed: bare ampersands, angle brackets and quotation marks in names. Their tags
are mended one by one before they are parsed, so that a fault costs no row.
"""

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import quoteattr

from lxml import etree

from pipeline.feeds.characters import decode_document, one_line
from pipeline.feeds.limits import MAX_OPML_BYTES, unpack
from pipeline.feeds.links import resolve_url
from pipeline.feeds.safe_xml import clean_xml, local_name, parse_tree
from pipeline.sources.countries import find_country
from schemas.errors import BAD_INPUT, Rejected
from schemas.feed import FeedRow

MAX_ROWS: Final = 200_000
_TAG = re.compile(r"<outline\b", re.IGNORECASE)
_AFTER = re.compile(r"<(?:/?outline\b|/body\b|/opml\b|!--)", re.IGNORECASE)
# A value ends at a quotation mark after which another attribute or the end of the tag follows.
_ATTRIBUTE = re.compile(
    r"([A-Za-z_][\w:.-]{0,60})\s{0,20}=\s{0,20}(?:\"(.{0,8000}?)\"|'(.{0,8000}?)')"
    r"(?=\s{0,200}(?:[A-Za-z_][\w:.-]{0,60}\s{0,20}=\s{0,20}[\"']|/?>|$))",
    re.DOTALL,
)
_ADDRESSES: Final = ("xmlurl", "feedurl", "url")
_MAX_TAGS: Final = 12


@dataclass(frozen=True, slots=True)
class Opml:
    """A list of feeds. `rows` in the order written, each address once; `refused` counts outlines without a usable one.

    `is_well_formed` is False when tags had to be mended.
    """

    title: str | None
    rows: tuple[FeedRow, ...]
    repeated: int = 0
    refused: int = 0
    is_well_formed: bool = True


def read_opml(value: bytes, *, url: str | None = None) -> Opml:
    """Return the feeds of an OPML list, the folders above each as its tags.

    Raises:
        Rejected: `bad-input`, it is no OPML; `too-large`, over 32 MiB unpacked.
    """
    text = clean_xml(decode_document(unpack(value, MAX_OPML_BYTES)))
    is_well_formed = _is_well_formed(text)
    root = parse_tree(text if is_well_formed else _mend(text))
    outlines = [element for element in root.iter() if local_name(element) == "outline"]
    if local_name(root) != "opml" and not outlines:
        raise Rejected(BAD_INPUT, f"It is no OPML but <{local_name(root)[:40]}>.")
    rows: dict[str, FeedRow] = {}
    repeated = refused = 0
    for element in outlines[:MAX_ROWS]:
        facts = {name.lower(): line for name, value in element.attrib.items() if (line := one_line(str(value), 4000))}
        if not any(name in facts for name in _ADDRESSES) or facts.get("type", "").lower() in {"link", "include"}:
            continue
        row = _read_row(facts, _folders(element), url)
        if row is None:
            refused += 1
        elif row.url in rows:
            repeated += 1
        else:
            rows[row.url] = row
    title = next((one_line(element.text) for element in root.iter() if local_name(element) == "title"), None)
    return Opml(title, tuple(rows.values()), repeated, refused, is_well_formed)


def write_opml(rows: Iterable[FeedRow], title: str = "Feeds") -> bytes:
    """Return the rows as OPML 2.0 in UTF-8, grouped in folders by their first tag; `read_opml` gives them back."""
    folders: dict[str, list[FeedRow]] = {}
    for row in rows:
        folders.setdefault(row.tags[0] if row.tags else "", []).append(row)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<opml version="2.0">']
    lines += ["  <head>", f"    <title>{html.escape(title, quote=False)}</title>", "  </head>", "  <body>"]
    for folder, held in folders.items():
        if folder:
            lines.append(f"    <outline text={quoteattr(folder)} title={quoteattr(folder)}>")
        lines += [("      " if folder else "    ") + _outline(row) for row in held]
        if folder:
            lines.append("    </outline>")
    return clean_xml("\n".join([*lines, "  </body>", "</opml>", ""])).encode("utf-8", "replace")


def _outline(row: FeedRow) -> str:
    facts = {
        "type": "rss", "text": row.title or row.source or row.url, "title": row.title, "xmlUrl": row.url,
        "htmlUrl": row.site_url, "description": row.description, "language": row.language,
        "country": row.country, "source": row.source, "category": ",".join(row.tags[1:]) or None,
        "kind": row.kind if row.kind != "feed" else None,
    }  # fmt: skip
    return "<outline " + " ".join(f"{name}={quoteattr(value)}" for name, value in facts.items() if value) + "/>"


def _read_row(facts: dict[str, str], folders: tuple[str, ...], base: str | None) -> FeedRow | None:
    address = next((url for name in _ADDRESSES if (url := resolve_url(_plain_scheme(facts.get(name)), base))), None)
    if address is None:
        return None
    categories = (word.strip(" /") for word in facts.get("category", "").split(","))
    tags = tuple(dict.fromkeys(word for word in (*folders, *categories) if word))[:_MAX_TAGS]
    title = facts.get("title") or facts.get("text")
    country = find_country(facts.get("country")) or next((code for tag in tags if (code := find_country(tag))), None)
    return FeedRow(
        url=address,
        title=title if title != address else None,
        site_url=resolve_url(facts.get("htmlurl"), base),
        source=facts.get("source"),
        description=facts.get("description"),
        language=facts.get("language", "").lower()[:40] or None,
        country=country,
        tags=tags,
        kind="sitemap" if facts.get("kind") == "sitemap" else "feed",
    )


def _plain_scheme(address: str | None) -> str | None:
    """Return `feed:https://…` and `feed://…`, which browsers once used, as the address that is meant."""
    if address and address.lower().startswith("feed:"):
        rest = address[5:].lstrip("/")
        return rest if rest.lower().startswith("http") else f"http://{rest}"
    return address


def _folders(element: etree._Element) -> tuple[str, ...]:
    names = (
        one_line(parent.get("text") or parent.get("title"), 200)
        for parent in element.iterancestors()
        if local_name(parent) == "outline"
    )
    return tuple(name for name in names if name)[:_MAX_TAGS][::-1]


def _is_well_formed(text: str) -> bool:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        etree.fromstring(text.encode("utf-8", "replace"), parser)
    except (etree.LxmlError, ValueError):
        return False
    return True


def _mend(text: str) -> str:
    return "".join(_mended_parts(text))


def _mended_parts(text: str) -> Iterator[str]:
    """Yield the document with the attributes of each outline written anew."""
    position = 0
    while found := _TAG.search(text, position):
        yield text[position : found.start()]
        after = _AFTER.search(text, found.end())
        end = after.start() if after else len(text)
        close = text.rfind(">", found.end(), end)
        if close < 0:
            yield text[found.start() : end]
        else:
            tag = text[found.end() : close + 1]
            attributes = {
                match[1]: match[2] if match[2] is not None else match[3] for match in _ATTRIBUTE.finditer(tag)
            }
            written = " ".join(f"{name}={quoteattr(html.unescape(value))}" for name, value in attributes.items())
            yield f"<outline {written}{'/' if tag.endswith('/>') else ''}>" + text[close + 1 : end]
        position = end
    yield text[position:]
