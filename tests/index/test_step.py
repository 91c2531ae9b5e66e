"""The index step: every message has one outcome, and every article in the index has its event."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from pipeline.clock import ManualClock
from pipeline.corrections.table import NO_CORRECTIONS, Corrections
from pipeline.delivery.outcome import Blocked, Done, Outcome, Refused
from pipeline.index.base import IndexDocument, WriteOutcome
from pipeline.index.excerpt import EXCERPT_CHARS
from pipeline.index.step import IndexStep
from pipeline.index.tantivy import TantivyIndex
from schemas.article import EnrichedArticle, SourceFacts
from schemas.codec import decode, encode
from schemas.corrections import CorrectionKind, EntityCorrection
from schemas.errors import INDEX_MAPPING, Rejected, Unavailable
from schemas.events import IndexedEvent
from schemas.message import Message
from schemas.topics import ENRICHED, INDEXED
from tests.index.making import NOW, article_id, entity, make_article


class FaultyIndex(TantivyIndex):
    """An index that answers for chosen articles as a distributed one may."""

    answers: dict[str, Rejected | Unavailable]
    asked: list[list[str]]

    def first_seen(self, article_ids: Sequence[str]) -> Mapping[str, datetime]:
        """Note the question, and answer it."""
        self.asked.append(list(article_ids))
        return super().first_seen(article_ids)

    def write(self, documents: Sequence[IndexDocument]) -> Sequence[WriteOutcome]:
        """Write, and answer as told for the articles in `answers`."""
        good = [document for document in documents if document.article_id not in self.answers]
        written = iter(super().write(good))
        return [self.answers.get(document.article_id) or next(written) for document in documents]


class Corrected:
    """Corrections that are said one after the other: each reading sees one more, until all are said."""

    def __init__(self, *corrections: EntityCorrection) -> None:
        self._waiting = list(corrections)
        self._said = NO_CORRECTIONS
        self.readings = 0
        self.is_closed = False

    def say(self, correction: EntityCorrection) -> None:
        """Let the correction be said from now on."""
        self._said = self._said.with_correction(correction, 1000)

    def read(self) -> Corrections:
        """Return what was said before, and let the next be said."""
        said = self._said
        self.readings += 1
        if self._waiting:
            self._said = said.with_correction(self._waiting.pop(0), 1000)
        return said

    def close(self) -> None:
        """Note it."""
        self.is_closed = True


@pytest.fixture
def index(tmp_path: Path) -> Iterator[FaultyIndex]:
    """An empty index without faults."""
    index = FaultyIndex(tmp_path / "index", ManualClock(NOW), background=False)
    index.answers, index.asked = {}, []
    index.install()
    yield index
    index.close()


def message(value: bytes | EnrichedArticle | None, offset: int = 0) -> Message:
    """Return an enriched message."""
    raw = encode(value) if isinstance(value, EnrichedArticle) else value
    return Message(ENRICHED.name, 0, offset, 0, b"key", raw)


def event_of(outcome: Outcome) -> IndexedEvent:
    """Return the event that a finished message sends."""
    assert isinstance(outcome, Done)
    (output,) = outcome.outputs
    event = decode(IndexedEvent, output.value)
    assert (output.topic, output.key) == (INDEXED.name, event.article_id.encode())
    return event


async def test_articles_are_indexed_and_announced(index: FaultyIndex) -> None:
    """Each article is in the index, and its event says so."""
    outcomes = await IndexStep(index, ManualClock(NOW), Corrected()).run(
        [message(make_article("a")), message(make_article("b"))]
    )
    assert [event_of(outcome).article_id for outcome in outcomes] == [article_id("a"), article_id("b")]
    assert index.count() == 2
    assert event_of(outcomes[0]).indexed_at == NOW


async def test_redelivery_sends_the_event_again(index: FaultyIndex) -> None:
    """The same message twice changes nothing and is announced twice; so is a stale one."""
    step = IndexStep(index, ManualClock(NOW), Corrected())
    newer = make_article("a", version=2, fetched=NOW + timedelta(days=2))
    first = await step.run([message(make_article("a"))])
    later = await step.run([message(newer), message(newer), message(make_article("a"))])
    assert event_of(first[0]).first_seen_at == NOW
    assert [event_of(outcome).version for outcome in later] == [2, 2, 1]
    assert {event_of(outcome).first_seen_at for outcome in later} == {NOW}
    assert index.versions([article_id("a")]) == {article_id("a"): (2, 1)}


async def test_first_sight_is_asked_for_once_a_batch(index: FaultyIndex) -> None:
    """However many articles of a batch are known already, the index is asked once when they were first seen."""
    step = IndexStep(index, ManualClock(NOW), Corrected())
    await step.run([message(make_article(name)) for name in "abc"])
    assert index.asked == []
    await step.run([message(make_article(name)) for name in "abcd"])
    assert index.asked == [[article_id(name) for name in "abc"]]


async def test_poison_is_refused_alone(index: FaultyIndex) -> None:
    """Messages that are no article are refused with their reason, their neighbours are indexed."""
    values = [None, b"", b"\xff\xfe", b"[]", b'{"schema_version": 99}', b"[" * 100_000]
    batch = [message(make_article("a")), *(message(value) for value in values), message(make_article("b"))]
    outcomes = await IndexStep(index, ManualClock(NOW), Corrected()).run(batch)
    assert [type(outcome) for outcome in outcomes] == [Done, *[Refused] * len(values), Done]
    assert {outcome.error.reason for outcome in outcomes if isinstance(outcome, Refused)} == {"decode", "schema"}
    assert index.count() == 2


async def test_faults_of_the_index_stay_with_their_article(index: FaultyIndex) -> None:
    """What the index rejects is refused, what it cannot take now is blocked, the rest is done."""
    index.answers = {
        article_id("b"): Rejected(INDEX_MAPPING, "no such field"),
        article_id("c"): Unavailable("too busy"),
    }
    outcomes = await IndexStep(index, ManualClock(NOW), Corrected()).run(
        [message(make_article(name)) for name in "abc"]
    )
    assert [type(outcome) for outcome in outcomes] == [Done, Refused, Blocked]
    assert isinstance(outcomes[1], Refused)
    assert outcomes[1].status == 400


async def test_only_poison(index: FaultyIndex) -> None:
    """A batch without any article writes nothing."""
    outcomes = await IndexStep(index, ManualClock(NOW), Corrected()).run([message(b"x")])
    assert [type(outcome) for outcome in outcomes] == [Refused]
    assert await IndexStep(index, ManualClock(NOW), Corrected()).run([]) == []


async def test_close_closes_the_index(index: FaultyIndex) -> None:
    """Closing the step twice is harmless."""
    step = IndexStep(index, ManualClock(NOW), Corrected())
    assert step.stage == "index"
    await step.close()
    await step.close()


async def test_what_is_corrected_during_a_write_is_written_too(index: FaultyIndex) -> None:
    """A correction that is said after the batch began is in the index, and in the event, when the batch is done."""
    hide = EntityCorrection(kind=CorrectionKind.HIDE, entity_id="person:ada holm", corrected_at=NOW)
    article = make_article("a", entities=[entity("Ada Holm"), entity("Ida Lund")])
    corrections = Corrected(hide)
    step = IndexStep(index, ManualClock(NOW), corrections)
    (outcome,) = await step.run([message(article)])
    assert event_of(outcome).entity_ids == ("person:ida lund",)
    held = index.get(article_id("a"))
    assert held is not None
    assert held.fields["entities.person"] == ["Ida Lund"]
    assert held.fields["corrected_entity_ids"] == ["person:ada holm"]
    assert [each["name"] for each in json.loads(held.stored)["entities"]] == ["Ida Lund"]
    assert [each["name"] for each in json.loads(held.fields["as_found"])["entities"]] == ["Ada Holm", "Ida Lund"]
    await step.close()
    assert corrections.is_closed


async def test_corrections_are_read_once_a_batch(index: FaultyIndex) -> None:
    """After its write; what was said since the batch before is in the index, and in the event, all the same."""
    hide = EntityCorrection(kind=CorrectionKind.HIDE, entity_id="person:ada holm", corrected_at=NOW)
    corrections = Corrected()
    step = IndexStep(index, ManualClock(NOW), corrections)
    await step.run([message(make_article("a"))])
    before = corrections.readings
    await step.run([message(make_article("b"))])
    assert corrections.readings == before + 1
    corrections.say(hide)
    (outcome,) = await step.run([message(make_article("c", entities=[entity("Ada Holm"), entity("Ida Lund")]))])
    assert event_of(outcome).entity_ids == ("person:ida lund",)
    held = index.get(article_id("c"))
    assert held is not None
    assert held.fields["entities.person"] == ["Ida Lund"]


async def test_excerpts_of_what_was_received(index: FaultyIndex) -> None:
    """From a publisher who allows no more, an excerpt is stored, whatever form the article was read in."""
    source = SourceFacts(id="harbour-post", store="excerpt")
    (outcome,) = await IndexStep(index, ManualClock(NOW), Corrected()).run(
        [message(make_article("a", text="Boats. " * 500, source=source, entities=[entity("Ada Holm")]))]
    )
    assert event_of(outcome).word_count == 500
    held = index.get(article_id("a"))
    assert held is not None
    assert len(decode(EnrichedArticle, held.stored.encode()).text) <= EXCERPT_CHARS
