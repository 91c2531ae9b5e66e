"""The part of the index contract that alerts stand on: records by compare-and-set, and which articles a query finds."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pipeline.index.base import ArticleIndex
from pipeline.index.records import Collection, StoredRecord
from pipeline.search.parse import parse
from schemas.query import Filter, SearchQuery
from tests.index.making import NOW, article_id, days_ago, make_document

ALERTS, SEARCHES = Collection.ALERTS, Collection.SAVED_SEARCHES


def record(name: str, *, owner: str = "o", minutes: float = 0, due: float | None = None) -> StoredRecord:
    """Return a record made `minutes` after `NOW`, due `due` minutes after it."""
    due_at = None if due is None else NOW + timedelta(minutes=due)
    return StoredRecord(ALERTS, name, owner, NOW + timedelta(minutes=minutes), due_at, f'{{"name":"{name}"}}')


def query(text: str, **options: tuple[Filter, ...]) -> SearchQuery:
    """Return what a person would type."""
    return SearchQuery(now=NOW, expression=parse(text, NOW).expression, **options)  # type: ignore[arg-type] # filters


def names(found: object) -> list[str]:
    """Return the ids of records, in order."""
    return [one.record_id for one in found]  # type: ignore[attr-defined] # records


class IndexRecordsContract:
    """Saved searches and alerts, beside the articles."""

    def test_records_before_the_first(self, index: ArticleIndex) -> None:
        """Where nothing was ever kept, nothing is found, and deleting nothing is no error."""
        assert index.records.read(ALERTS, ["a"]) == {}
        assert list(index.records.newest(ALERTS, 10)) == []
        assert list(index.records.due(ALERTS, NOW, 10)) == []
        index.records.delete(ALERTS, ["a"])
        assert index.records.delete_before(ALERTS, NOW) == 0

    def test_an_id_is_created_once(self, index: ArticleIndex) -> None:
        """The first to create an id wins, also within a batch; both collections have ids of their own."""
        assert list(index.records.create([record("a"), record("b"), record("a", owner="late")])) == [True, True, False]
        assert list(index.records.create([record("b"), record("c")])) == [False, True]
        assert list(index.records.create([replace(record("a"), collection=SEARCHES)])) == [True]
        held = index.records.read(ALERTS, ["a", "c", "nobody"])
        assert sorted(held) == ["a", "c"]
        assert (held["a"].owner, held["a"].content, held["a"].at) == ("o", '{"name":"a"}', NOW)

    def test_replacing_needs_the_state_that_was_read(self, index: ArticleIndex) -> None:
        """Of two who read the same state, the first to write wins, and the other is told."""
        index.records.create([record("a", due=1)])
        held = index.records.read(ALERTS, ["a"])["a"]
        assert list(index.records.replace([replace(held, content="{}", due_at=None)])) == [True]
        assert list(index.records.replace([replace(held, content="[]")])) == [False]
        now = index.records.read(ALERTS, ["a"])["a"]
        assert (now.content, now.due_at) == ("{}", None)
        assert list(index.records.replace([replace(now, content="[]")])) == [True]
        with pytest.raises(ValueError, match="not read"):
            index.records.replace([record("a")])

    def test_records_are_found_by_time_and_owner(self, index: ArticleIndex) -> None:
        """The newest come first, of everybody or of one; what was written a moment ago is among them."""
        index.records.create([record("a", minutes=1), record("b", minutes=3, owner="p"), record("c", minutes=2)])
        assert names(index.records.newest(ALERTS, 10)) == ["b", "c", "a"]
        assert names(index.records.newest(ALERTS, 1, "o")) == ["c"]
        assert names(index.records.newest(SEARCHES, 10)) == []

    def test_what_is_due_is_found(self, index: ArticleIndex) -> None:
        """Records are due from their time on, the earliest first; those without a time never are."""
        index.records.create([record("a", due=5), record("b", due=1), record("c"), record("d", due=2)])
        assert names(index.records.due(ALERTS, NOW, 10)) == []
        assert names(index.records.due(ALERTS, NOW + timedelta(minutes=2), 10)) == ["b", "d"]
        assert names(index.records.due(ALERTS, NOW + timedelta(minutes=9), 2)) == ["b", "d"]
        held = index.records.due(ALERTS, NOW + timedelta(minutes=1), 10)[0]
        assert list(index.records.replace([replace(held, due_at=None)])) == [True]
        assert names(index.records.due(ALERTS, NOW + timedelta(minutes=9), 10)) == ["d", "a"]

    def test_records_are_deleted(self, index: ArticleIndex) -> None:
        """By id, or all that are old and not due."""
        index.records.create([record(name, minutes=n) for n, name in enumerate("abcd")] + [record("due", due=1)])
        index.records.delete(ALERTS, ["a", "nobody"])
        assert index.records.delete_before(ALERTS, NOW + timedelta(minutes=3)) == 2
        assert names(index.records.newest(ALERTS, 10)) == ["d", "due"]

    def test_articles_are_matched(self, index: ArticleIndex) -> None:
        """Each query says which of the named articles it finds, and none of the others."""
        index.write(
            [
                make_document("a", "Ferry runs again", "The ferry sails.", published=days_ago(2)),
                make_document("b", "Ferry sinks", "Nobody was hurt.", published=days_ago(40), language="de"),
                make_document("c", "Bridge closed", "No ferries either.", published=days_ago(1)),
            ]
        )
        index.refresh()
        ids = {name: article_id(name) for name in "abc"}
        german = (Filter("language", ("de",)),)
        queries = [
            query("ferry"),
            query("ferry since:7d"),
            query("*", filters=german),
            query("-ferry"),
            query("zeppelin"),
        ]
        expected = [{"a", "b"}, {"a"}, {"b"}, set(), set()]
        found = index.match(queries, [ids["a"], ids["b"], article_id("nobody")])
        assert list(found) == [frozenset(ids[name] for name in names) for names in expected]
        assert list(index.match(queries[:2], [])) == [frozenset(), frozenset()]
        assert list(index.match([], [ids["a"]])) == []
