"""Sitemaps, news sitemaps and sitemap indexes → entries and further sitemaps. Streaming, bounded, pure.

XML (sitemaps.org, Google's news and image extensions, any namespace), plain text with one address a line, and feeds
that serve as sitemaps. A page named twice is one entry.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lxml import etree

from pipeline.feeds.characters import decode_document, one_line
from pipeline.feeds.entry import Entry, Feed
from pipeline.feeds.feed import read_feed
from pipeline.feeds.limits import MAX_FEED_BYTES, MAX_SITEMAP_BYTES, MAX_SITEMAP_URLS, MAX_TITLE_CHARS, unpack
from pipeline.feeds.links import resolve_url
from pipeline.feeds.safe_xml import clean_xml, escape_ampersands, local_name
from pipeline.feeds.xml_feed import is_xml_feed
from schemas.annotations import Image
from schemas.errors import BAD_INPUT, Rejected
from schemas.feed import FeedClaim, FeedForm

_ROOT = re.compile(r"<(?:[A-Za-z_][\w.-]{0,40}:)?(urlset|sitemapindex|url|sitemap)[\s>/]", re.IGNORECASE)
_DECLARATION = re.compile(r"\A\s{0,100}<\?xml[^<>]{0,400}\?>")
_ROOT_WITHIN: Final = 20_000
_MAX_IMAGES: Final = 20
_Facts = dict[str, str]


@dataclass(frozen=True, slots=True)
class ChildSitemap:
    """A sitemap that an index names; `modified` as written."""

    url: str
    modified: str | None = None


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What a sitemap lists: pages as entries of a `feed` (title and dates only where the news extension gives them).

    `children` are the sitemaps of an index, in the order written.
    """

    feed: Feed
    children: tuple[ChildSitemap, ...] = ()


def is_sitemap(start: str) -> bool:
    """Return whether a document's first characters open an XML sitemap or index."""
    found = _ROOT.search(start[:_ROOT_WITHIN])
    return found is not None and not is_xml_feed(start[: found.start()])


def read_sitemap(
    value: bytes, *, url: str | None = None, content_type: str | None = None, limit: int = MAX_SITEMAP_BYTES
) -> Sitemap:
    """Return what a sitemap lists, packed or not; at most 50,000 pages, as the protocol allows.

    Raises:
        Rejected: `bad-input`, it is no sitemap in any form; `too-large`, over `limit` bytes unpacked.
    """
    value = unpack(value, limit)
    text = decode_document(value, content_type)
    if is_sitemap(text):
        return _read_xml(text, url)
    if is_xml_feed(text) or text[:100].lstrip().startswith("{"):
        return Sitemap(read_feed(value[: MAX_FEED_BYTES + 1], url=url, content_type=content_type))
    return _read_text(text)


def _read_xml(text: str, url: str | None) -> Sitemap:
    root = _ROOT.search(text[:_ROOT_WITHIN])
    form: FeedForm = "sitemap-index" if root and root[1].lower() in {"sitemapindex", "sitemap"} else "sitemap"
    pages: dict[str, tuple[_Facts, list[Image]]] = {}
    children: dict[str, ChildSitemap] = {}
    problems: list[str] = []
    for name, facts, images in _elements(text, problems):
        address = resolve_url(facts.get("loc"), url)
        if address is None:
            continue
        if name == "sitemap":
            children.setdefault(address, ChildSitemap(address, facts.get("lastmod")))
        else:
            pages.setdefault(address, (facts, images))
        if len(pages) + len(children) >= MAX_SITEMAP_URLS:
            problems.append(f"It has more than {MAX_SITEMAP_URLS:,} addresses; the rest is left.")
            break
    entries = tuple(
        _entry(address, facts, images, number) for number, (address, (facts, images)) in enumerate(pages.items(), 1)
    )
    first = next((facts for facts, _ in pages.values() if "name" in facts), {})
    claim = FeedClaim(form=form, title=first.get("name"), language=first.get("language"), self_url=url)
    return Sitemap(Feed(claim, entries, tuple(problems), is_well_formed=not problems), tuple(children.values()))


def _elements(text: str, problems: list[str]) -> Iterator[tuple[str, _Facts, list[Image]]]:
    """Yield each `url` and `sitemap` element with the texts inside it; memory is bounded by one of them."""
    cleaned = _DECLARATION.sub("", escape_ampersands(clean_xml(text)), count=1)
    source = io.BytesIO(cleaned.encode("utf-8", "replace"))
    events = etree.iterparse(
        source, events=("end",), recover=True, resolve_entities=False, no_network=True, load_dtd=False,
        huge_tree=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        for _, element in events:
            name = local_name(element)
            if name in {"url", "sitemap"} and (len(element) or (element.text or "").strip()):
                yield name, _facts(element), _images(element)
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
    except (etree.LxmlError, ValueError) as error:
        problems.append(f"It is damaged: {str(error)[:160]}.")
    if len(events.error_log):
        problems.append(f"It is not well-formed: {events.error_log[0].message[:160]}.")


def _facts(element: etree._Element) -> _Facts:
    """Return the texts of the elements inside, by name, the first of each; an image's are its own."""
    facts: _Facts = {}
    for inner in element.iter():
        name = local_name(inner)
        if inner is element or _is_of_image(inner):
            continue
        value = one_line(inner.text, 4000)
        if value:
            facts.setdefault(name, value)
    if "loc" not in facts and (bare := one_line(element.text, 4000)):
        facts["loc"] = bare
    return facts


def _is_of_image(element: etree._Element) -> bool:
    parent = element.getparent()
    return parent is not None and local_name(parent) in {"image", "video"}


def _images(element: etree._Element) -> list[Image]:
    images: list[Image] = []
    for holder in element.iter():
        if local_name(holder) != "image" or len(images) >= _MAX_IMAGES:
            continue
        texts = {local_name(part): one_line(part.text) for part in holder}
        address = resolve_url(texts.get("loc"))
        if address:
            images.append(Image(url=address, caption=texts.get("caption") or texts.get("title")))
    return images


def _entry(address: str, facts: _Facts, images: list[Image], position: int) -> Entry:
    is_news = "publication_date" in facts or "name" in facts
    title = one_line(facts.get("title"), MAX_TITLE_CHARS) if is_news else None
    words = f"{facts.get('keywords', '')},{facts.get('genres', '')}" if is_news else ""
    return Entry(
        position=position,
        title=title,
        link=address,
        content=title or "",
        content_type="text",
        published=facts.get("publication_date"),
        updated=facts.get("lastmod"),
        categories=tuple(dict.fromkeys(word.strip() for word in words.split(",") if word.strip()))[:64],
        language=facts.get("language") if is_news else None,
        images=tuple(images),
    )


def _read_text(text: str) -> Sitemap:
    lines = text.splitlines()[: MAX_SITEMAP_URLS + 1]
    urls = dict.fromkeys(url for line in lines if (url := resolve_url(line)))
    if not urls or len(urls) < sum(1 for line in lines if line.strip()) / 2:
        raise Rejected(BAD_INPUT, "It is no sitemap: neither XML of that kind nor a list of addresses.")
    entries = tuple(Entry(position=number, link=url, content_type="text") for number, url in enumerate(urls, start=1))
    return Sitemap(Feed(FeedClaim(form="sitemap"), entries[:MAX_SITEMAP_URLS]))
