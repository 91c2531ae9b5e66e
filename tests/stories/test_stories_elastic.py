"""Grouping over a real Elasticsearch: what it asks for and stores is what the embedded index gives."""

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.clock import ManualClock
from pipeline.enrich.fingerprint import fingerprint
from pipeline.index.base import MAX_CANDIDATES, ArticleIndex, BandQuery
from pipeline.index.document import build_document
from pipeline.index.elastic_stories import MAX_FOUND
from pipeline.index.event import build_event
from pipeline.index.open import open_index
from pipeline.index.story_document import StoryOrder
from pipeline.stories.step import GroupStep
from schemas.annotations import ArticleTime, Zone, ZoneKind
from schemas.article import EnrichedArticle, Enrichment, SourceFacts
from schemas.codec import encode
from schemas.message import Message
from schemas.topics import INDEXED
from tests.services.fixtures import Service

MONDAY = datetime(2026, 2, 2, 8, tzinfo=UTC)
TEXT = " ".join(f"word{number}" for number in range(120))


@pytest.fixture
def index(elastic_server: Service) -> Iterator[ArticleIndex]:
    """An empty index under a prefix of its own."""
    made = open_index(elastic_server.url, ManualClock(MONDAY), index_prefix=f"s{secrets.token_hex(4)}-")
    made.install()
    yield made
    made.close()


def _article(letter: str, hours: int) -> EnrichedArticle:
    at = MONDAY - timedelta(hours=10 - hours)
    return EnrichedArticle(
        article_id=letter * 32, version=1, fetched_at=at, channel="file", title="Ferry sails", text=TEXT,
        zones=(Zone(start=0, end=len(TEXT), kind=ZoneKind.BODY, rule="test"),), published=ArticleTime(at=at),
        source=SourceFacts(domain=f"{letter}.example"), fingerprint=fingerprint(TEXT),
        enrichment=Enrichment(version=1),
    )  # fmt: skip


def _messages(articles: list[EnrichedArticle]) -> list[Message]:
    events = [build_event(one, build_document(one), one.fetched_at, one.fetched_at) for one in articles]
    return [Message(INDEXED.name, 0, at, 0, None, encode(event)) for at, event in enumerate(events)]


async def test_copies_and_stories_in_elasticsearch(index: ArticleIndex) -> None:
    """Two processes after one another group as one would; the story is stored, and a replay changes nothing."""
    articles = [_article(letter, hours) for hours, letter in enumerate("abc")]
    index.write([build_document(article) for article in articles])
    messages = _messages(articles)
    await GroupStep(index, ManualClock(MONDAY)).run(messages[:2])
    await GroupStep(index, ManualClock(MONDAY)).run(messages[2:])
    held = [found.fields for one in articles if (found := index.get(one.article_id)) is not None]
    assert [(one["story_id"], one.get("copy_of")) for one in held] == [
        ("a" * 32, None),
        ("a" * 32, "a" * 32),
        ("a" * 32, "a" * 32),
    ]
    (story,) = index.list_stories(StoryOrder.SIZE, 5)
    assert (story.story_id, story.size) == ("a" * 32, 3)
    await GroupStep(index, ManualClock(MONDAY)).run(messages)
    assert list(index.list_stories(StoryOrder.SIZE, 5)) == [story]
    assert [one.article_id[0] for one in index.recent_members(2)] == ["b", "c"]


def test_kin_of_a_template_are_those_nearest_in_time(index: ArticleIndex) -> None:
    """Where more share the bands than are looked at, each article is asked for alone and gets those of its own days."""
    many = [
        _article("a", 0).model_copy(update={"article_id": f"{n:032x}", "fetched_at": MONDAY - timedelta(minutes=n)})
        for n in range(MAX_FOUND + 5)
    ]
    index.write([build_document(article) for article in many])
    made = fingerprint(TEXT)
    assert made is not None
    early = MONDAY - timedelta(minutes=MAX_FOUND)
    since = MONDAY - timedelta(days=10)
    (late_kin, early_kin) = index.find_kin(
        [BandQuery("b" * 32, made.bands, since, MONDAY), BandQuery(f"{MAX_FOUND:032x}", made.bands, since, early)]
    )
    assert {int(one.article_id, 16) for one in late_kin} == set(range(MAX_CANDIDATES))
    near = {int(one.article_id, 16) for one in early_kin}
    assert early_kin[-1].article_id == f"{MAX_FOUND:032x}"
    assert len(near) == MAX_CANDIDATES + 1
    assert min(near) > MAX_FOUND - MAX_CANDIDATES - 1
