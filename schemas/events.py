"""Small events between roles: what was indexed, what was grouped. Ids and fingerprints, never texts."""

from typing import Literal

from schemas.article import ArticleId, Fingerprint
from schemas.base import Record, UtcDatetime


class IndexedEvent(Record):
    """An article version is in the index. Carries just what grouping needs, under 64 KiB."""

    schema_version: Literal[1] = 1
    article_id: ArticleId
    version: int
    enrichment_version: int
    indexed_at: UtcDatetime
    first_seen_at: UtcDatetime
    published_at: UtcDatetime | None = None
    title: str = ""
    language: str | None = None
    source_id: str | None = None
    source_domain: str | None = None
    origin_id: str | None = None
    origin_kind: str | None = None
    word_count: int = 0
    fingerprint: Fingerprint | None = None
    entity_ids: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    terms: tuple[int, ...] = ()
    """What the article is about, see `pipeline.stories.terms`."""


class GroupedEvent(Record):
    """An article found its story. `copy_of` is the earliest known copy, None for an original."""

    schema_version: Literal[1] = 1
    article_id: ArticleId
    version: int
    story_id: str
    copy_of: ArticleId | None = None
    is_copy: bool = False
    reason: str
    grouped_at: UtcDatetime
