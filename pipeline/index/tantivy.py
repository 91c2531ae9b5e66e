"""`TantivyIndex`: the embedded index. Documents in SQLite are the truth, the search engine is derived from them.

Safe for threads and for several processes on one folder of a local disk, and through kill -9: what was written is
there, and the search side catches up from where it was. See EMBEDDED.md for the measurements behind it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import structlog

from pipeline.clock import Clock
from pipeline.index.base import Candidate, IndexDocument, StoredArticle, StoryFields, WriteOutcome, WriteResult
from pipeline.index.sqlite_documents import SqliteDocuments
from pipeline.index.sqlite_layout import Database
from pipeline.index.sqlite_progress import SqliteProgress
from pipeline.index.tantivy_folder import Damaged, engine_faults
from pipeline.index.tantivy_follow import Follower
from pipeline.index.tantivy_search import Search
from pipeline.index.tantivy_words import find_similar_words
from schemas.errors import Unavailable
from schemas.query import SearchPage, SearchQuery, WordCount

log = structlog.get_logger(__name__)

_CHANGED = frozenset({WriteResult.CREATED, WriteResult.UPDATED})


class TantivyIndex:
    """An `ArticleIndex` in a folder. `background` False applies changes only in `refresh`, for tests and imports."""

    def __init__(self, folder: Path, clock: Clock, *, background: bool = True) -> None:
        self._database = Database(folder)
        self._documents = SqliteDocuments(self._database, clock)
        self._progress = SqliteProgress(self._database)
        self._follower = Follower(folder, self._documents, self._progress, clock, background=background)
        self._clock = clock

    def install(self) -> None:
        """Create the folder and its files where they are missing; a damaged search side is begun anew."""
        self._database.install()
        self._follower.folder()

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

    def _wake_if_changed(self, outcomes: Sequence[WriteOutcome]) -> None:
        if any(outcome in _CHANGED for outcome in outcomes):
            self._follower.wake()

    def get(self, article_id: str) -> StoredArticle | None:
        """Return the article as it stands in SQLite."""
        return self._documents.get(article_id)

    def versions(self, article_ids: Sequence[str]) -> Mapping[str, tuple[int, int]]:
        """Return the versions of those that exist."""
        return self._documents.versions(article_ids)

    def first_seen(self, article_ids: Sequence[str]) -> Mapping[str, datetime]:
        """Return when those that exist were first seen."""
        return self._documents.first_seen(article_ids)

    def candidates(self, bands: Sequence[str], since: datetime, exclude: str) -> Sequence[Candidate]:
        """Return articles that share a band, the earliest first."""
        return self._documents.candidates(bands, since, exclude)

    def search(self, query: SearchQuery) -> SearchPage:
        """Answer the query; a search side that proves damaged is rebuilt first, which takes about 1 ms an article."""
        folder = self._follower.folder()[0]
        try:
            return self._answer(query)
        except Damaged as error:
            log.warning("search-failed", error=str(error)[:500])
            if self._follower.replace_damaged(folder):
                self._follower.refresh()
        try:
            return self._answer(query)
        except Damaged as error:
            msg = f"the search engine does not answer: {error}"
            raise Unavailable(msg) from error

    def _answer(self, query: SearchQuery) -> SearchPage:
        folder, progress = self._follower.folder()
        if progress.pending:
            self._follower.wake()  # somebody may have died before applying its changes
        with engine_faults():
            searcher = folder.searcher(progress.applied)
            return Search(folder, searcher, self._documents, self._clock).answer(query)

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

    def refresh(self) -> None:
        """Make all finished writes searchable, see `ArticleIndex`."""
        self._follower.refresh()

    def close(self) -> None:
        """Stop following and close the files; what is not searchable yet will be when the index is used again."""
        self._follower.close()
        self._database.close()
