"""A page of results reads of each document only what it shows; nothing that a hit has may be left out."""

from pathlib import Path

from pipeline.clock import ManualClock
from pipeline.index.hits import Highlighter, build_hit
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
    highlights = Highlighter(query.expression, Analyzers.build().analyze_words).highlight(stored.fields)
    assert set(highlights) == {"title", "summary", "body"}
    assert hit == build_hit(stored.fields, score=hit.score, story_size=None, highlights=highlights)
    left_open = {"story_id", "story_size", "copy_of", "is_copy"}
    assert [name for name, value in hit if not value and name not in left_open] == []
    index.close()
