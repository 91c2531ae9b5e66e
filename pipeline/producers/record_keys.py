"""Which keys of a JSONL record mean what: the documented synonyms, as data, and reading them.

Record → values by our names. Keys are compared without case, `_`, `-` and blanks: `publishedAt`, `published_at` and
`PUBLISHED-AT` are one. Unknown keys are ignored. Pure.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

SYNONYMS: Final[dict[str, tuple[str, ...]]] = {
    "title": ("title", "headline", "headline_main"),
    "text": (
        "text", "body", "content", "article", "full_text", "article_text", "article_body", "main_text", "body_text",
        "plain_text", "story",
    ),
    "html": ("html", "content_html", "html_content", "body_html", "raw_html", "page_html", "full_html"),
    "url": ("url", "link", "article_url", "page_url", "canonical_url", "web_url", "permalink", "href", "uri"),
    "published": (
        "published", "published_at", "date", "date_published", "pub_date", "publish_date", "publication_date",
        "published_date", "date_publish", "date_time", "timestamp", "time", "issued", "created_at", "published_raw",
    ),
    "updated": ("updated", "updated_at", "modified", "modified_at", "date_modified", "last_modified", "date_modify"),
    "source": ("source", "source_name", "publisher", "outlet", "site_name", "site", "publication", "newspaper",
        "provider"),
    "domain": ("domain", "source_domain", "host", "hostname", "source_url", "site_url", "publisher_url"),
    "authors": ("authors", "author", "byline", "by", "creator", "writers", "dc_creator"),
    "language": ("language", "lang", "language_code", "locale"),
    "summary": ("summary", "description", "abstract", "excerpt", "lead", "teaser", "standfirst", "dek", "subtitle"),
    "categories": ("section", "category", "categories", "topic", "topics", "tags", "keywords", "subject", "subjects"),
    "guid": ("guid", "id", "_id", "article_id", "uuid", "doc_id", "docno"),
    "fetched_at": (
        "fetched_at", "crawled_at", "retrieved_at", "downloaded_at", "scraped_at", "date_download", "date_crawled",
        "crawl_date", "fetch_time", "collected_at",
    ),
    "rights": ("rights", "copyright", "licence", "license"),
    "agency": ("agency", "wire", "original_source", "dc_source"),
}  # fmt: skip
"""Our name → keys, the stronger first. Where several are given, the first with a usable value counts."""

# What programs write for "nothing".
_NOTHING: Final = frozenset({"", "none", "null", "nan", "na", "n/a", "-", "--", "unknown", "undefined"})
_NESTED_NAMES: Final = ("name", "title", "value", "text", "#text")
_MAX_VALUES: Final = 100
_MAX_CHARS: Final = 2000
_EPOCH = re.compile(r"[1-9]\d{8,12}(?:\.\d{1,9})?")
_MILLISECONDS_FROM: Final = 100_000_000_000  # as seconds, that would be the year 5138


def fold_key(key: str) -> str:
    """Return the form under which keys are compared.

    >>> fold_key("Published_At") == fold_key("publishedAt")
    True
    """
    return key.lower().replace("_", "").replace("-", "").replace(" ", "").replace(":", "")


_FOLDED: Final = {name: tuple(fold_key(key) for key in keys) for name, keys in SYNONYMS.items()}


def fold_keys(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record under folded keys; of two keys that fold to one, the first counts."""
    folded: dict[str, Any] = {}
    for key, value in record.items():
        folded.setdefault(fold_key(key), value)
    return folded


def values_of(folded: Mapping[str, Any], name: str) -> Iterator[Any]:
    """Yield what the record holds under any synonym of our name, the strongest key first, without None."""
    for key in _FOLDED[name]:
        value = folded.get(key)
        if value is not None:
            yield value


def read_long_text(folded: Mapping[str, Any], name: str) -> str | None:
    """Return the first non-blank text under our name, unshortened; a list of paragraphs becomes one text."""
    for value in values_of(folded, name):
        text = value
        if isinstance(value, list) and all(isinstance(part, str) for part in value):
            text = "\n\n".join(value)
        if isinstance(text, str) and text.strip():
            return clean(text)
    return None


def read_line(folded: Mapping[str, Any], name: str) -> str | None:
    """Return the first usable short value under our name: a text, a number, or the name inside an object."""
    return next((line for value in values_of(folded, name) if (line := _as_line(value))), None)


def read_lines(folded: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Return the values under the first usable key of our name: each element of a list, else the one value."""
    for value in values_of(folded, name):
        parts = value if isinstance(value, list) else [value]
        lines = tuple(line for part in parts[:_MAX_VALUES] if (line := _as_line(part)))
        if lines:
            return lines
    return ()


def read_time(folded: Mapping[str, Any], name: str) -> str | None:
    """Return a time as written; seconds or milliseconds since 1970 become ISO 8601."""
    for value in values_of(folded, name):
        line = _as_line(value)
        if line is None:
            continue
        # A plain number of that size is no date that people write (20180102 is one).
        if _EPOCH.fullmatch(line):
            number = float(line)
            return datetime.fromtimestamp(number / 1000 if number >= _MILLISECONDS_FROM else number, UTC).isoformat()
        return line
    return None


def clean(text: str) -> str:
    """Return the text with lone surrogates, which have no UTF-8 form, and NUL replaced."""
    text = text.replace("\x00", "\ufffd")
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _as_line(value: object) -> str | None:
    if isinstance(value, Mapping):
        value = next((value[key] for key in _NESTED_NAMES if isinstance(value.get(key), str)), None)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    line = " ".join(clean(str(value)[:_MAX_CHARS]).split())
    return None if line.lower() in _NOTHING else line
