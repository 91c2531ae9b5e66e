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

    `text` is everything readable in reading order, blocks separated by one newline; composed (NFC), without control
    characters, soft hyphens or runs of blanks. `zones` are in text order, do not overlap, and cover every non-blank
    character of `text`. Each block (line) is one zone, with two exceptions: a dateline zone is the leading part of the
    first body line, and a credit zone may be the last part of a caption line (the photographer) or of the last body
    line (an agency's sign-off). A standfirst is a title zone of its own with the rule `standfirst`; `title` is the
    headline alone, and when no line says it (rule `title-claimed`, `title-record`), it stands first in `text`. A text
    without any title has a `title` made from its first sentence, which is no zone.

    Authors are people, as written; agencies, outlets and desks named as author are in `source_hints`.
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
