"""What a reader found: one entry as the feed writes it, and the feed around it. Data only; imports `schemas`."""

from dataclasses import dataclass, field

from schemas.annotations import Image
from schemas.article import ContentType
from schemas.feed import FeedClaim


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a feed, sitemap or wire message. Texts and dates as written, addresses absolute, lists in order.

    `link` is the page; `canonical_link` the publisher's own address of it where the entry gives both (FeedBurner,
    `rel=canonical`). `content` is what the entry offers to read, best first (content before summary before title);
    `has_full_text` tells whether that can be the whole article or is a teaser. `source_name` and `source_url` name
    another publisher that the entry credits (`source` of RSS and Atom, `dc:source`). `position` counts from 1.
    """

    position: int
    title: str | None = None
    link: str | None = None
    canonical_link: str | None = None
    guid: str | None = None
    summary: str | None = None
    content: str = ""
    content_type: ContentType = "html"
    has_full_text: bool = False
    authors: tuple[str, ...] = ()
    published: str | None = None
    updated: str | None = None
    categories: tuple[str, ...] = ()
    rights: str | None = None
    language: str | None = None
    source_name: str | None = None
    source_url: str | None = None
    images: tuple[Image, ...] = ()
    enclosures: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether it has neither text nor address: nothing that an article could be made of."""
        return not (self.content.strip() or self.title or self.link)


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed that was read: what it says of itself, its entries in the order written, and what was wrong with it.

    `problems` are sentences for a person; a feed with problems is still a feed. `is_well_formed` is False when the
    bytes had to be mended.
    """

    claim: FeedClaim
    entries: tuple[Entry, ...] = ()
    problems: tuple[str, ...] = field(default=())
    is_well_formed: bool = True
