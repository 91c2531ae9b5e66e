"""What the head of a page says of its own address, without parsing the page. Page → `PageIdentity`. Imports lxml only.

Extraction reads the page in full later; a producer needs just enough for the article's id.
"""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin

from lxml import etree, html

from pipeline.sources.urls import canonical_url, domain_of

MAX_HEAD_CHARS: Final = 256 * 1024
_HEAD_END = re.compile(r"</head\s*>|<body[\s>]", re.IGNORECASE)
# Browsers write this comment into pages that a person saves.
_SAVED_FROM = re.compile(r"<!--\s*saved from url=\(\d{1,6}\)(\S{1,4000}?)\s*-->", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PageIdentity:
    """`url` as the page gives it, `canonical` for the id, `site_name` as written."""

    url: str | None = None
    canonical: str | None = None
    site_name: str | None = None


def identify_page(page: str) -> PageIdentity:
    """Return what the page says of itself; everything None when it says nothing.

    A canonical link to another site names the original, not this page: then the page's own address (`og:url`, or the
    browser's note of where it was saved from) makes the id, so that a reprint never overwrites the original.
    """
    head = page[:MAX_HEAD_CHARS]
    end = _HEAD_END.search(head)
    saved = _SAVED_FROM.search(head[:4096])
    facts = _read_head(head[: end.start()] if end else head)
    own = _first(saved[1] if saved else None, facts.get("og:url"), base=None)
    linked = _first(facts.get("canonical"), base=own)
    if own and linked and domain_of(own) != domain_of(linked):
        return PageIdentity(own, canonical_url(own), facts.get("og:site_name"))
    url = own or linked
    return PageIdentity(url, canonical_url(linked or own), facts.get("og:site_name"))


def _first(*written: str | None, base: str | None) -> str | None:
    for one in written:
        address = (urljoin(base, one) if base else one) if one else None
        if canonical_url(address) is not None:
            return address
    return None


def _read_head(head: str) -> dict[str, str]:
    """Return canonical link and Open Graph facts, the first of each."""
    facts: dict[str, str] = {}
    parser = html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        tree = etree.fromstring(head.encode("utf-8", "replace"), parser)
    except (etree.LxmlError, ValueError):
        return facts
    if tree is None:
        return facts
    for element in tree.iter("link", "meta"):
        if element.tag == "link" and "canonical" in (element.get("rel") or "").lower().split():
            name, value = "canonical", element.get("href")
        else:
            name, value = (element.get("property") or element.get("name") or "").lower(), element.get("content")
        if name in {"canonical", "og:url", "og:site_name"} and value and value.strip():
            facts.setdefault(name, value.strip()[:4000])
    return facts
