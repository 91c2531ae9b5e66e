"""JSON lines → raw articles, one record a line. Record → `RawArticle`; imports the pure source rules and no client.

Needs a text or a page; everything else is optional (`record_keys.SYNONYMS` lists the accepted keys). The same line of
an unchanged file always gives the same article and version.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from pipeline.clock import epoch_ms
from pipeline.producers.byte_lines import BROKEN, ByteLine, open_bytes, read_lines
from pipeline.producers.html_head import identify_page
from pipeline.producers.inputs import KEPT_BYTES, MAX_RECORD_BYTES, BadInput, Place, bad_file
from pipeline.producers.record_keys import fold_keys, read_line, read_long_text, read_time, values_of
from pipeline.producers.record_keys import read_lines as read_values
from pipeline.sources.urls import article_id, canonical_url, domain_of
from schemas.article import FeedEntry, RawArticle, SourceClaim
from schemas.errors import BAD_INPUT, Rejected

_HTML = re.compile(r"\s*(?:<!doctype|<html|<head|<body|<article|<div|<section|<main|<p[\s>])", re.IGNORECASE)
_EARLIEST_FETCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def read_jsonl(path: Path, modified_at: datetime) -> Iterator[RawArticle | BadInput]:
    """Yield the article of each line, or what is wrong with it; blank lines are passed over.

    A damaged file ends with a bad input that names the last line read.
    """
    number = 0
    try:
        with open_bytes(path) as stream:
            for line in read_lines(stream):
                number = line.number
                if line.value.strip():
                    yield _read_line(line, Place(path, line.number, modified_at))
    except BROKEN as error:
        yield bad_file(path, f"The file is damaged or unreadable after line {number}: {error}")


def parse_record(record: Mapping[str, Any], place: Place) -> RawArticle:
    """Return the article that a record describes.

    The id comes from the URL; without one from source and id; without an id from the content. The version is the
    record's fetch time, else the file's.

    Raises:
        Rejected: `bad-input`, it holds neither text nor page.
    """
    folded = fold_keys(record)
    content, content_type = _read_content(folded)
    url, domain = _read_addresses(folded)
    canonical = canonical_url(url)
    if canonical is None and content_type == "html":
        page = identify_page(content)
        url, canonical = url or page.url, page.canonical
    source = read_line(folded, "source")
    guid = read_line(folded, "guid")
    fetched_at = _read_fetch_time(folded) or place.modified_at
    return RawArticle(
        article_id=article_id(canonical, source or domain or place.scope, guid, content),
        version=epoch_ms(fetched_at),
        fetched_at=fetched_at,
        url=url,
        canonical_url=canonical,
        source=SourceClaim(domain=domain or domain_of(canonical), name=source),
        channel="file",
        content=content,
        content_type="html" if content_type == "html" else "text",
        feed_entry=FeedEntry(
            title=read_line(folded, "title"),
            summary=read_long_text(folded, "summary"),
            authors=read_values(folded, "authors"),
            published=read_time(folded, "published"),
            updated=read_time(folded, "updated"),
            categories=read_values(folded, "categories"),
            guid=guid,
            rights=read_line(folded, "rights"),
            language=read_line(folded, "language"),
            source=read_line(folded, "agency"),
        ),
        received_from=place.received_from,
    )


def _read_line(line: ByteLine, place: Place) -> RawArticle | BadInput:
    if line.too_long:
        detail = f"The line is longer than {MAX_RECORD_BYTES // 1024**2} MiB."
        return BadInput(place.path, line.number, line.value, detail)
    try:
        return parse_record(_parse_json(line.value), place)
    except Rejected as error:
        return BadInput(place.path, line.number, line.value[:KEPT_BYTES], error.detail)


def _parse_json(value: bytes) -> Mapping[str, Any]:
    try:
        record = json.loads(value.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise Rejected(BAD_INPUT, f"The line is not UTF-8 (byte {error.start}).") from error
    except json.JSONDecodeError as error:
        raise Rejected(BAD_INPUT, f"The line is not JSON: {error.msg} (character {error.pos + 1}).") from error
    except ValueError as error:
        raise Rejected(BAD_INPUT, f"The line is not JSON: {error}.") from error
    except RecursionError as error:
        raise Rejected(BAD_INPUT, "The line is JSON nested too deeply.") from error
    if isinstance(record, dict):
        return record
    hint = " (a JSON array: write one object a line, for example with jq -c '.[]')" if isinstance(record, list) else ""
    raise Rejected(BAD_INPUT, f"The line is not a JSON object{hint}.")


def _read_content(folded: Mapping[str, Any]) -> tuple[str, str]:
    text = read_long_text(folded, "text")
    if text is not None:
        return text, "html" if _HTML.match(text) else "text"
    html = read_long_text(folded, "html")
    if html is not None:
        return html, "html"
    summary = read_long_text(folded, "summary")
    if summary is not None:
        return summary, "html" if _HTML.match(summary) else "text"
    raise Rejected(BAD_INPUT, "The record has neither text nor html (nor body, content, article, summary).")


def _read_addresses(folded: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Return the page's address and the publisher's domain. `source_url` is the page if there is no other address."""
    url = read_line(folded, "url")
    domain: str | None = None
    for value in (*values_of(folded, "domain"), *_nested_addresses(folded)):
        if not isinstance(value, str):
            continue
        if url is None and canonical_url(value) is not None and urlsplit(value).path.strip("/"):
            url = value
        domain = domain or domain_of(value)
    return url, domain


def _nested_addresses(folded: Mapping[str, Any]) -> Iterator[str]:
    for source in values_of(folded, "source"):
        if isinstance(source, Mapping):
            yield from (source[key] for key in ("domain", "url", "homepage") if isinstance(source.get(key), str))


def _read_fetch_time(folded: Mapping[str, Any]) -> datetime | None:
    """Return the record's own fetch time if it is an ISO 8601 time; without a zone it is read as UTC."""
    written = read_time(folded, "fetched_at")
    try:
        at = datetime.fromisoformat(written) if written else None
    except ValueError:
        return None
    if at is None:
        return None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return at if at >= _EARLIEST_FETCH else None
