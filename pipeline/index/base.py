"""What an article index promises, whatever engine it stands on.

`ArticleIndex` is implemented by `TantivyIndex` (embedded) and `ElasticIndex`. Both pass the same contract suite in
`tests/contracts`. Writes are compare-and-set (DELIVERY.md section 3): the higher (article version, enrichment version,
revision of corrections) wins, and each role owns its fields. Calls block; asyncio code uses a thread. Imports
`schemas` and records.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple, Protocol

from pipeline.index.records import RecordStore
from pipeline.index.story_document import StoryDocument, StoryOrder
from schemas.errors import Rejected, Unavailable
from schemas.query import SearchPage, SearchQuery, WordCount

Json = Mapping[str, Any]
Versions = tuple[int, int, int]
"""Article version, enrichment version, revision of the newest correction: the higher one wins."""
MAX_CANDIDATES: Final = 64
MAX_VERSIONS: Final = 100


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

    @property
    def versions(self) -> Versions:
        """What decides whether this write wins."""
        return self.version, self.enrichment_version, self.fields.get("correction_revision", 0)


@dataclass(frozen=True, slots=True)
class StoryFields:
    """What the `group` role writes, for exactly the article version that it looked at.

    `first_seen_at`, where it is known, says which month the article stands in: it need not be looked for.
    """

    article_id: str
    version: int
    story_id: str
    copy_of: str | None
    is_copy: bool
    first_seen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """An operator's word that an article is taken back, or, with `withdrawn` False, put back. New versions obey."""

    article_id: str
    withdrawn: bool = True


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
    """An article as the index holds it for grouping: what deciding on copies and stories needs."""

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
    source_id: str | None = None
    language: str | None = None
    terms: tuple[int, ...] = ()
    bands: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kin:
    """An article that shares fingerprint bands with another; `story_id` is None until it is grouped."""

    article_id: str
    version: int
    story_id: str | None


@dataclass(frozen=True, slots=True)
class BandQuery:
    """What an article's kin are looked for by: its bands, and the time after which they were first seen.

    Without bands only the article itself is looked for. `at`, when it was first seen itself: of very many kin those
    seen nearest to it count. `words` say how long it is, `version` which version of it is there at least.
    """

    article_id: str
    bands: tuple[str, ...]
    since: datetime
    at: datetime
    words: int = 0
    version: int = 0


@dataclass(frozen=True, slots=True)
class IndexUsage:
    """What the index holds of the articles first seen in `month` (`YYYY.MM`, UTC).

    `articles` and `bytes` are None while it is closed; an embedded index counts the bytes of its documents alone.
    """

    name: str
    month: str
    articles: int | None
    bytes: int | None
    is_open: bool
    has_alias: bool


WriteOutcome = WriteResult | Rejected | Unavailable
"""`Rejected` is permanent for that item, `Unavailable` asks for that item again; neither is raised."""


class Conflicts(NamedTuple):
    """How often something was decided again since the index was opened, because another writer came in between."""

    documents: int
    stories: int


class ArticleIndex(Protocol):
    """An index of articles, one document per article id."""

    @property
    def records(self) -> RecordStore:
        """What is kept beside the articles: saved searches and alerts."""

    @property
    def conflicts(self) -> Conflicts:
        """The collisions of this process's own writes; none where writers wait for one another."""

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

    def withdraw(self, withdrawals: Sequence[Withdrawal]) -> Sequence[WriteOutcome]:
        """Leave articles out of every search, or put them back, and return one outcome each.

        `get` still returns them. `UNCHANGED` when it was so before; `Rejected` for one that is not in this index.
        """

    def get(self, article_id: str) -> StoredArticle | None:
        """Return the article's document, also when it was written a moment ago; None when there is none."""

    def earlier_versions(self, article_id: str, limit: int = MAX_VERSIONS) -> Sequence[StoredArticle]:
        """Return the last `limit` versions that the article had before the present one, the earliest first.

        Each was kept once, with the fields that people see, when a newer one took its place, or when it came late. One
        that the next repeats word by word is not kept. Sees all finished writes.
        """

    def versions(self, article_ids: Sequence[str]) -> Mapping[str, tuple[int, int]]:
        """Return (version, enrichment version) of those that exist."""

    def first_seen(self, article_ids: Sequence[str]) -> Mapping[str, datetime]:
        """Return when those that exist were first seen, as their first write said; one call for a whole batch."""

    def find_kin(self, queries: Sequence[BandQuery]) -> Sequence[Sequence[Kin]]:
        """Return for each query the articles that share a band, then the article itself if it is there.

        All are asked for at once; sees all finished writes. Where no query has bands, it need see no more than the
        version of each query. Those that share the most bands come first, then those seen nearest to the article; at
        most `MAX_CANDIDATES`, so that an article of a template that thousands share costs no more than any other.
        """

    def members(self, article_ids: Sequence[str]) -> Sequence[Candidate]:
        """Return those of these articles that exist, in any order; sees what `find_kin` saw."""

    def recent_members(self, limit: int) -> Sequence[Candidate]:
        """Return the last articles that have a story, by first sight, the oldest of them first; with `terms`."""

    def write_story_documents(self, stories: Sequence[StoryDocument]) -> None:
        """Store the stories, over what is there: only the one active grouper writes them. Durable on return.

        Raises:
            Unavailable: not all of them were stored.
            ConfigurationError: a person has to act.
        """

    def story_documents(self, story_ids: Sequence[str]) -> Mapping[str, StoryDocument]:
        """Return those of these stories that exist, also when they were written a moment ago."""

    def list_stories(self, order: StoryOrder, limit: int) -> Sequence[StoryDocument]:
        """Return the first `limit` stories in that order; those joined to others are left out."""

    def search(self, query: SearchQuery) -> SearchPage:
        """Answer the query over everything that was refreshed.

        Raises:
            Rejected: `bad-input` when a cursor does not belong to the query.
            Unavailable: the index does not answer.
        """

    def match(self, queries: Sequence[SearchQuery], article_ids: Sequence[str]) -> Sequence[frozenset[str]]:
        """Return for each query which of these articles it finds; order, page and counts play no part.

        Sees what was refreshed. Meant for a batch: at most 1,000 articles. Errors as `search`.
        """

    def similar_words(self, word: str, limit: int = 20) -> Sequence[WordCount]:
        """Return words of titles and texts within two edits of `word`, the most frequent first, without `word` itself.

        They begin with the same letter, folded; their counts are of articles, and may be approximate.

        Raises:
            Unavailable: the index does not answer.
        """

    def count(self) -> int:
        """Return the number of articles held."""

    def list_indices(self) -> Sequence[IndexUsage]:
        """Return what is held by month of first sight, the newest first."""

    def prune_before(self, before: datetime, *, dry_run: bool = False) -> Sequence[IndexUsage]:
        """Delete the months that had ended by then, but never the newest; return what went, or would go.

        Raises:
            Unavailable: the index does not answer; what was deleted before stays deleted.
        """

    def reindex(self, month: str | None = None, on_progress: Callable[[str, int], None] | None = None) -> Sequence[str]:
        """Build the searchable form anew, as this program has it, from the documents held; return what was built.

        Searches see the old form until the new one is complete, then only that. Articles written meanwhile are in it.

        Args:
            month: only this one (`YYYY.MM`), where months can be built apart; all by default.
            on_progress: called with the name of what is built and the documents in it so far.

        Raises:
            ConfigurationError: there is no such month, or the templates are not as they should be.
            Unavailable: the index does not answer; the old form stays.
        """

    def refresh(self) -> None:
        """Make all finished writes searchable before returning."""

    def close(self) -> None:
        """Release files and connections. Harmless when repeated."""
