"""The group step over a real embedded index."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.clock import ManualClock
from pipeline.delivery.outcome import Done, Dropped, Refused
from pipeline.enrich.fingerprint import fingerprint
from pipeline.index.base import ArticleIndex
from pipeline.index.document import build_document
from pipeline.index.event import build_event
from pipeline.index.open import open_index
from pipeline.sources.registry import SourceRegistry
from pipeline.stories.step import GroupStep
from schemas.annotations import ArticleTime, Origin, OriginKind, Zone, ZoneKind
from schemas.article import EnrichedArticle, Enrichment, SourceFacts
from schemas.codec import decode, encode
from schemas.events import GroupedEvent
from schemas.message import Message
from schemas.topics import GROUPED, INDEXED

MONDAY = datetime(2026, 2, 2, 8, tzinfo=UTC)
STORY = " ".join(f"word{number}" for number in range(120))


@pytest.fixture
def index(tmp_path: Path) -> Iterator[ArticleIndex]:
    """An empty embedded index."""
    made = open_index(f"tantivy:///{tmp_path}/index", ManualClock(MONDAY))
    made.install()
    yield made
    made.close()


def _article(letter: str, hours: float, domain: str, origin: str | None = None, version: int = 1) -> EnrichedArticle:
    at = MONDAY + timedelta(hours=hours)
    return EnrichedArticle(
        article_id=letter * 32, version=version, fetched_at=at, channel="file", title="Ferry sails again", text=STORY,
        zones=(Zone(start=0, end=len(STORY), kind=ZoneKind.BODY, rule="test"),), published=ArticleTime(at=at),
        source=SourceFacts(domain=domain), fingerprint=fingerprint(STORY), enrichment=Enrichment(version=1),
        origin=origin and Origin(name="X", source_id=origin, kind=OriginKind.CREDIT, rule="test", confidence=1),
    )  # fmt: skip


def _message(article: EnrichedArticle, offset: int = 0) -> Message:
    event = build_event(article, article.fetched_at, article.fetched_at)
    return Message(INDEXED.name, 0, offset, 0, article.article_id.encode(), encode(event))


def _events(outcome: object) -> list[GroupedEvent]:
    assert isinstance(outcome, Done)
    assert {message.topic for message in outcome.outputs} <= {GROUPED.name}
    return [decode(GroupedEvent, message.value) for message in outcome.outputs]


def _places(outcome: object) -> list[tuple[str, str, str | None]]:
    return [(event.article_id, event.story_id, event.copy_of) for event in _events(outcome)]


async def test_copies_of_one_batch_see_each_other(index: ArticleIndex) -> None:
    """The second of two copies in a batch finds the first, in the index and in the event."""
    articles = [_article("a", 0, "one.example"), _article("b", 1, "two.example")]
    index.write([build_document(article) for article in articles])
    step = GroupStep(index, ManualClock(MONDAY))
    first, second = await step.run([_message(article, offset) for offset, article in enumerate(articles)])
    assert [(event.copy_of, event.is_copy) for event in _events(first)] == [(None, False)]
    assert [(event.copy_of, event.reason) for event in _events(second)] == [("a" * 32, "verbatim")]
    stored = index.get("b" * 32)
    assert stored is not None
    assert (stored.fields["story_id"], stored.fields["is_copy"]) == ("a" * 32, True)


async def test_late_original_revises_its_copies(index: ArticleIndex) -> None:
    """A batch later the maker arrives: the index and an event say that the earlier ones are copies of it."""
    copy, maker = _article("a", 0, "one.example", "reuters"), _article("b", 1, "reuters.com")
    index.write([build_document(article) for article in (copy, maker)])
    step = GroupStep(index, ManualClock(MONDAY), SourceRegistry.load())
    await step.run([_message(copy)])
    (outcome,) = await step.run([_message(maker)])
    events = _events(outcome)
    assert [(event.article_id[0], event.copy_of, event.reason) for event in events] == [
        ("b", None, "original"),
        ("a", "b" * 32, "original-found"),
    ]
    stored = index.get("a" * 32)
    assert stored is not None
    assert (stored.fields["copy_of"], stored.fields["story_id"]) == ("b" * 32, "a" * 32)


async def test_same_message_twice_changes_nothing(index: ArticleIndex) -> None:
    """Redelivery gives the same places and the same fields."""
    articles = [_article("a", 0, "one.example"), _article("b", 1, "two.example")]
    index.write([build_document(article) for article in articles])
    step = GroupStep(index, ManualClock(MONDAY))
    messages = [_message(article) for article in articles]
    once = [_places(outcome) for outcome in await step.run(messages)]
    held = [index.get(article.article_id) for article in articles]
    again = [_places(outcome) for outcome in await step.run(messages)]
    assert again == once
    assert [index.get(article.article_id) for article in articles] == held


async def test_older_version_is_dropped(index: ArticleIndex) -> None:
    """An event of a version that the index has left behind writes nothing and is counted."""
    old, new = _article("a", 0, "one.example"), _article("a", 1, "one.example", version=2)
    index.write([build_document(old), build_document(new)])
    assert await GroupStep(index, ManualClock(MONDAY)).run([_message(old)]) == [Dropped("stale")]


async def test_unreadable_message_is_refused_alone(index: ArticleIndex) -> None:
    """One bad message does not keep its neighbours."""
    article = _article("a", 0, "one.example")
    index.write([build_document(article)])
    bad = Message(INDEXED.name, 0, 0, 0, b"x", b"{}")
    refused, done = await GroupStep(index, ManualClock(MONDAY)).run([bad, _message(article)])
    assert isinstance(refused, Refused)
    assert refused.error.reason == "schema"
    assert len(_events(done)) == 1


async def test_empty_batch_and_close(tmp_path: Path) -> None:
    """Nothing to do is done; closing closes the index, also twice."""
    made = open_index(f"tantivy:///{tmp_path}/index", ManualClock(MONDAY))
    made.install()
    step = GroupStep(made, ManualClock(MONDAY))
    assert step.stage == "group"
    assert await step.run([]) == []
    await step.close()
    await step.close()
