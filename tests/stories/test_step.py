"""The group step over a real embedded index."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from pipeline.clock import ManualClock
from pipeline.delivery.outcome import Done, Dropped, Refused
from pipeline.enrich.fingerprint import fingerprint
from pipeline.index.base import ArticleIndex, BandQuery, Kin
from pipeline.index.document import build_document
from pipeline.index.event import build_event
from pipeline.index.open import open_index
from pipeline.index.story_document import StoryOrder
from pipeline.roles import GROUP
from pipeline.settings import load_settings
from pipeline.sources.registry import SourceRegistry
from pipeline.steps import build_index_step
from pipeline.stories.grouping import CAPACITY
from pipeline.stories.step import GroupStep
from pipeline.stories.story import from_document
from schemas.annotations import ArticleTime, Origin, OriginKind, Zone, ZoneKind
from schemas.article import EnrichedArticle, Enrichment, SourceFacts
from schemas.codec import decode, encode
from schemas.events import GroupedEvent, IndexedEvent
from schemas.message import Message
from schemas.topics import GROUPED, INDEXED
from tests.stories.conftest import MONDAY

STORY = " ".join(f"word{number}" for number in range(120))


def _article(letter: str, hours: float, domain: str, origin: str | None = None, version: int = 1) -> EnrichedArticle:
    at = MONDAY + timedelta(hours=hours)
    return EnrichedArticle(
        article_id=letter * 32, version=version, fetched_at=at, channel="file", title="Ferry sails again", text=STORY,
        zones=(Zone(start=0, end=len(STORY), kind=ZoneKind.BODY, rule="test"),), published=ArticleTime(at=at),
        source=SourceFacts(domain=domain), fingerprint=fingerprint(STORY), enrichment=Enrichment(version=1),
        origin=origin and Origin(name="X", source_id=origin, kind=OriginKind.CREDIT, rule="test", confidence=1),
    )  # fmt: skip


def _message(article: EnrichedArticle, offset: int = 0) -> Message:
    event = build_event(article, build_document(article), article.fetched_at, article.fetched_at)
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
    assert [(event.copy_of, event.reason) for event in _events(second)] == [("a" * 32, "verbatim-of-earliest")]
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
        ("a", "b" * 32, "verbatim-of-named-origin"),
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


async def test_restarted_step_goes_on_where_it_was(index: ArticleIndex) -> None:
    """A new process knows from the index what the one before decided, and decides on from there."""
    articles = [_article("a", 0, "one.example"), _article("b", 1, "two.example"), _article("c", 2, "three.example")]
    index.write([build_document(article) for article in articles])
    await GroupStep(index, ManualClock(MONDAY)).run([_message(article, at) for at, article in enumerate(articles[:2])])
    (outcome,) = await GroupStep(index, ManualClock(MONDAY)).run([_message(articles[2], 2)])
    assert _places(outcome) == [("c" * 32, "a" * 32, "a" * 32)]


async def test_replay_of_the_topic_changes_no_group(index: ArticleIndex) -> None:
    """All messages again, to a new process: the same places, the same stories."""
    articles = [_article(letter, hours, f"{letter}.example") for letter, hours in (("c", 2), ("a", 0), ("b", 1))]
    index.write([build_document(article) for article in articles])
    messages = [_message(article, at) for at, article in enumerate(articles)]
    await GroupStep(index, ManualClock(MONDAY)).run(messages)
    held = [index.get(article.article_id) for article in articles]
    stories = index.list_stories(StoryOrder.SIZE, 10)
    again = GroupStep(index, ManualClock(MONDAY))
    for message in messages:
        await again.run([message])
    assert [index.get(article.article_id) for article in articles] == held
    assert index.list_stories(StoryOrder.SIZE, 10) == stories


async def test_messages_that_others_took_are_caught_up_with(index: ArticleIndex) -> None:
    """A process that had lost the topic for a while sees what was grouped meanwhile."""
    articles = [_article("a", 0, "one.example"), _told("b", 1, "one.example"), _told("c", 2, "two.example")]
    index.write([build_document(article) for article in articles])
    ours, theirs = GroupStep(index, ManualClock(MONDAY)), GroupStep(index, ManualClock(MONDAY))
    await ours.run([_message(articles[0], 0)])
    await theirs.run([_message(articles[1], 1)])
    (outcome,) = await ours.run([_message(articles[2], 2)])
    assert _places(outcome) == [("c" * 32, "b" * 32, None)]
    assert _events(outcome)[0].reason == "same-event"


async def test_story_document_lists_its_articles(index: ArticleIndex) -> None:
    """The story knows its headline, its articles in order of time, and which of them is a copy."""
    articles = [_article("b", 1, "two.example"), _article("a", 0, "one.example")]
    index.write([build_document(article) for article in articles])
    await GroupStep(index, ManualClock(MONDAY)).run([_message(article, at) for at, article in enumerate(articles)])
    (document,) = index.list_stories(StoryOrder.NEWEST, 10)
    story = from_document(document)
    assert (document.story_id, document.size, story.headline) == ("b" * 32, 2, "Ferry sails again")
    assert [(one.article_id[0], one.source, one.copy_of) for one in story.articles] == [
        ("a", "one.example", None),
        ("b", "two.example", "a" * 32),
    ]


@pytest.mark.parametrize("offset", [0, 2])
async def test_kin_that_others_grouped_are_found_after_a_change_of_hands(index: ArticleIndex, offset: int) -> None:
    """Whether messages were missed or come again: what another process grouped meanwhile is known."""
    articles = [_told("b", 0, "one.example"), _article("a", 1, "one.example"), _article("c", 2, "two.example")]
    index.write([build_document(article) for article in articles])
    ours, theirs = GroupStep(index, ManualClock(MONDAY)), GroupStep(index, ManualClock(MONDAY))
    await ours.run([_message(articles[0], 0)])
    await theirs.run([_message(articles[1], 1)])
    (outcome,) = await ours.run([_message(articles[2], offset)])
    assert _places(outcome) == [("c" * 32, "a" * 32, "a" * 32)]


@pytest.mark.parametrize(
    ("held", "silent_s", "batches", "asked"),
    [
        (9, 0, "a b c", [0, 0, 0]),
        (9, 11, "a b c", [0, 48, 48]),
        (2, 0, "a b c", [0, 0, 0]),
        (1, 0, "ab c", [0, 0, 48]),
        (1, 0, "abc", [0, 0, 0, 48]),
    ],
)
async def test_the_index_is_asked_only_for_kin_that_may_not_be_held(
    index: ArticleIndex, monkeypatch: pytest.MonkeyPatch, held: int, silent_s: float, batches: str, asked: list[int]
) -> None:
    """It is where articles had to leave, now or before, and when another process may have had its turn."""
    bands: list[int] = []
    find = index.find_kin

    def note(queries: Sequence[BandQuery]) -> Sequence[Sequence[Kin]]:
        bands.extend(len(query.bands) for query in queries)
        return find(queries)

    monkeypatch.setattr(index, "find_kin", note)
    messages = {}
    for at, letter in enumerate("abc"):
        article = _article(letter, at, f"{letter}.example")
        index.write([build_document(article)])
        messages[letter] = _message(article, at)
    clock = ManualClock(MONDAY)
    step = GroupStep(index, clock, capacity=held)
    outcomes: list[object] = []
    for batch in batches.split():
        outcomes += await step.run([messages[letter] for letter in batch])
        clock.advance(silent_s)
    assert bands == asked
    assert {event.story_id for outcome in outcomes for event in _events(outcome)} == {"a" * 32}


def _told(letter: str, hours: float, domain: str) -> EnrichedArticle:
    """The same event, each time in other words."""
    tellings = {
        "b": "The tanker Borealis ran aground off Vardo on Sunday; tugs from Kirkenes tried to free it in vain.",
        "c": "Tugs could not pull the grounded Borealis off the rocks at Vardo, and Kirkenes crews watched the oil.",
    }
    text = tellings[letter]
    return _article(letter, hours, domain).model_copy(
        update={
            "title": "Tanker Borealis aground off Vardo",
            "text": text,
            "zones": (Zone(start=0, end=len(text), kind=ZoneKind.BODY, rule="test"),),
            "fingerprint": fingerprint(text),
            "language": "en",
        }
    )


@pytest.mark.parametrize(("held", "story"), [("1", "c"), ("3", "b"), (None, "b")])
async def test_how_many_articles_are_held_is_a_setting(
    index: ArticleIndex, tmp_path: Path, held: str | None, story: str
) -> None:
    """A report in other words joins the story of one that came earlier only while that one is held."""
    environ = {"NEWSWIRE_DATA_DIR": str(tmp_path), **({} if held is None else {"NEWSWIRE_GROUP_ARTICLES": held})}
    settings = load_settings(environ, tmp_path)
    assert held is not None or settings.group_articles == CAPACITY
    articles = [_told("b", 0, "one.example"), _article("a", 1, "one.example"), _told("c", 2, "two.example")]
    index.write([build_document(article) for article in articles])
    follow = partial(pytest.fail, "grouping follows no corrections")
    step = build_index_step(GROUP, settings, index, ManualClock(MONDAY), follow)
    *_, last = await step.run([_message(article, at) for at, article in enumerate(articles)])
    assert _places(last) == [("c" * 32, story * 32, None)]


async def test_story_keeps_its_reasons_through_a_restart(index: ArticleIndex) -> None:
    """Why an article is where it is stays listed when a process that never saw it arrive adds another one."""
    told = [_told("b", 0, "one.example"), _told("c", 1, "two.example")]
    copy = told[0].model_copy(update={"article_id": "d" * 32, "source": SourceFacts(domain="three.example")})
    articles = [*told, copy]
    index.write([build_document(article) for article in articles])
    messages = [_message(article, at) for at, article in enumerate(articles)]
    await GroupStep(index, ManualClock(MONDAY)).run(messages[:2])
    await GroupStep(index, ManualClock(MONDAY)).run(messages[2:])
    (document,) = index.list_stories(StoryOrder.NEWEST, 10)
    listed = {one.article_id[0]: one.reason for one in from_document(document).articles}
    assert listed == {"b": "original", "c": "same-event", "d": "verbatim-of-earliest"}


@pytest.mark.parametrize("offset", [0, 2])
async def test_stories_that_others_wrote_are_read_anew(index: ArticleIndex, offset: int) -> None:
    """A process that is given other messages than the next ones holds no story any more that it wrote before."""
    articles = [_article(letter, hours, f"{letter}.example") for hours, letter in enumerate("abc")]
    index.write([build_document(article) for article in articles])
    ours, theirs = GroupStep(index, ManualClock(MONDAY)), GroupStep(index, ManualClock(MONDAY))
    await ours.run([_message(articles[0], 0)])
    message = _message(articles[1], 1)
    named = decode(IndexedEvent, message.value).model_copy(update={"entity_ids": ("org:ferries",)})
    await theirs.run([replace(message, value=encode(named))])
    await ours.run([_message(articles[2], offset)])
    (document,) = index.list_stories(StoryOrder.NEWEST, 10)
    listed = {one.article_id[0]: one.entity_ids for one in from_document(document).articles}
    assert listed == {"a": (), "b": ("org:ferries",), "c": ()}
