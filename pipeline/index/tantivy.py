"""`TantivyIndex`: the embedded index. Documents in SQLite are the truth, the search engine is derived from them.

Safe for threads and for several processes on one folder of a local disk, and through kill -9: what was written is
there, and the search side catches up from where it was. See EMBEDDED.md for the measurements behind it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import structlog

from pipeline.clock import Clock
from pipeline.index.base import (
    MAX_VERSIONS,
    BandQuery,
    Candidate,
    Conflicts,
    IndexDocument,
    IndexUsage,
    Kin,
    StoredArticle,
    StoryFields,
    Withdrawal,
    WriteOutcome,
    WriteResult,
)
from pipeline.index.months import ended_before
from pipeline.index.sqlite_documents import SqliteDocuments
from pipeline.index.sqlite_layout import Database
from pipeline.index.sqlite_months import SqliteMonths
from pipeline.index.sqlite_progress import Progress, SqliteProgress
from pipeline.index.sqlite_records import SqliteRecords
from pipeline.index.sqlite_stories import SqliteStories
from pipeline.index.sqlite_versions import SqliteVersions
from pipeline.index.story_document import StoryDocument, StoryOrder
from pipeline.index.tantivy_folder import Damaged, SearchFolder, engine_faults
from pipeline.index.tantivy_follow import Follower
from pipeline.index.tantivy_search import Search
from pipeline.index.tantivy_words import find_similar_words
from pipeline.index.turns import Turns
from schemas.errors import ConfigurationError, Unavailable
from schemas.query import SearchPage, SearchQuery, WordCount

log = structlog.get_logger(__name__)

Answer = TypeVar("Answer")
_CHANGED = frozenset({WriteResult.CREATED, WriteResult.UPDATED})


class TantivyIndex:
    """An `ArticleIndex` in a folder. `background` False applies changes only in `refresh`, for tests and imports."""

    def __init__(self, folder: Path, clock: Clock, *, background: bool = True) -> None:
        self._database = Database(folder)
        self._documents = SqliteDocuments(self._database, clock)
        self._stories = SqliteStories(self._database)
        self.records = SqliteRecords(self._database)
        self._versions = SqliteVersions(self._database)
        self._months = SqliteMonths(self._database)
        self._progress = SqliteProgress(self._database)
        self._follower = Follower(folder, self._documents, self._progress, clock, background=background)
        self._clock = clock
        self._turns = Turns.one_a_processor()

    def install(self) -> None:
        """Create the folder and its files where they are missing; a damaged search side is begun anew."""
        self._database.install()
        self._follower.folder()

    @property
    def conflicts(self) -> Conflicts:
        """None: writers wait for one another."""
        return Conflicts(0, 0)

    def write(self, documents: Sequence[IndexDocument]) -> Sequence[WriteOutcome]:
        """Store by compare-and-set, see `ArticleIndex`."""
        outcomes = self._documents.write(documents)
        self._wake_if_changed(outcomes)
        return outcomes

    def write_stories(self, stories: Sequence[StoryFields]) -> Sequence[WriteOutcome]:
        """Set story fields by compare-and-set, see `ArticleIndex`."""
        outcomes = self._documents.write_stories(stories)
        self._wake_if_changed(outcomes)
        return outcomes

    def withdraw(self, withdrawals: Sequence[Withdrawal]) -> Sequence[WriteOutcome]:
        """Leave articles out of searches, or put them back, see `ArticleIndex`."""
        outcomes = self._documents.withdraw(withdrawals)
        self._wake_if_changed(outcomes)
        return outcomes

    def _wake_if_changed(self, outcomes: Sequence[WriteOutcome]) -> None:
        if any(outcome in _CHANGED for outcome in outcomes):
            self._follower.wake()

    def get(self, article_id: str) -> StoredArticle | None:
        """Return the article as it stands in SQLite."""
        return self._documents.get(article_id)

    def earlier_versions(self, article_id: str, limit: int = MAX_VERSIONS) -> Sequence[StoredArticle]:
        """Return what the article was before, see `ArticleIndex`."""
        return self._versions.read(article_id, limit)

    def versions(self, article_ids: Sequence[str]) -> Mapping[str, tuple[int, int]]:
        """Return the versions of those that exist."""
        return self._documents.versions(article_ids)

    def first_seen(self, article_ids: Sequence[str]) -> Mapping[str, datetime]:
        """Return when those that exist were first seen."""
        return self._documents.first_seen(article_ids)

    def find_kin(self, queries: Sequence[BandQuery]) -> Sequence[Sequence[Kin]]:
        """Return the kin of a batch, see `ArticleIndex`."""
        return self._stories.find_kin(queries)

    def members(self, article_ids: Sequence[str]) -> Sequence[Candidate]:
        """Return articles as grouping holds them, see `ArticleIndex`."""
        return self._stories.members(article_ids)

    def recent_members(self, limit: int) -> Sequence[Candidate]:
        """Return the last grouped articles, see `ArticleIndex`."""
        return self._stories.recent_members(limit)

    def write_story_documents(self, stories: Sequence[StoryDocument]) -> None:
        """Store stories, see `ArticleIndex`."""
        self._stories.write(stories)

    def story_documents(self, story_ids: Sequence[str]) -> Mapping[str, StoryDocument]:
        """Return stories by id, see `ArticleIndex`."""
        return self._stories.read(story_ids)

    def list_stories(self, order: StoryOrder, limit: int) -> Sequence[StoryDocument]:
        """Return the first stories in an order, see `ArticleIndex`."""
        return self._stories.first(order, limit)

    def search(self, query: SearchQuery) -> SearchPage:
        """Answer the query; a search side that proves damaged is rebuilt first, which takes about 1 ms an article."""
        return self._asked(lambda search: search.answer(query))

    def match(self, queries: Sequence[SearchQuery], article_ids: Sequence[str]) -> Sequence[frozenset[str]]:
        """Return which of the articles each query finds, see `ArticleIndex`."""
        return self._asked(lambda search: search.match(queries, article_ids))

    def _asked(self, ask: Callable[[Search], Answer]) -> Answer:
        folder, progress = self._follower.folder()
        try:
            return self._ask(ask, folder, progress)
        except Damaged as error:
            log.warning("search-failed", error=str(error)[:500])
            if self._follower.replace_damaged(folder):
                self._follower.refresh()
        try:
            return self._ask(ask, *self._follower.folder())
        except Damaged as error:
            msg = f"the search engine does not answer: {error}"
            raise Unavailable(msg) from error

    def _ask(self, ask: Callable[[Search], Answer], folder: SearchFolder, progress: Progress) -> Answer:
        if progress.pending:
            self._follower.wake()  # somebody may have died before applying its changes
        with self._turns, engine_faults():
            searcher = folder.searcher(progress.applied)
            return ask(Search(folder, searcher, self._documents, self._clock))

    def similar_words(self, word: str, limit: int = 20) -> Sequence[WordCount]:
        """Return words like `word`, see `ArticleIndex`."""
        folder, progress = self._follower.folder()
        try:
            return find_similar_words(folder.searcher(progress.applied), folder.analyzers, word, limit)
        except Damaged as error:
            msg = f"the search engine does not answer: {error}"
            raise Unavailable(msg) from error

    def count(self) -> int:
        """Return the number of articles held, searchable already or not."""
        return self._documents.count()

    def list_indices(self) -> Sequence[IndexUsage]:
        """Return what is held by month of first sight, the newest first."""
        return self._months.usage()

    def prune_before(self, before: datetime, *, dry_run: bool = False) -> Sequence[IndexUsage]:
        """Delete whole months, see `ArticleIndex`; the search side is built anew without them."""
        old = ended_before(self._months.usage(), before)
        if old and not dry_run:
            self._months.drop([usage.month for usage in old])
            self._follower.rebuild()
        return old

    def reindex(self, month: str | None = None, on_progress: Callable[[str, int], None] | None = None) -> Sequence[str]:
        """Build the search side anew from the documents, see `ArticleIndex`; it has no months."""
        if month is not None:
            msg = "an embedded index is built as a whole; leave the month out"
            raise ConfigurationError(msg)
        return [self._follower.rebuild(on_progress)]

    def refresh(self) -> None:
        """Make all finished writes searchable, see `ArticleIndex`."""
        self._follower.refresh()

    def close(self) -> None:
        """Stop following and close the files; what is not searchable yet will be when the index is used again."""
        self._follower.close()
        self._database.close()
