"""Counts are kept as long as the index is the same, and no longer."""

from pathlib import Path

from pipeline.clock import ManualClock
from pipeline.index.tantivy import TantivyIndex
from pipeline.index.tantivy_kept import MAX_KEPT, KeptCounts
from pipeline.search.parse import parse
from schemas.query import SearchPage, SearchQuery, Sort
from tests.index.making import NOW, days_ago, make_document


def ask(index: TantivyIndex, text: str, sort: Sort = Sort.RELEVANCE) -> SearchPage:
    """Return a page with a facet."""
    expression = parse(text, NOW).expression
    return index.search(SearchQuery(now=NOW, expression=expression, sort=sort, limit=2, facets=("language",)))


def test_what_is_written_is_counted(tmp_path: Path) -> None:
    """The same search has the same counts in another order, and new ones after a write."""
    index = TantivyIndex(tmp_path, ManualClock(NOW), background=False)
    index.install()
    index.write([make_document(n, "Storm", published=days_ago(n)) for n in range(5)])
    index.refresh()
    first, again = ask(index, "storm"), ask(index, "storm", Sort.OLDEST)
    assert first.facets == again.facets
    assert (first.facets["language"][0].count, first.stories) == (5, 5)
    index.write([make_document("late", "Storm", published=days_ago(9))])
    index.refresh()
    later = ask(index, "storm")
    assert (later.facets["language"][0].count, later.stories, later.total) == (6, 6, 6)
    index.close()


def test_kept_counts_are_bounded(tmp_path: Path) -> None:
    """The longest unused are forgotten; what is kept is not counted again."""
    index = TantivyIndex(tmp_path, ManualClock(NOW), background=False)
    index.install()
    index.refresh()
    folder, progress = index._follower.folder()  # noqa: SLF001 - a searcher is only to be had there
    searcher = folder.searcher(progress.applied)
    kept: KeptCounts[int] = KeptCounts()
    assert [kept.get(searcher, key, lambda key=key: key) for key in range(MAX_KEPT + 1)] == list(range(MAX_KEPT + 1))  # type: ignore[misc]
    assert kept.get(searcher, MAX_KEPT, lambda: -1) == MAX_KEPT
    assert kept.get(searcher, 0, lambda: -1) == -1
    index.close()
