"""Feeds as records: one row of a list of feeds (`FeedRow`), and what a feed says of itself (`FeedClaim`).

Readers of OPML and of feed lists give rows; readers of feeds and sitemaps give claims; the poller keeps both.
"""

from typing import Annotated, Literal

from pydantic import Field

from schemas.base import Record

FeedForm = Literal["rss", "rdf", "atom", "json", "cdf", "sitemap", "sitemap-index", "unknown"]
"""The format that the bytes are in; `unknown` when entries were found in something that names no format."""


class FeedRow(Record):
    """One feed of a list, as its writer describes it. Claims, not facts: the registry decides later.

    `url` is an absolute http or https address as written; `country` ISO 3166 alpha-2 in upper case and `language` a
    BCP 47 code in lower case, both only where the list says them; `tags` are the folders and categories above it, the
    outermost first.
    """

    url: Annotated[str, Field(min_length=1, max_length=4096)]
    title: str | None = None
    site_url: str | None = None
    source: str | None = None
    description: str | None = None
    language: str | None = None
    country: str | None = None
    tags: tuple[str, ...] = ()
    kind: Literal["feed", "sitemap"] = "feed"


class CloudClaim(Record):
    """The address of an rssCloud service, as RSS 2.0 gives it."""

    domain: str
    port: int | None = None
    path: str | None = None
    register_procedure: str | None = None
    protocol: str | None = None


class FeedClaim(Record):
    """What a feed says of itself, beside its entries. Texts as written, addresses absolute.

    `ttl_s` and `update_period_s` are hints at how often it changes (RSS `ttl`, Syndication module); `skip_hours` (0 to
    23, UTC) and `skip_days` ("monday") when it does not. `hubs` and `topic_url` are for WebSub. `next_url` is the next
    page of a paged feed, `archive_url` the archive before this one (RFC 5005); `moved_to` the address that the feed
    asks to be read under from now on. `complete` means that what is not listed is gone. `tdm_reserved` and `no_ai` are
    the publisher's word about machine reading and training, None where it says nothing.
    """

    form: FeedForm = "unknown"
    title: str | None = None
    description: str | None = None
    site_url: str | None = None
    self_url: str | None = None
    next_url: str | None = None
    archive_url: str | None = None
    moved_to: str | None = None
    topic_url: str | None = None
    hubs: tuple[str, ...] = ()
    cloud: CloudClaim | None = None
    ttl_s: Annotated[int, Field(ge=0)] | None = None
    update_period_s: Annotated[int, Field(ge=0)] | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[str, ...] = ()
    expires: str | None = None
    updated: str | None = None
    language: str | None = None
    country: str | None = None
    authors: tuple[str, ...] = ()
    rights: str | None = None
    categories: tuple[str, ...] = ()
    generator: str | None = None
    image_url: str | None = None
    complete: bool = False
    tdm_reserved: bool | None = None
    no_ai: bool | None = None
