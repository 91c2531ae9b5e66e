"""A page of results reads of each document only what it shows; nothing that a hit has may be left out."""

from dataclasses import asdict
from pathlib import Path

import pytest

from pipeline.clock import ManualClock
from pipeline.index import sqlite_shown
from pipeline.index.base import StoryFields, Withdrawal
from pipeline.index.hits import Highlighter, build_hit
from pipeline.index.sqlite_layout import Database
from pipeline.index.sqlite_shown import ShownDocuments
from pipeline.index.tantivy import TantivyIndex
from pipeline.index.tantivy_analysis import Analyzers
from pipeline.search.parse import parse
from schemas.query import SearchQuery
from tests.index.making import NOW, days_ago, make_document


def test_a_hit_has_all_that_its_document_has(tmp_path: Path) -> None:
    """A hit of a search is the one that all fields of the document make, marks included; every field of it is set."""
    index = TantivyIndex(tmp_path, ManualClock(NOW), background=False)
    index.install()
    document = make_document(
        "storm",
        "Storm over the harbour",
        "The storm came at noon.",
        summary="A storm came.",
        published=days_ago(1),
        origin="Coast Wire",
        authors=("Ida Lund",),
        url="https://harbourpost.example/storm",
        canonical_url="https://harbourpost.example/storm",
    )
    index.write([document])
    index.refresh()
    query = SearchQuery(now=NOW, expression=parse("storm", NOW).expression, limit=1, collapse=False)
    (hit,) = index.search(query).hits
    stored = index.get(document.article_id)
    assert stored is not None
    (highlights,) = Highlighter(query.expression, Analyzers.build().analyze_words).highlight([stored.fields])
    assert set(highlights) == {"title", "summary", "body"}
    assert hit == build_hit(stored.fields, score=hit.score, story_size=None, highlights=highlights)
    left_open = {"story_id", "story_size", "copy_of", "is_copy"}
    assert [name for name, value in asdict(hit).items() if not value and name not in left_open] == []
    index.close()


def test_what_is_kept_of_a_document_is_never_old(tmp_path: Path) -> None:
    """A page shows a new version, a story and a withdrawal at once, though it has shown the article before."""
    index = TantivyIndex(tmp_path, ManualClock(NOW), background=False)
    index.install()
    query = SearchQuery(now=NOW, expression=parse("storm", NOW).expression, collapse=False)
    titles: list[str] = []
    for version in (1, 2):
        index.write([make_document("storm", f"Storm {version}", version=version)])
        index.refresh()
        titles.extend(index.search(query).hits[0].title for _ in range(2))
    assert titles == ["Storm 1", "Storm 1", "Storm 2", "Storm 2"]
    (hit,) = index.search(query).hits
    index.write_stories([StoryFields(hit.article_id, version=2, story_id="one", copy_of=None, is_copy=False)])
    assert index.search(query).hits[0].story_id == "one"
    index.withdraw([Withdrawal(hit.article_id)])
    index.refresh()
    assert index.search(query).total == 0
    index.close()


def test_documents_are_kept_up_to_a_size_of_each_and_of_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More documents than are kept, and larger ones than are kept at all, are shown like any other."""
    monkeypatch.setattr(sqlite_shown, "MAX_KEPT_BYTES", 2_000)
    monkeypatch.setattr(sqlite_shown, "MAX_BYTES_EACH", 1_000)
    index = TantivyIndex(tmp_path, ManualClock(NOW), background=False)
    index.install()
    long = " ".join(map(str, range(2000)))
    index.write([make_document(n, f"Storm {n}", long if n == 1 else "Rain.") for n in range(5)])
    index.refresh()
    query = SearchQuery(now=NOW, expression=parse("storm", NOW).expression, collapse=False)
    for _ in range(3):
        assert {hit.title for hit in index.search(query).hits} == {f"Storm {n}" for n in range(5)}
    index.close()


def test_no_more_is_kept_than_may_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest documents make room; what two threads have read at once counts once."""
    index = TantivyIndex(tmp_path, ManualClock(NOW), background=False)
    index.install()
    index.write([make_document(n) for n in range(6)])
    index.close()
    database = Database(tmp_path)
    with database.reading() as connection:
        sizes = [size for (size,) in connection.execute("SELECT length(packed) FROM contents ORDER BY row")]
        monkeypatch.setattr(sqlite_shown, "MAX_KEPT_BYTES", sum(sizes[-2:]))
        shown = ShownDocuments()
        first = shown.read(connection, range(1, 7))
        assert shown.kept_bytes == sum(sizes[-2:])
        assert shown.read(connection, range(1, 7)) == first
        assert shown.kept_bytes <= sum(sizes[-2:])
    database.close()


def test_prefix_finds_all_words_however_many_begin_with_it(tmp_path: Path) -> None:
    """The engine's own completion ends at fifty words; a prefix that more words begin with loses none."""
    index = TantivyIndex(tmp_path, ManualClock(NOW), background=False)
    index.install()
    words = [f"st{n:03}" for n in range(120)]
    index.write([make_document(word, f"Old {word}") for word in words])
    index.refresh()
    phrases = [("old-st*", 120), ("old-st04*", 10), ("old-sz*", 0), ("new-st*", 0), ("title:old-st*", 120)]
    single = [("st*", 120), ("title:st*", 120), ("st04*", 10), ("st119*", 1), ("sz*", 0)]
    for prefix, total in single + phrases:
        query = SearchQuery(now=NOW, expression=parse(prefix, NOW).expression, collapse=False)
        assert index.search(query).total == total, prefix
    index.close()
