"""RSS, RDF, Atom and CDF → `Feed`, through feedparser on XML that was made harmless before. Pure.

feedparser knows 20 years of broken feeds; what it lacks are limits: it gets text without DTD and entities, and markup
that was checked for the forms on which it takes minutes. It never opens an address: it is given bytes only.
"""

import io
import re
from typing import Any, Final

import feedparser

from pipeline.feeds.characters import decode_document
from pipeline.feeds.entry import Feed
from pipeline.feeds.limits import MAX_ENTRIES
from pipeline.feeds.safe_xml import check_markup, clean_xml, parse_tree
from pipeline.feeds.xml_claim import read_claim
from pipeline.feeds.xml_entry import read_entry
from schemas.errors import BAD_INPUT, Rejected
from schemas.feed import FeedForm

_DECLARATION = re.compile(r"\A<\?xml[^<>]{0,400}\?>\s{0,1000}")
_ROOT = re.compile(r"<(?:[A-Za-z_][\w.-]{0,40}:)?(rss|rdf|feed|channel)\b", re.IGNORECASE)
_ROOT_WITHIN: Final = 20_000
_ITEM = re.compile(r"<(?:[A-Za-z_][\w.-]{0,40}:)?(?:item|entry)[\s>/]", re.IGNORECASE)
_FORMS: Final[dict[str, FeedForm]] = {"rss10": "rdf", "rss090": "rdf", "cdf": "cdf"}
_HEADERS: Final = {"content-type": "application/xml; charset=utf-8"}


def read_xml_feed(value: bytes, *, url: str | None = None, content_type: str | None = None) -> Feed:
    """Return what an XML feed holds; `url` is where it came from, the base of relative addresses.

    Raises:
        Rejected: `bad-input`, it is no feed, or its markup is hostile.
    """
    text = _DECLARATION.sub("", clean_xml(decode_document(value, content_type)), count=1)
    check_markup(text)
    text, problems = _cut_entries(text)
    parsed = _parse(text, url)
    if not parsed.entries and _ITEM.search(text):
        parsed = max(parsed, _parse_mended(text, url), key=lambda one: len(one.entries))
    form = _form(parsed.get("version") or "", text)
    if form == "unknown" and not parsed.entries:
        raise Rejected(BAD_INPUT, "It is no feed: neither RSS nor Atom nor RDF, and without entries.")
    if parsed.bozo:
        problems.append(f"It is not well-formed: {_reason(parsed.get('bozo_exception'))}.")
    claim = read_claim(parsed.feed, form, url, text)
    base = claim.site_url or url
    entries = tuple(read_entry(entry, number, base) for number, entry in enumerate(parsed.entries, start=1))
    return Feed(claim, entries, tuple(problems), is_well_formed=not parsed.bozo)


def is_xml_feed(start: str) -> bool:
    """Return whether a document's first characters open an RSS, RDF or Atom feed."""
    return _ROOT.search(start[:_ROOT_WITHIN]) is not None


def _parse(text: str, url: str | None) -> Any:  # noqa: ANN401 - feedparser's dictionary of everything
    headers = {**_HEADERS, "content-location": url} if url else _HEADERS
    source = io.BytesIO(text.encode("utf-8", "replace"))
    try:
        return feedparser.parse(source, response_headers=headers, sanitize_html=False, resolve_relative_uris=False)
    except Exception as error:  # it stumbles over hostile numbers and addresses in many ways
        raise Rejected(BAD_INPUT, f"The feed cannot be read: {type(error).__name__}: {str(error)[:200]}.") from error


def _parse_mended(text: str, url: str | None) -> Any:  # noqa: ANN401 - as above
    from lxml import etree

    mended = etree.tostring(parse_tree(text), encoding="unicode")
    return _parse(mended, url)


def _cut_entries(text: str) -> tuple[str, list[str]]:
    """Return the text up to the last entry that is taken, its open elements closed again."""
    for number, item in enumerate(_ITEM.finditer(text)):
        if number == MAX_ENTRIES:
            opened = _ROOT.findall(text[: min(item.start(), _ROOT_WITHIN)])
            closing = "".join(f"</{name}>" for name in reversed(opened))
            return text[: item.start()] + closing, [f"It has more than {MAX_ENTRIES:,} entries; the rest is left."]
    return text, []


def _form(version: str, text: str) -> FeedForm:
    if version in _FORMS:
        return _FORMS[version]
    for prefix, form in (("rss", "rss"), ("atom", "atom")):
        if version.startswith(prefix):
            return "rss" if form == "rss" else "atom"
    root = _ROOT.search(text[:_ROOT_WITHIN])
    name = root[1].lower() if root else ""
    known: dict[str, FeedForm] = {"rss": "rss", "rdf": "rdf", "feed": "atom", "channel": "rss"}
    return known.get(name, "unknown")


def _reason(error: object) -> str:
    message = getattr(error, "getMessage", lambda: str(error))()
    line = getattr(error, "getLineNumber", lambda: None)()
    return f"{str(message)[:120]}" + (f" (line {line})" if line else "")
