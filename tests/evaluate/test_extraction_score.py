"""The extraction scorer on a small file and on the real one."""

import json
from datetime import date
from pathlib import Path

from pipeline.evaluate.extraction import multiset_f1, score
from pipeline.evaluate.headlines import digest, is_headline, load_headlines
from pipeline.evaluate.page_facts import NOT_JUDGED, load_page_facts
from pipeline.sources.registry import SourceRegistry

LINE = "<p>The ferry left Sandwick at six and was late, the council said on Monday, because of {}.</p>"
WHY = ("a rope around the screw", "a swan that would not move")
PAGE = "<html><body><h1>Ferry is late</h1><p class='byline'>By Ada Holm</p>{}</body></html>"


def _write(folder: Path, gold: dict[str, object]) -> Path:
    lines = [
        f"The ferry left Sandwick at six and was late, the council said on Monday, because of {why}." for why in WHY
    ]
    page = PAGE.format("".join(LINE.format(why) for why in WHY))
    record = {
        "id": "1",
        "url": "https://a.example/2026/11/03/ferry",
        "html": page,
        "gold": {"text": "\n".join(lines), **gold},
    }
    path = folder / "html_x.jsonl"
    path.write_text(json.dumps(record) + "\n", encoding="utf-8")
    return path


def test_figures_of_a_perfect_page(tmp_path: Path) -> None:
    """A body without title and byline scores 1, and facts are scored where the gold has them."""
    result = score(_write(tmp_path, {"title": "Ferry is late", "date": "2026-11-03", "authors": ["Ada Holm"]}))
    assert result.records == 1
    assert {name: result.figures[name] for name in ("word_f1", "four_gram_f1", "title", "day", "authors")} == {
        "word_f1": 1.0,
        "four_gram_f1": 1.0,
        "title": 1.0,
        "day": 1.0,
        "authors": 1.0,
    }
    assert result.figures["pages_under_080"] == result.figures["pages_under_050"] == 0.0
    assert result.figures["pages_refused"] == 0.0


def test_facts_without_gold_are_not_scored(tmp_path: Path) -> None:
    """A figure that nothing was measured for is left out."""
    assert "title" not in score(_write(tmp_path, {})).figures


def test_a_digest_stands_for_a_headline() -> None:
    """A gold headline may be kept as a digest of its letters; case and marks make no difference, words do."""
    assert is_headline("Ferry is late", digest("FERRY is late!"))
    assert not is_headline("Ferry was late", digest("Ferry is late"))
    assert all(len(value) == 16 for value in load_headlines().values())


def test_facts_that_readers_found_are_kept_without_texts() -> None:
    """Days are days, authors are digests, and an agency is one of the registry's or said to be left open."""
    facts = load_page_facts().values()
    assert all(date.fromisoformat(day) for fact in facts for day in fact.days)
    assert all(len(author) == 16 for fact in facts for author in fact.author_digests)
    registry = SourceRegistry.load()
    agencies = {fact.agency for fact in facts} - {None, NOT_JUDGED}
    assert len(agencies) >= 3
    assert all((source := registry.get(str(agency))) and source.kind == "agency" for agency in agencies)


def test_multisets() -> None:
    """Repeated words count as often as they stand there."""
    assert multiset_f1(["a", "a"], ["a"]) == 2 / 3
    assert multiset_f1(["a"], ["b"]) == 0.0


def test_real_pages(shared_dir: Path) -> None:
    """On real pages body and title are found better than by trafilatura alone, and no page is lost."""
    result = score(shared_dir / "data" / "html_scrapinghub.jsonl.gz")
    assert result.records == 181
    assert result.figures["word_f1"] >= 0.98
    assert result.figures["four_gram_f1"] >= 0.975
    assert result.figures["word_f1"] > result.baseline["word_f1"] + 0.015
    assert result.figures["pages_refused"] == 0.0
    assert result.figures["pages_under_050"] == 0.0
    assert result.figures["title"] >= 0.95 > result.baseline["title"]
    assert result.figures["day"] >= 0.93
    assert result.figures["authors"] >= 0.91
