"""Lists of feeds in any form → `FeedRow`s: OPML, JSON lines, CSV, or one address a line. Pure; bytes in, rows out.

Columns and keys have many names; the first with a usable value counts. A line that gives no address is reported with
its number, and costs nothing else.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pipeline.feeds.characters import decode_document, one_line
from pipeline.feeds.limits import MAX_OPML_BYTES, unpack
from pipeline.feeds.links import resolve_url
from pipeline.feeds.opml import read_opml
from pipeline.sources.countries import find_country
from schemas.errors import BAD_INPUT, Rejected
from schemas.feed import FeedRow

_URL: Final = ("feed_url", "xml_url", "feed", "rss", "rss_url", "url", "link", "address")
_TITLE: Final = ("title", "name", "text", "feed_title")
_SITE: Final = ("site_url", "html_url", "website", "homepage", "site")
_SOURCE: Final = ("source", "publisher", "outlet")
_LANGUAGE: Final = ("language", "lang", "language_code")
_COUNTRY: Final = ("country", "country_code")
_TAGS: Final = ("tags", "category", "categories", "topic", "section", "folder")
_NOTHING: Final = frozenset({"", "none", "null", "nan", "n/a", "-", "unknown"})
_LIMIT: Final = 1_000_000
_KNOWN: Final = frozenset(
    name.replace("_", "") for names in (_URL, _TITLE, _SITE, _LANGUAGE, _COUNTRY, _TAGS) for name in names
)


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that names no feed. `line` counts from 1; `detail` is one sentence for a person."""

    line: int
    detail: str


def read_feed_list(value: bytes, *, url: str | None = None) -> Iterator[FeedRow | BadRow]:
    """Yield the feeds of a list, each address once, in the order written; packed lists are unpacked.

    The form is told from the content: OPML or XML (`<`), JSON lines or a JSON array (`{`, `[`), CSV with a header that
    names an address column, else one address a line (`#` begins a comment).

    Raises:
        Rejected: `bad-input`, it is none of these; `too-large`, over 32 MiB unpacked.
    """
    value = unpack(value, MAX_OPML_BYTES)
    text = decode_document(value).lstrip("\ufeff")
    start = text[:200].lstrip()
    seen: set[str] = set()
    rows: Iterator[FeedRow | BadRow]
    if start.startswith("<"):
        rows = iter(read_opml(value, url=url).rows)
    elif start.startswith(("{", "[")):
        rows = _read_json(text)
    else:
        rows = _read_lines(text)
    for row in rows:
        if isinstance(row, BadRow):
            yield row
        elif row.url not in seen:
            seen.add(row.url)
            yield row


def parse_row(record: Mapping[str, Any]) -> FeedRow | None:
    """Return the feed that a record describes, or None when it gives no address.

    >>> parse_row({"Feed URL": "https://harbour-post.example/feed", "lang": "EN", "country": "GBR"}).country
    'GB'
    """
    folded = {str(key).lower().replace("_", "").replace("-", "").replace(" ", ""): val for key, val in record.items()}
    address = next((found for value in _values(folded, _URL) if (found := resolve_url(value))), None)
    if address is None:
        return None
    site = _first(folded, _SITE)
    tags = tuple(dict.fromkeys(_tags(folded)))[:12]
    country = find_country(_first(folded, _COUNTRY)) or next(
        (code for tag in tags if (code := find_country(tag))), None
    )
    return FeedRow(
        url=address,
        title=_first(folded, _TITLE),
        site_url=resolve_url(site) or (resolve_url(f"http://{site}") if site and "." in site else None),
        source=_first(folded, _SOURCE),
        description=_first(folded, ("description", "summary")),
        language=(_first(folded, _LANGUAGE) or "").lower()[:40] or None,
        country=country,
        tags=tags,
        kind="sitemap" if str(folded.get("kind") or folded.get("type") or "").lower() == "sitemap" else "feed",
    )


def _read_json(text: str) -> Iterator[FeedRow | BadRow]:
    if text.lstrip().startswith("["):
        try:
            records = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise Rejected(BAD_INPUT, f"The list is no JSON: {str(error)[:200]}.") from error
        for number, record in enumerate(records[:_LIMIT], start=1):
            yield _row(record, number)
        return
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                record = json.loads(line)
            except (ValueError, RecursionError) as error:
                yield BadRow(number, f"The line is no JSON: {str(error)[:200]}.")
                continue
            yield _row(record, number)


def _row(record: object, number: int) -> FeedRow | BadRow:
    if isinstance(record, str):
        record = {"url": record}
    row = parse_row(record) if isinstance(record, dict) else None
    return row or BadRow(number, "It gives no address of a feed (feed_url, xmlUrl or url, with http or https).")


def _read_lines(text: str) -> Iterator[FeedRow | BadRow]:
    first = text.lstrip().partition("\n")[0]
    delimiter = max(",;\t|", key=first.count)
    names = {name.strip(' "').lower().replace("_", "").replace(" ", "") for name in first.split(delimiter)}
    if delimiter in first and names & _KNOWN and "://" not in first:
        yield from _read_csv(text.lstrip(), delimiter)
        return
    found = False
    for number, line in enumerate(text.split("\n"), start=1):
        written = line.strip()
        if not written or written.startswith("#"):
            continue
        row = parse_row({"url": written})
        found = found or row is not None
        yield row or BadRow(number, "It is no address of a feed (with http or https).")
    if not found:
        raise Rejected(BAD_INPUT, "It is no list of feeds: neither OPML, JSON lines, CSV nor one address a line.")


def _read_csv(text: str, delimiter: str) -> Iterator[FeedRow | BadRow]:
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for record in reader:
            yield _row({key: val for key, val in record.items() if key is not None}, reader.line_num)
    except csv.Error as error:
        yield BadRow(reader.line_num, f"The CSV breaks here: {error}.")


def _values(folded: Mapping[str, Any], names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        line = one_line(folded.get(name.replace("_", "")), 4000)
        if line and line.lower() not in _NOTHING:
            yield line


def _first(folded: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    return next(_values(folded, names), None)


def _tags(folded: Mapping[str, Any]) -> Iterator[str]:
    extra = folded.get("extra")
    held = {**folded, **extra} if isinstance(extra, dict) else folded
    for name in _TAGS:
        value = held.get(name)
        parts = value if isinstance(value, list) else str(value or "").split("|")
        yield from (line for part in parts[:12] if (line := one_line(part)) and line.lower() not in _NOTHING)
