"""The part of the index contract that operators rely on: months listed, old ones dropped, all built anew."""

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.index.base import ArticleIndex, StoryFields, Withdrawal, WriteResult
from schemas.errors import BAD_INPUT, ConfigurationError, Rejected
from tests.contracts.index_newsroom import ids, search
from tests.index.making import NOW, article_id, make_document

MAY = datetime(2024, 5, 1, tzinfo=UTC)


def fill_months(index: ArticleIndex) -> None:
    """Write two articles each of three months; the newest are of `NOW`'s."""
    for back in range(3):
        seen = NOW - timedelta(days=31 * back)
        documents = [make_document(f"{back}{n}", f"Ferry {back}{n}", fetched=seen, bands=["x"]) for n in range(2)]
        index.write(documents)
    index.refresh()


class IndexAdminContract:
    """Listing, pruning, building anew, taking back."""

    def test_what_an_operator_takes_back_is_found_no_more(self, index: ArticleIndex) -> None:
        """It leaves every search and count but is still held, also when the publisher changes it; and comes back."""
        index.write([make_document(name, f"Ferry {name}", bands=["x"]) for name in ("a", "b")])
        assert list(index.withdraw([Withdrawal(article_id("a"))])) == [WriteResult.UPDATED]
        assert list(index.withdraw([Withdrawal(article_id("a"))])) == [WriteResult.UNCHANGED]
        index.write([make_document("a", "Ferry changed", version=2)])
        index.write_stories([StoryFields(article_id("a"), 2, "s1", None, is_copy=False)])
        index.refresh()
        page = search(index, "ferry", facets=("source.id",))
        assert (ids(page), page.total, page.facets["source.id"][0].count) == (["b"], 1, 1)
        assert search(index, "ferry", withdrawn=True).total == 2
        held = index.get(article_id("a"))
        assert held is not None
        assert (held.fields["title"], held.fields["withdrawn_by"], held.fields["story_id"]) == (
            "Ferry changed",
            "operator",
            "s1",
        )
        assert list(index.withdraw([Withdrawal(article_id("a"), withdrawn=False)])) == [WriteResult.UPDATED]
        assert list(index.withdraw([Withdrawal(article_id("a"), withdrawn=False)])) == [WriteResult.UNCHANGED]
        index.refresh()
        assert search(index, "ferry").total == 2
        unknown = index.withdraw([Withdrawal(article_id("nobody"))])[0]
        assert isinstance(unknown, Rejected)
        assert unknown.reason == BAD_INPUT

    def test_months_are_listed(self, index: ArticleIndex) -> None:
        """Each month of first sight is listed with its articles, the newest first."""
        fill_months(index)
        held = [(usage.month, usage.articles) for usage in index.list_indices()]
        assert held == [("2024.05", 2), ("2024.04", 2), ("2024.03", 2)]
        assert all(usage.bytes for usage in index.list_indices())

    def test_whole_months_are_pruned(self, index: ArticleIndex) -> None:
        """Only months that had ended by then go, also for searches; a dry run deletes nothing; the newest stays."""
        fill_months(index)
        assert [usage.month for usage in index.prune_before(MAY, dry_run=True)] == ["2024.04", "2024.03"]
        assert index.count() == 6
        assert [usage.month for usage in index.prune_before(MAY - timedelta(days=1))] == ["2024.03"]
        index.refresh()
        assert index.count() == search(index, "ferry").total == 4
        assert index.get(article_id("20")) is None
        assert [usage.month for usage in index.prune_before(NOW + timedelta(days=900))] == ["2024.04"]
        assert index.prune_before(NOW + timedelta(days=900)) == []
        assert list(index.write([make_document("20"), make_document("00")])) == [
            WriteResult.CREATED,
            WriteResult.UNCHANGED,
        ]

    def test_built_anew_it_holds_the_same(self, index: ArticleIndex) -> None:
        """After building anew every document and story is there once, found as before, and writes go on."""
        fill_months(index)
        index.write_stories([StoryFields(article_id("00"), 1, "s1", None, is_copy=False)])
        before = {name: index.get(article_id(name)) for name in ("00", "11", "21")}
        told: list[int] = []
        assert index.reindex(None, lambda _name, count: told.append(count))
        assert told
        index.refresh()
        assert {name: index.get(article_id(name)) for name in before} == before
        assert index.count() == search(index, "ferry").total == 6
        assert search(index, "story:s1").total == 1
        assert list(index.write([make_document("11", "Bridge", version=2)])) == [WriteResult.UPDATED]
        assert index.reindex()
        index.refresh()
        assert (search(index, "bridge").total, search(index, "ferry").total) == (1, 5)

    def test_unknown_months_are_named(self, index: ArticleIndex) -> None:
        """A month that there is not is wrong use, and changes nothing."""
        fill_months(index)
        with pytest.raises(ConfigurationError, match="month"):
            index.reindex("1999.01")
        assert index.count() == 6
