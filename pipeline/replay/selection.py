"""Which messages of a topic are to be worked on again: by source, time of the fetch, and versions in the index. Pure.

A raw or enriched message in; what a selection asks about it out. Imports schemas and the registry of sources.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pipeline.sources.registry import SourceRegistry, facts
from schemas.article import EnrichedArticle, RawArticle, SourceFacts
from schemas.codec import decode
from schemas.message import Message
from schemas.topics import BACKFILL_ENRICHED, BACKFILL_RAW, ENRICHED, RAW, Topic


class Work(StrEnum):
    """What is done again."""

    ENRICH = "re-enrich"
    """Received articles are enriched by this program, then indexed."""
    INDEX = "re-index"
    """Enriched articles are indexed as they are."""

    @property
    def origin(self) -> Topic:
        """Where the messages are read."""
        return RAW if self is Work.ENRICH else ENRICHED

    @property
    def target(self) -> Topic:
        """Where they are sent, to be worked on behind live ones."""
        return BACKFILL_RAW if self is Work.ENRICH else BACKFILL_ENRICHED


@dataclass(frozen=True, slots=True)
class Found:
    """What a message is about. `pair` is the version that comes of it: article version and enrichment version."""

    article_id: str
    pair: tuple[int, int]
    fetched_at: datetime
    source: SourceFacts

    @property
    def source_name(self) -> str:
        """The publisher, as people call it."""
        return self.source.name or self.source.domain or "unknown source"


@dataclass(frozen=True, slots=True)
class Selection:
    """What to work on again. Sources by id, name or domain; times of the fetch, `since` inclusive, `until` exclusive.

    `stale`: only where the index holds an older version of the result than this work would give.
    """

    sources: frozenset[str] = frozenset()
    since: datetime | None = None
    until: datetime | None = None
    stale: bool = False

    def covers(self, found: Found) -> bool:
        """Whether source and time are as asked for; nothing about staleness, which the index knows.

        >>> at = datetime.fromisoformat("2026-01-02T00:00:00+00:00")
        >>> Selection(sources=frozenset({"post"})).covers(Found("", (1, 1), at, SourceFacts(name="Post")))
        True
        """
        source = found.source
        names = {name.casefold() for name in (source.id, source.name, source.domain) if name}
        if self.sources and not self.sources & names:
            return False
        return (self.since is None or found.fetched_at >= self.since) and (
            self.until is None or found.fetched_at < self.until
        )


def read_found(message: Message, work: Work, registry: SourceRegistry, enrichment_version: int) -> Found:
    """Return what the message is about, with the publisher as enrichment would name it.

    Raises:
        Rejected: it is no article that this program can read.
    """
    if work is Work.INDEX:
        article = decode(EnrichedArticle, message.value)
        pair = (article.version, article.enrichment.version)
        return Found(article.article_id, pair, article.fetched_at, article.source)
    raw = decode(RawArticle, message.value)
    claim = raw.source
    publisher = registry.publisher(domain=claim.domain, name=claim.name, url=raw.canonical_url or raw.url)
    source = facts(publisher, claim.domain, claim.name)
    return Found(raw.article_id, (raw.version, enrichment_version), raw.fetched_at, source)


def is_stale(found: Found, work: Work, held: Mapping[str, tuple[int, int]]) -> bool:
    """Whether the index holds an older result; `held` are (version, enrichment version) by article.

    Enriching again is for results of an older program, of the very version that the index shows; indexing again also
    for what is missing there.
    """
    before = held.get(found.article_id)
    if before is None:
        return work is Work.INDEX
    if work is Work.ENRICH and before[0] != found.pair[0]:
        return False
    return before < found.pair
