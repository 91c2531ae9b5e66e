"""What one poll of one feed comes to: the change to its state, the articles to send, the items that are known by then.

Made by `poll`, carried out by `producers.feeds`, written by `state`. Data only; imports `schemas`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from schemas.article import RawArticle


@dataclass(frozen=True, slots=True)
class KnownItem:
    """One entry of one feed that needs no further look until it changes.

    `key` tells it within its feed, `digest` its content (empty: whatever comes next is taken as unchanged),
    `versions` how often it was sent, `attempts` how often its page could not be fetched (then `versions` is 0).
    """

    key: bytes
    article_id: bytes
    digest: bytes
    versions: int
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class PollOutcome:
    """What a poll changes. `changes` maps columns of the feed to values; `reason` is None when it went well.

    `owned` maps each id under which a sent article may arrive again to its article id. `present` are the keys
    of all that the feed holds now, given when so much is known of it that old items are to be forgotten;
    `claimed` the ids to be freed once all is written. `delivery` is the number of what a hub sent, when the feed was
    not asked itself.
    """

    feed_id: int
    url: str
    at: datetime
    changes: Mapping[str, Any]
    reason: str | None = None
    detail: str | None = None
    articles: tuple[RawArticle, ...] = ()
    items: tuple[KnownItem, ...] = ()
    owned: Mapping[bytes, bytes] = field(default_factory=dict)
    present: frozenset[bytes] = frozenset()
    claimed: tuple[bytes, ...] = ()
    sightings: int = 0
    not_modified: bool = False
    pages: int = 0
    pages_failed: int = 0
    delivery: int | None = None
