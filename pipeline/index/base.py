"""What an article index promises, whatever engine it stands on.

`ArticleIndex` is implemented by `TantivyIndex` (embedded) and `ElasticIndex`. Both pass the same contract suite in
`tests/contracts`. Writes are compare-and-set (DELIVERY.md section 3): the higher (article version, enrichment version)
wins, and each role owns its fields. Calls block; asyncio code uses a thread. Imports only `schemas`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Protocol

from schemas.errors import Rejected, Unavailable
from schemas.query import SearchPage, SearchQuery, WordCount

Json = Mapping[str, Any]
MAX_CANDIDATES: Final = 64


class WriteResult(StrEnum):
    """What a write did. Every value means that the index now holds this version or a newer one."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class IndexDocument:
    """What the `index` role writes.

    `fields` by the names of `schemas.fields` (only those that the role owns), and `stored`, the enriched article as
    JSON text for display. `first_seen_at` decides where the document lives and is kept from its first write. The index
    sets `indexed_at`.
    """

    article_id: str
    version: int
    enrichment_version: int
    fields: Json
    stored: str


@dataclass(frozen=True, slots=True)
class StoryFields:
    """What the `group` role writes, for exactly the article version that it looked at."""

    article_id: str
    version: int
    story_id: str
    copy_of: str | None
    is_copy: bool


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """A document as the index holds it: all fields of all owners, and the enriched article as JSON text."""

    article_id: str
    version: int
    enrichment_version: int
    fields: Json
    stored: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """An article that shares fingerprint bands with another: what deciding on a copy needs."""

    article_id: str
    version: int
    story_id: str | None
    copy_of: str | None
    first_seen_at: datetime
    published_at: datetime | None
    source_domain: str | None
    origin_id: str | None
    fingerprint: tuple[int, ...]
    title: str


WriteOutcome = WriteResult | Rejected | Unavailable
"""`Rejected` is permanent for that item, `Unavailable` asks for that item again; neither is raised."""


class ArticleIndex(Protocol):
    """An index of articles, one document per article id."""

    def install(self) -> None:
        """Create what is missing (files, templates, aliases). Idempotent.

        Raises:
            ConfigurationError: what exists does not fit this program, with the remedy.
            Unavailable: the index does not answer.
        """

    def write(self, documents: Sequence[IndexDocument]) -> Sequence[WriteOutcome]:
        """Store the documents by compare-and-set and return one outcome each, in order. Durable on return.

        The same id may stand in the batch more than once. Story fields written by the group role survive. Searchable
        after the refresh interval (about 1 s), or after `refresh`.

        Raises:
            Unavailable: the index does not answer at all.
            ConfigurationError: credentials, template or mapping are wrong.
        """

    def write_stories(self, stories: Sequence[StoryFields]) -> Sequence[WriteOutcome]:
        """Set story fields by compare-and-set; `STALE` when the article has meanwhile a newer version."""

    def get(self, article_id: str) -> StoredArticle | None:
        """Return the article's document, also when it was written a moment ago; None when there is none."""

    def versions(self, article_ids: Sequence[str]) -> Mapping[str, tuple[int, int]]:
        """Return (version, enrichment version) of those that exist."""

    def first_seen(self, article_ids: Sequence[str]) -> Mapping[str, datetime]:
        """Return when those that exist were first seen, as their first write said; one call for a whole batch."""

    def candidates(self, bands: Sequence[str], since: datetime, exclude: str) -> Sequence[Candidate]:
        """Return articles first seen after `since` that share at least one band; sees all finished writes.

        Those that share the most bands come first, then the earliest; at most `MAX_CANDIDATES`, so that an article of a
        template that thousands share costs no more than any other.
        """

    def search(self, query: SearchQuery) -> SearchPage:
        """Answer the query over everything that was refreshed.

        Raises:
            Rejected: `bad-input` when a cursor does not belong to the query.
            Unavailable: the index does not answer.
        """

    def similar_words(self, word: str, limit: int = 20) -> Sequence[WordCount]:
        """Return words of titles and texts within two edits of `word`, the most frequent first, without `word` itself.

        They begin with the same letter, folded; their counts are of articles, and may be approximate.

        Raises:
            Unavailable: the index does not answer.
        """

    def count(self) -> int:
        """Return the number of articles held."""

    def refresh(self) -> None:
        """Make all finished writes searchable before returning."""

    def close(self) -> None:
        """Release files and connections. Harmless when repeated."""
