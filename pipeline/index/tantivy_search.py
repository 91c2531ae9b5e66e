"""One search on the embedded index: compile, rank, count, read the page's documents, mark what was found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from tantivy import Occur, Query, Searcher

from pipeline.clock import Clock
from pipeline.index.hits import Highlighter, build_hit
from pipeline.index.sqlite_documents import SqliteDocuments
from pipeline.index.tantivy_counts import Counter, Counts
from pipeline.index.tantivy_fields import unscored
from pipeline.index.tantivy_folder import SearchFolder
from pipeline.index.tantivy_order import PageRequest, Ranking, count_articles, rank_page, size_stories
from pipeline.index.tantivy_query import QueryCompiler
from pipeline.index.tantivy_schema import ROW
from pipeline.search.cursor import decode_cursor, encode_cursor
from pipeline.search.ranking import effective_sort
from schemas.query import Hit, SearchPage, SearchQuery, Sort

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Search:
    """A searcher with what answering a query needs beside it."""

    folder: SearchFolder
    searcher: Searcher
    documents: SqliteDocuments
    clock: Clock

    def answer(self, query: SearchQuery) -> SearchPage:
        """Return the page.

        Raises:
            Rejected: `bad-input` when the cursor does not belong to the query.
        """
        started_s = self.clock.monotonic_s()
        compiler = self._compiler()
        found = compiler.compile(query)
        ranking = self._rank(query, found)
        counts = self._counts(query, compiler, found, ranking)
        hits = self._hits(query, found, ranking)
        return SearchPage(
            total=ranking.total,
            took_ms=round((self.clock.monotonic_s() - started_s) * 1000, 3),
            hits=hits,
            facets=counts.facets,
            histogram=counts.histogram,
            histogram_interval=counts.interval,
            stories=counts.stories,
            cursor=None if ranking.following is None else encode_cursor(query, ranking.following),
        )

    def _compiler(self) -> QueryCompiler:
        folder = self.folder
        codes = folder.codes(self.searcher)
        return QueryCompiler(folder.schema, self.searcher, folder.analyzers, self.documents.points_near, codes)

    def _counts(self, query: SearchQuery, compiler: QueryCompiler, found: Query, ranking: Ranking) -> Counts:
        """Return facets and histogram, and the number of stories when the page shows each once."""

        def count() -> Counts:
            known = len(ranking.sizes) if query.collapse and ranking.sizes is not None else None
            unknown = query.collapse and known is None
            counter = Counter(self.searcher, self.folder.names)
            counts = counter.count(compiler, query, found, ranking.total, stories=unknown)
            return counts if known is None else replace(counts, stories=known)

        key = replace(query, now=EPOCH, sort=Sort.RELEVANCE, limit=1, cursor=None, highlight=False)
        return self.folder.kept.get(self.searcher, key, count)

    def match(self, queries: Sequence[SearchQuery], article_ids: Sequence[str]) -> list[frozenset[str]]:
        """Return for each query which of these articles it finds."""
        names = {row: article_id for article_id, row in self.documents.rows(article_ids).items()}
        if not names:
            return [frozenset()] * len(queries)
        compiler = self._compiler()
        theirs = (Occur.Must, unscored(Query.term_set_query(self.folder.schema, ROW, sorted(names))))
        found = []
        for query in queries:
            wanted = Query.boolean_query([(Occur.Must, compiler.compile(query)), theirs])
            hits = self.searcher.search(wanted, limit=len(names), count=False).hits
            rows = self.searcher.fast_field_values(ROW, [address for _, address in hits])
            found.append(frozenset(names[int(row or 0)] for row in rows))
        return found

    def _rank(self, query: SearchQuery, found: Query) -> Ranking:
        place = decode_cursor(query)
        if query.limit == 0:
            return Ranking((), count_articles(self.searcher, found), None)
        request = PageRequest(effective_sort(query), query.limit, query.collapse, query.now, place)
        return rank_page(self.searcher, self.folder.schema, found, request)

    def _hits(self, query: SearchQuery, found: Query, ranking: Ranking) -> tuple[Hit, ...]:
        """Return the hits; an article that was removed since the search side was committed is left out."""
        page = ranking.page
        documents = self.documents.shown(ranked.row for ranked in page)
        sizes: Mapping[int, int] = {}
        if query.collapse:
            stories = {ranked.story for ranked in page}
            sizes = ranking.sizes or size_stories(self.searcher, found, self.folder.schema, stories)
        shown = [(ranked, fields) for ranked in page if (fields := documents.get(ranked.row)) is not None]
        marked: Sequence[Mapping[str, tuple[str, ...]]] = [{}] * len(shown)
        if query.highlight:
            highlighter = Highlighter(query.expression, self.folder.analyzers.analyze_words)
            marked = highlighter.highlight([fields for _, fields in shown])
        return tuple(
            build_hit(fields, score=ranked.score, story_size=sizes.get(ranked.story), highlights=highlights)
            for (ranked, fields), highlights in zip(shown, marked, strict=True)
        )
