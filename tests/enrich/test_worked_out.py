"""Results that are kept for copies: the same as worked out anew, within their size, and never an error."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.clock import ManualClock
from pipeline.enrich.annotate import STEPS
from pipeline.enrich.batch import enrich_batch
from pipeline.enrich.gazetteer import load_gazetteer
from pipeline.enrich.known_names import load_known_names
from pipeline.enrich.pool_frames import Answer
from pipeline.enrich.rules_recognizer import RulesRecognizer
from pipeline.enrich.tools import Tools
from pipeline.enrich.worked_out import WorkedOut, result_key
from pipeline.producers.files import read_path
from pipeline.sources.registry import SourceRegistry
from schemas.article import EnrichedArticle, RawArticle, SourceClaim
from schemas.codec import decode, encode
from schemas.errors import Rejected

PAGES = Path(__file__).parents[1] / "extract" / "cases"


class Reader:
    """Counts what it reads; refuses what is empty."""

    def __init__(self) -> None:
        self.calls = 0

    def read(self, text: str) -> list[str]:
        """Return the words.

        Raises:
            ValueError: there are none.
        """
        self.calls += 1
        if not text:
            msg = "nothing"
            raise ValueError(msg)
        return text.split()


def test_a_result_is_worked_out_once_and_cannot_be_changed() -> None:
    """The second call answers from memory, with an object of its own."""
    reader, kept = Reader(), WorkedOut()
    kept.once(reader.read, "a b").append("c")
    assert kept.once(reader.read, "a b") == ["a", "b"]
    assert reader.calls == 1


def test_errors_are_not_kept() -> None:
    """What failed is tried again by the next copy."""
    reader, kept = Reader(), WorkedOut()
    for _ in range(2):
        with pytest.raises(ValueError, match="nothing"):
            kept.once(reader.read, "")
    assert reader.calls == 2


def test_the_size_is_kept_and_the_longest_unused_goes_first() -> None:
    """Of three results where there is room for two, the one goes that nobody asked for."""
    kept = WorkedOut(limit_bytes=2 * 1200)
    noise = {key: b"".join(result_key(str(number), str(key)) for number in range(64)) for key in (b"1", b"2", b"3")}
    for key in (b"1", b"2"):
        kept.keep(key, noise[key])
    assert kept.find(b"1") == noise[b"1"]
    kept.keep(b"3", noise[b"3"])
    assert [kept.find(key) == noise[key] for key in (b"1", b"2", b"3")] == [True, False, True]
    kept.keep(b"4", [noise] * 2)
    assert kept.find(b"4") is None, "larger than all the room"


def test_what_is_too_deep_is_left_out() -> None:
    """A page of ten thousand nested elements is read anew for each copy, and nothing fails."""
    deep: list[object] = []
    for _ in range(10_000):
        deep = [deep]
    kept = WorkedOut()
    kept.keep(b"deep", deep)
    assert kept.find(b"deep") is None


@given(st.lists(st.none() | st.text(max_size=5), max_size=4), st.lists(st.none() | st.text(max_size=5), max_size=4))
def test_keys_differ_where_anything_differs(first: list[str | None], second: list[str | None]) -> None:
    """Texts are not mixed up with their neighbours, nor an absent one with an empty one."""
    assert (result_key("kind", *first) == result_key("kind", *second)) == (first == second)
    assert result_key("kind", *first) != result_key("other", *first)


@pytest.fixture(scope="module")
def tools() -> Tools:
    """Tools without a model, under a clock that stands still, so that answers are equal to the byte."""
    clock = ManualClock(datetime(2026, 11, 20, tzinfo=UTC))
    return Tools(RulesRecognizer(), SourceRegistry.load(), load_known_names(), load_gazetteer(), clock)


def _elsewhere(raw: RawArticle, number: int) -> RawArticle:
    """Return the same content as another outlet's, with all else that a record says changed."""
    entry = raw.feed_entry.model_copy(update={"categories": ("Copies",), "published": "2019-03-04T05:06:07Z"})
    changed = {
        "article_id": f"{number:032x}",
        "url": f"https://www.reuters.com/world/{number}?from=feed",
        "canonical_url": None,
        "source": SourceClaim(domain="reuters.com", name="Reuters"),
        "channel": "feed",
        "feed_entry": entry,
    }
    return raw.model_copy(update=changed)


def _anew(articles: Sequence[RawArticle], tools: Tools) -> list[Answer]:
    """Return the answers when nothing is kept."""
    return [enrich_batch([encode(raw)], replace(tools, worked_out=WorkedOut()))[0] for raw in articles]


def _without_times(answer: Answer) -> object:
    if isinstance(answer, Rejected):
        return answer.reason, answer.detail
    article = decode(EnrichedArticle, answer)
    return article.model_copy(update={"enrichment": article.enrichment.model_copy(update={"milliseconds": {}})})


def check_copies(articles: Sequence[RawArticle], tools: Tools) -> None:
    """Copies get what they would get alone, whichever came first, and the second reading finds something kept."""
    copies = [_elsewhere(raw, number) for number, raw in enumerate(articles)]
    for stream in ([*articles, *copies], [*copies, *articles]):
        kept = replace(tools, worked_out=WorkedOut())
        got = [enrich_batch([encode(raw)], kept)[0] for raw in stream]
        assert [*map(_without_times, got)] == [*map(_without_times, _anew(stream, tools))]


def test_copies_of_the_golden_cases_are_enriched_as_if_they_were_alone(tools: Tools) -> None:
    """Pages and texts of many kinds under another address of another outlet: equal to working all out anew."""
    articles = []
    for path in sorted(PAGES.glob("*/input.*")):
        content_type = "html" if path.suffix == ".html" else "text"
        articles.append(
            RawArticle.model_validate(
                {
                    "article_id": "f" * 32,
                    "version": 1,
                    "fetched_at": datetime(2026, 11, 20, 12, tzinfo=UTC),
                    "url": "https://lindhaven.example/harbour/pier",
                    "channel": "http",
                    "content": path.read_text(encoding="utf-8"),
                    "content_type": content_type,
                }
            )
        )
    assert len(articles) > 20
    check_copies(articles, tools)


@pytest.mark.parametrize("name", ["html_scrapinghub.jsonl.gz", "articles_allsides.jsonl.gz"])
def test_copies_of_real_articles_are_enriched_as_if_they_were_alone(name: str, shared_dir: Path, tools: Tools) -> None:
    """The same for real pages and texts."""
    items = read_path(shared_dir / "data" / name, "auto")
    articles = [item for item, _ in zip(items, range(25), strict=False) if isinstance(item, RawArticle)]
    check_copies(articles, tools)


def test_a_copy_is_not_annotated_again_but_has_its_own_publisher(tools: Tools) -> None:
    """The record tells no time for what was taken over; what the address decides is worked out for each."""
    text = (PAGES / "en-press-release" / "input.txt").read_text(encoding="utf-8")
    fields = {"version": 1, "fetched_at": datetime(2026, 11, 20, 12, tzinfo=UTC), "channel": "file"}
    raw = RawArticle.model_validate({**fields, "article_id": "a" * 32, "content": text, "content_type": "text"})
    kept = replace(tools, worked_out=WorkedOut())
    first, second = (
        decode(EnrichedArticle, answer)
        for answer in enrich_batch([encode(raw), encode(_elsewhere(raw, 2))], kept)
        if isinstance(answer, bytes)
    )
    assert (first.source.id, second.source.id) == (None, "reuters")
    assert first.entities == second.entities != ()
    assert set(first.enrichment.milliseconds) - set(second.enrichment.milliseconds) == {
        step.name for step in STEPS if step.of_story
    }
