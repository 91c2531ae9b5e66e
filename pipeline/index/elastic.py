"""`ElasticIndex`: articles in Elasticsearch 9, one index a month behind one alias (SEARCH.md section 1).

Safe for threads and for any number of workers; nothing is held here but connections. Story fields, versions and where
an article lives are read from the cluster before each write.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from elasticsearch import Elasticsearch

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
)
from pipeline.index.elastic_client import REQUEST_TIMEOUT_S, connect, elastic_errors
from pipeline.index.elastic_document import read_article
from pipeline.index.elastic_install import check_templates, find_index_faults, install_templates, raise_mismatch
from pipeline.index.elastic_lookup import Lookup
from pipeline.index.elastic_months import Months
from pipeline.index.elastic_operation import Held
from pipeline.index.elastic_records import ElasticRecords
from pipeline.index.elastic_reindex import Reindexer
from pipeline.index.elastic_search import Search
from pipeline.index.elastic_stories import ElasticStories
from pipeline.index.elastic_versions import ElasticVersions
from pipeline.index.elastic_words import build_similar_words, read_similar_words
from pipeline.index.elastic_write import Writer
from pipeline.index.months import ended_before
from pipeline.index.story_document import StoryDocument, StoryOrder
from pipeline.index.templates import IndexNames
from pipeline.index.validation import parse_date
from schemas.errors import ConfigurationError
from schemas.query import SearchPage, SearchQuery, WordCount


class ElasticIndex:
    """An `ArticleIndex` in a cluster. `index_prefix` stands before every name; nothing is sent at construction."""

    def __init__(
        self,
        url: str,
        *,
        clock: Clock,
        index_prefix: str = "",
        api_key: str | None = None,
        ca_file: Path | None = None,
        cert_file: Path | None = None,
        key_file: Path | None = None,
        timeout_s: float = REQUEST_TIMEOUT_S,
    ) -> None:
        self._client: Elasticsearch = connect(
            url, api_key=api_key, ca_file=ca_file, cert_file=cert_file, key_file=key_file, timeout_s=timeout_s
        )
        self._names = IndexNames(index_prefix)
        self._clock = clock
        self._months = Months(self._client, self._names, clock, check_templates)
        self._lookup = Lookup(self._client, self._names.alias)
        self._writer = Writer(self._client, self._names, self._months, self._lookup, clock)
        self._versions = ElasticVersions(self._client, self._names)
        self._stories = ElasticStories(self._client, index_prefix, self._months, self._lookup)
        self.records = ElasticRecords(self._client, index_prefix)
        self._search = Search(self._client, self._names.alias, clock)

    def install(self) -> None:
        """Create templates, this month's index and aliases where they are missing; verify what exists.

        Raises:
            ConfigurationError: a template or an index is not as this version of the program needs it; names each place.
            Unavailable: the cluster does not answer.
        """
        install_templates(self._client, self._names)
        self._months.add_alias()
        raise_mismatch(find_index_faults(self._client, self._months))
        if not self._months.load():
            self._months.create([self._months.index_for(self._clock.now())])

    def check(self) -> None:
        """Change nothing, and raise as `install` does when something is missing or differs."""
        check_templates(self._client, self._names)
        raise_mismatch(find_index_faults(self._client, self._months))

    @property
    def conflicts(self) -> Conflicts:
        """The collisions so far, see `ArticleIndex`."""
        return self._writer.conflicts

    def write(self, documents: Sequence[IndexDocument]) -> Sequence[WriteOutcome]:
        """Store by compare-and-set, see `ArticleIndex`; collisions are decided again a bounded number of times."""
        return self._writer.write(documents)

    def write_stories(self, stories: Sequence[StoryFields]) -> Sequence[WriteOutcome]:
        """Set story fields by compare-and-set, see `ArticleIndex`."""
        return self._writer.write_stories(stories)

    def withdraw(self, withdrawals: Sequence[Withdrawal]) -> Sequence[WriteOutcome]:
        """Leave articles out of searches, or put them back, see `ArticleIndex`."""
        return self._writer.withdraw(withdrawals)

    def get(self, article_id: str) -> StoredArticle | None:
        """Return the article, read in real time."""
        held = self._lookup.read([article_id], self._months.usable(), whole=True).get(article_id)
        return None if held is None else read_article(held.source)

    def earlier_versions(self, article_id: str, limit: int = MAX_VERSIONS) -> Sequence[StoredArticle]:
        """Return what the article was before, see `ArticleIndex`."""
        return self._versions.read(article_id, limit)

    def versions(self, article_ids: Sequence[str]) -> Mapping[str, tuple[int, int]]:
        """Return the versions of those that exist, read in real time."""
        return {article_id: each.versions[:2] for article_id, each in self._held(article_ids).items()}

    def first_seen(self, article_ids: Sequence[str]) -> Mapping[str, datetime]:
        """Return when those that exist were first seen, read in real time."""
        held = self._held(article_ids)
        return {article_id: parse_date(each.source["first_seen_at"]) for article_id, each in held.items()}

    def _held(self, article_ids: Sequence[str]) -> Mapping[str, Held]:
        wanted = dict.fromkeys(article_ids)
        return self._lookup.read(wanted, self._months.usable()) if wanted else {}

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
        """Answer the query, see `ArticleIndex`."""
        return self._search.answer(query)

    def match(self, queries: Sequence[SearchQuery], article_ids: Sequence[str]) -> Sequence[frozenset[str]]:
        """Return which of the articles each query finds, see `ArticleIndex`."""
        return self._search.match(queries, article_ids)

    def similar_words(self, word: str, limit: int = 20) -> Sequence[WordCount]:
        """Return words like `word`, see `ArticleIndex`."""
        with elastic_errors():
            answer = self._client.search(index=self._names.alias, body=build_similar_words(word, limit))
        return read_similar_words(answer.body, limit)

    def count(self) -> int:
        """Return the number of articles held, searchable already or not."""
        self.refresh()
        with elastic_errors():
            return int(self._client.count(index=self._names.alias)["count"])

    def refresh(self) -> None:
        """Make all finished writes searchable, see `ArticleIndex`."""
        with elastic_errors():
            self._client.indices.refresh(index=self._names.alias)

    def list_indices(self) -> list[IndexUsage]:
        """Return what each monthly index holds, the newest first."""
        return self._months.usage()

    def prune(self, keep: int) -> Sequence[str]:
        """Delete the indices before the last `keep` months, the present one included; return their names.

        Raises:
            ValueError: `keep` is not positive.
        """
        dropped = self._months.drop(keep)
        self._versions.drop(str(self._names.month_of(index)) for index in dropped)
        return dropped

    def prune_before(self, before: datetime, *, dry_run: bool = False) -> Sequence[IndexUsage]:
        """Delete the indices of whole months, see `ArticleIndex`."""
        old = ended_before(self._months.usage(), before)
        if not dry_run:
            self._months.delete(usage.name for usage in old)
            self._versions.drop(usage.month for usage in old)
        return old

    def reindex(self, month: str | None = None, on_progress: Callable[[str, int], None] | None = None) -> Sequence[str]:
        """Copy months into new indices of the present templates, see `ArticleIndex` and `elastic_reindex`."""
        check_templates(self._client, self._names)
        chosen = [index for index in self._months.load() if month in {None, index.month}]
        if not chosen:
            msg = f"there is no index of month {month}; newswire index list shows those there are"
            raise ConfigurationError(msg)
        reindexer = Reindexer(self._client, self._names, self._clock, on_progress)
        return [reindexer.rebuild(index) for index in chosen]

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
