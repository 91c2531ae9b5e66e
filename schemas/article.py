"""The two forms of an article: as received (`RawArticle`) and as enriched (`EnrichedArticle`).

A raw article is light: producers do not parse pages. An enriched one holds everything a reader, the index and the
grouper need. Shapes change only here, with a new `schema_version` that still decodes the old one.
"""

from typing import Annotated, Literal

from pydantic import Field

from schemas.annotations import (
    ArticleTime,
    Citation,
    Entity,
    Image,
    Origin,
    Place,
    Quote,
    Score,
    TimeExpression,
    Zone,
)
from schemas.base import Record, UtcDatetime

ArticleId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
"""32 hex characters of SHA-256 over the canonical URL, else source and guid, else the content."""

Channel = Literal["feed", "sitemap", "file", "warc", "http"]
ContentType = Literal["html", "text"]


class SourceClaim(Record):
    """What the producer knows of the publisher; the registry decides later who that is."""

    domain: str | None = None
    feed_url: str | None = None
    name: str | None = None


class FeedEntry(Record):
    """What a feed, or a line of a JSONL file, said beside the content, exactly as written."""

    title: str | None = None
    summary: str | None = None
    authors: tuple[str, ...] = ()
    published: str | None = None
    updated: str | None = None
    categories: tuple[str, ...] = ()
    guid: str | None = None
    rights: str | None = None
    language: str | None = None
    source: str | None = None
    images: tuple[Image, ...] = ()


class HttpFacts(Record):
    """What the fetch said."""

    status: int | None = None
    final_url: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    content_language: str | None = None


class RawArticle(Record):
    """An article as a producer sends it. `version` is `fetched_at` in milliseconds: the higher one wins."""

    schema_version: Literal[1] = 1
    article_id: ArticleId
    version: Annotated[int, Field(ge=0)]
    fetched_at: UtcDatetime
    url: str | None = None
    canonical_url: str | None = None
    source: SourceClaim = SourceClaim()
    channel: Channel
    content: str
    content_type: ContentType
    feed_entry: FeedEntry = FeedEntry()
    http: HttpFacts = HttpFacts()
    received_from: str | None = None
    """Where a person would look for it: file and line, feed address, WARC record."""


class SourceFacts(Record):
    """The registry's facts about the publisher; `id` None when the registry does not know it."""

    id: str | None = None
    name: str | None = None
    domain: str | None = None
    country: str | None = None
    language: str | None = None
    kind: str | None = None
    owner: str | None = None
    licence: str | None = None
    store: Literal["full", "excerpt"] = "full"


class Problem(Record):
    """A step that failed without costing the article."""

    step: str
    reason: str
    detail: str = ""


class Enrichment(Record):
    """Which program enriched the article, with what, and how long each step took.

    `version` rises when results change: with the article's version it decides which write wins. `milliseconds` maps
    step name to time spent. `models` maps task to model name and version.
    """

    version: Annotated[int, Field(ge=1)]
    models: dict[str, str] = Field(default_factory=dict)
    milliseconds: dict[str, float] = Field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


class Fingerprint(Record):
    """MinHash of the body's word 5-grams and of its figures. Empty bands mean too little text to compare.

    `signature` holds 32-bit values, 128 for the 5-grams and 32 for numbers and dates; `bands` are hex digests of bands
    of the former, for candidate look-up. Only fingerprints of one `scheme` can be compared.
    """

    scheme: str
    signature: tuple[int, ...] = ()
    bands: tuple[str, ...] = ()
    shingle_count: int = 0


class EnrichedArticle(Record):
    """An article with everything that enrichment found, each statement with its evidence."""

    schema_version: Literal[1] = 1
    article_id: ArticleId
    version: Annotated[int, Field(ge=0)]
    fetched_at: UtcDatetime
    url: str | None = None
    canonical_url: str | None = None
    channel: Channel
    received_from: str | None = None

    title: str
    summary: str = ""
    text: str
    zones: tuple[Zone, ...] = ()
    language: str | None = None
    language_score: Score = 0.0
    published: ArticleTime = ArticleTime()
    modified: ArticleTime = ArticleTime()
    authors: tuple[str, ...] = ()
    section: str | None = None
    images: tuple[Image, ...] = ()
    paywalled: bool | None = None
    rights: str | None = None

    source: SourceFacts = SourceFacts()
    origin: Origin | None = None
    entities: tuple[Entity, ...] = ()
    quotes: tuple[Quote, ...] = ()
    citations: tuple[Citation, ...] = ()
    times: tuple[TimeExpression, ...] = ()
    places: tuple[Place, ...] = ()
    keywords: tuple[str, ...] = ()
    fingerprint: Fingerprint | None = None
    terms: tuple[int, ...] | None = None
    """What the article is about, see `pipeline.stories.terms`; None in records from before, and when that failed."""
    enrichment: Enrichment
