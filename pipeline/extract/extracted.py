"""What extraction hands to enrichment: an article's parts, found but not yet interpreted. Imports only `schemas`."""

from dataclasses import dataclass

from schemas.annotations import ArticleTime, Image, Zone

_UNKNOWN = ArticleTime()


@dataclass(frozen=True, slots=True)
class SourceHint:
    """Something outside the text that names the maker.

    `kind` is `canonical-link`, `feed-source`, `json-ld-source`, `author` or `meta-source`; `value` the name or URL as
    written.
    """

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class ExtractedArticle:
    """An article's parts.

    `text` is everything readable in reading order, blocks separated by one newline. `zones` are in text order, do not
    overlap, and cover every non-blank character of `text`; each block (line) lies in exactly one zone except for a
    dateline zone, which is the leading part of a body block. Authors are people (no outlets or agencies), as written.
    """

    title: str
    text: str
    zones: tuple[Zone, ...]
    summary: str = ""
    published: ArticleTime = _UNKNOWN
    modified: ArticleTime = _UNKNOWN
    authors: tuple[str, ...] = ()
    section: str | None = None
    images: tuple[Image, ...] = ()
    keywords: tuple[str, ...] = ()
    language_claimed: str | None = None
    rights: str | None = None
    paywalled: bool | None = None
    site_name: str | None = None
    canonical_url: str | None = None
    source_hints: tuple[SourceHint, ...] = ()
