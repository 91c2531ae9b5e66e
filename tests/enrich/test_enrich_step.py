"""Batches, frames and the step: every message gets exactly one outcome."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.clock import ManualClock
from pipeline.delivery.outcome import Done, Refused
from pipeline.enrich.article import enrich_article
from pipeline.enrich.batch import enrich_batch
from pipeline.enrich.gazetteer import load_gazetteer
from pipeline.enrich.known_names import load_known_names
from pipeline.enrich.pool import ProcessPool
from pipeline.enrich.pool_child import Work
from pipeline.enrich.pool_frames import Answer, pack_answers, pack_values, unpack_answers, unpack_values
from pipeline.enrich.recognizer import Mentions, RawMention
from pipeline.enrich.split import MAX_CHUNK_VALUES, cut, split_by_weight
from pipeline.enrich.step import EnrichStep
from pipeline.enrich.tools import Tools, ToolSettings
from pipeline.enrich.worked_out import WorkedOut
from pipeline.extract.article import extract_article
from pipeline.index.document import build_document
from pipeline.sources.registry import SourceRegistry
from schemas.article import EnrichedArticle, RawArticle, SourceClaim
from schemas.codec import decode, encode
from schemas.errors import DECODE, ENRICH, SCHEMA, TOO_LARGE, NotAnArticle, Rejected
from schemas.message import Message
from schemas.topics import BACKFILL_ENRICHED, BACKFILL_RAW, ENRICHED, RAW

TEXT = """Harbour board closes the old pier

The harbour board in Helsinki voted on Tuesday to close the old pier for a year, its chair Ada Holm said.

"We had no choice," Holm told reporters after the meeting, which lasted for more than three hours.

Fishermen from the northern quarter protested outside and asked the city for help with the cost of moving."""


class FixedRecognizer:
    """Finds "Ada Holm"; fails where a paragraph says so."""

    def recognize(self, paragraphs: Sequence[str], language: str | None) -> list[Mentions]:  # noqa: ARG002 - one answer for all languages
        """Return the mention of each paragraph that has it.

        Raises:
            ValueError: a paragraph holds the word "unreadable".
        """
        if any("unreadable" in paragraph for paragraph in paragraphs):
            msg = "a broken network"
            raise ValueError(msg)
        places = [paragraph.find("Ada Holm") for paragraph in paragraphs]
        return [(RawMention(place, place + 8, "PERSON"),) if place >= 0 else () for place in places]

    def model_id(self, language: str | None) -> str:
        """Return a name."""
        return f"fixed 1 {language}"


@pytest.fixture(scope="module")
def loaded_tools() -> Tools:
    """Tools with a recogniser that can be told to fail."""
    clock = ManualClock(datetime(2020, 1, 1, tzinfo=UTC))
    return Tools(FixedRecognizer(), SourceRegistry.load(), load_known_names(), load_gazetteer(), clock)


@pytest.fixture
def tools(loaded_tools: Tools) -> Tools:
    """The same for one test, which finds nothing kept of other tests' articles."""
    return replace(loaded_tools, worked_out=WorkedOut())


def raw_article(number: int = 1, content: str = TEXT, **fields: object) -> RawArticle:
    """Return a text article whose id ends in `number`."""
    values: dict[str, object] = {
        "article_id": f"{number:032x}",
        "version": 5,
        "fetched_at": datetime(2020, 1, 1, 12, tzinfo=UTC),
        "url": f"https://www.reuters.com/a/{number}",
        "channel": "file",
        "content": content,
        "content_type": "text",
    }
    return RawArticle.model_validate(values | fields)


def test_article_is_composed(tools: Tools) -> None:
    """An enriched article has its ids, zones, language, source, entities and fingerprint, and says what made them."""
    raw = raw_article(source=SourceClaim(domain="reuters.com"))
    article = enrich_article(raw, extract_article(raw), tools)
    assert (article.article_id, article.version, article.url) == (raw.article_id, 5, raw.url)
    assert article.title == "Harbour board closes the old pier"
    assert article.language == "en"
    assert article.source.id == "reuters"
    assert [(entity.id, len(entity.mentions)) for entity in article.entities] == [
        ("person:ada-holm", 2),
        ("place:helsinki", 1),
    ]
    assert article.fingerprint is not None
    counted_anew = build_document(article.model_copy(update={"terms": None})).fields["terms"]
    assert list(article.terms or ()) == counted_anew != []
    assert article.enrichment.models["entities"] == "fixed 1 en"
    assert article.enrichment.problems == ()
    assert set(article.enrichment.milliseconds) >= {"language", "recognition", "source", "entities", "fingerprint"}


def test_a_failing_step_costs_only_itself(tools: Tools) -> None:
    """An article whose recognition fails goes on without entities, and says why."""
    raw = raw_article(content=TEXT + "\n\nunreadable")
    article = enrich_article(raw, extract_article(raw), tools)
    assert article.entities == ()
    assert article.fingerprint is not None
    (problem,) = article.enrichment.problems
    assert (problem.step, problem.reason) == ("recognition", "failed")
    assert problem.detail == "ValueError: a broken network"


def test_batch_answers_every_value(tools: Tools) -> None:
    """Good articles are done, bad ones refused with their reason, one that breaks recognition keeps its neighbours'."""
    values = [
        encode(raw_article(1)),
        b"",
        b"\xff not json",
        b'{"article_id": 1}',
        encode(raw_article(2, content=TEXT + "\n\nunreadable")),
        encode(raw_article(3, content="x")),
        encode(raw_article(4)),
    ]
    answers = enrich_batch(values, tools)
    refused = {number: answer.reason for number, answer in enumerate(answers) if isinstance(answer, Rejected)}
    assert refused == {1: DECODE, 2: DECODE, 3: SCHEMA, 5: "not-an-article"}
    done = {
        number: decode(EnrichedArticle, answer) for number, answer in enumerate(answers) if isinstance(answer, bytes)
    }
    assert [len(done[number].entities) for number in (0, 4, 6)] == [2, 0, 2]
    assert done[4].enrichment.problems[0].step == "recognition"


def test_result_over_the_topic_limit_is_refused(tools: Tools) -> None:
    """An article that grows beyond what the next topic takes is a dead letter, not a crash."""
    content = TEXT + "".join(f"\n\nShip {number} {'left the old pier at dawn ' * 40}" for number in range(3500))
    (answer,) = enrich_batch([encode(raw_article(content=content))], tools)
    assert isinstance(answer, Rejected)
    assert answer.reason == TOO_LARGE


def test_long_story_says_what_was_not_read(tools: Tools) -> None:
    """Beyond the limit for names the article is kept whole, with a problem noted."""
    raw = raw_article(content="\n\n".join([TEXT] * 300))
    article = enrich_article(raw, extract_article(raw), tools)
    assert [problem.reason for problem in article.enrichment.problems] == ["too-long"]
    assert article.text.count("Ada Holm") == 300


@given(st.lists(st.one_of(st.binary(max_size=50), st.text(max_size=50)), max_size=8))
def test_frames_give_back_what_was_packed(parts: list[bytes | str]) -> None:
    """Values and refusals cross the pipe unchanged, whatever bytes they hold."""
    values = [part for part in parts if isinstance(part, bytes)]
    assert unpack_values(pack_values(values)) == values
    answers: list[Answer] = [part if isinstance(part, bytes) else Rejected(ENRICH, part) for part in parts]
    back = unpack_answers(pack_answers(answers))
    assert [str(answer) for answer in back] == [str(answer) for answer in answers]


def test_not_an_article_keeps_its_type() -> None:
    """A page that is no article never counts as a failure, also after crossing the pipe."""
    (answer,) = unpack_answers(pack_answers([NotAnArticle("a cookie wall")]))
    assert isinstance(answer, NotAnArticle)
    assert answer.detail == "a cookie wall"


@pytest.mark.parametrize("frame", [b"\x02\x05", b"\x02\x06\x04\x00\x00\x00nope"])
def test_nonsense_frames_are_errors(frame: bytes) -> None:
    """A child that sends garbage is found out."""
    with pytest.raises(ValueError, match=r"frame|reason"):
        unpack_answers(frame)


@given(st.lists(st.integers(0, 10_000_000), max_size=100), st.integers(1, 8))
def test_split_keeps_everything_and_uses_all_processes(sizes: list[int], processes: int) -> None:
    """Every position in exactly one group, none empty or too long, as many groups as processes where possible."""
    groups = split_by_weight(sizes, processes)
    assert sorted(position for group in groups for position in group) == list(range(len(sizes)))
    assert all(0 < len(group) <= MAX_CHUNK_VALUES for group in groups)
    assert len(groups) >= min(processes, len(sizes))


@given(st.lists(st.lists(st.integers(0, 500), max_size=12), max_size=20))
def test_chunks_are_bounded_and_families_whole_where_they_can_be(families: list[list[int]]) -> None:
    """No chunk has too many values or bytes, but for one value that is too large; order and families are kept."""
    sizes = [size for family in families for size in family]
    numbers = iter(range(len(sizes)))
    positions = [[next(numbers) for _ in family] for family in families]
    chunks = list(cut(positions, sizes, max_values=5, max_bytes=400))
    assert [position for chunk in chunks for position in chunk] == list(range(len(sizes)))
    for chunk in chunks:
        assert 0 < len(chunk) <= 5
        assert len(chunk) == 1 or sum(sizes[position] for position in chunk) <= 400
    for family in positions:
        if len(family) <= 5 and sum(sizes[position] for position in family) <= 400:
            assert sum(not set(family).isdisjoint(chunk) for chunk in chunks) == bool(family)


def test_split_balances_weights() -> None:
    """The heaviest group carries at most a third more than an even share."""
    sizes = [(number * 7919) % 9000 + 500 for number in range(32)]
    groups = split_by_weight(sizes, 2)
    weights = [sum(sizes[position] for position in group) for group in groups]
    assert max(weights) <= sum(sizes) / len(groups) * 4 / 3


async def test_step_turns_messages_into_outcomes(tmp_path: Path) -> None:
    """A raw message becomes one enriched message under the article's id, with its provenance; a bad one is refused."""
    settings = ToolSettings({}, cache_path=tmp_path / "paragraphs.db")
    work = Work("pipeline.enrich.batch.enrich_batch", "pipeline.enrich.tools.load_tools", settings)
    step = EnrichStep(ProcessPool(work, 1))
    value = encode(raw_article(7))
    headers = (("newswire-replays", b"1"), ("newswire-raw-position", b"stale"))
    batch = [
        Message(RAW.name, 3, 11, 1_000, None, value, headers),
        Message(RAW.name, 3, 12, 1_001, b"key", None),
    ]
    try:
        done, refused = await step.run(batch)
    finally:
        await step.close()
        await step.close()
    assert isinstance(done, Done)
    (output,) = done.outputs
    assert (output.topic, output.key) == (ENRICHED.name, b"%032x" % 7)
    assert output.headers == (
        ("newswire-replays", b"1"),
        ("newswire-raw-position", f"{RAW.name}/3/11".encode()),
        ("newswire-raw-timestamp-ms", b"1000"),
    )
    assert output.value is not None
    article = decode(EnrichedArticle, output.value)
    assert article.enrichment.models["entities"].startswith("rules")
    assert isinstance(refused, Refused)
    assert refused.error.reason == DECODE
    assert step.stage == "enrich"


async def test_back_fill_is_worked_on_in_a_pool_of_its_own(tmp_path: Path) -> None:
    """Only what is back-filled goes there; its output stays behind in the next role, too, and all processes end."""
    settings = ToolSettings({}, cache_path=tmp_path / "paragraphs.db")
    work = Work("pipeline.enrich.batch.enrich_batch", "pipeline.enrich.tools.load_tools", settings)
    pool, backfill_pool = ProcessPool(work, 1), ProcessPool(work, 1)
    step = EnrichStep(pool, backfill_pool)
    raw, backfill = (Message(topic.name, 3, 11, 1_000, None, encode(raw_article(7))) for topic in (RAW, BACKFILL_RAW))
    try:
        # The processes of a pool start with its first batch.
        (live,) = await step.run([raw])
        assert (len(pool.pids), len(backfill_pool.pids)) == (1, 0)
        (behind,) = await step.run([backfill])
        assert (len(pool.pids), len(backfill_pool.pids)) == (1, 1)
    finally:
        await step.close()
    assert isinstance(live, Done)
    assert isinstance(behind, Done)
    assert [outcome.outputs[0].topic for outcome in (live, behind)] == [ENRICHED.name, BACKFILL_ENRICHED.name]
    assert pool.pids == backfill_pool.pids == ()
