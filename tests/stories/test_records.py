"""Stories' documents over a real embedded index: what is held of them, and what is read again."""

from datetime import timedelta

import pytest

from pipeline.clock import ManualClock
from pipeline.enrich.fingerprint import fingerprint
from pipeline.index.base import ArticleIndex, StoryFields
from pipeline.stories.grouping import Grouping
from pipeline.stories.member import Member
from pipeline.stories.records import StoryRecords
from pipeline.stories.story import Story, from_document, to_document
from tests.stories.conftest import MONDAY

TEXT = " ".join(f"word{number}" for number in range(120))


def _arrive(grouping: Grouping, records: StoryRecords, letter: str, hours: float) -> None:
    """Group one more copy, and write its story."""
    at = MONDAY + timedelta(hours=hours)
    made = fingerprint(TEXT)
    assert made is not None
    member = Member(letter * 32, 1, "Title", "en", f"{letter}.example", None, None, at, at, made.signature, ())
    candidates = list(grouping.story("a" * 32))
    changes = [change.member for change in grouping.add(member, candidates)]
    records.write(
        grouping,
        [StoryFields(one.article_id, 1, one.story_id or "", one.copy_of, is_copy=one.is_copy) for one in changes],
    )


def _story(index: ArticleIndex) -> Story:
    return from_document(index.story_documents(["a" * 32])["a" * 32])


@pytest.mark.parametrize(
    ("capacity", "silent_s", "forget", "listed"),
    [(9, 9, False, "ab"), (9, 0, True, "azb"), (0, 0, False, "azb"), (9, 11, False, "azb")],
)
def test_story_that_was_written_last_is_not_read_again(
    index: ArticleIndex, capacity: int, silent_s: float, *, forget: bool, listed: str
) -> None:
    """What another hand wrote meanwhile shows where the story was forgotten, is not held, or was held for too long."""
    clock = ManualClock(MONDAY)
    grouping, records = Grouping(), StoryRecords(index, clock, capacity=capacity)
    _arrive(grouping, records, "a", 0)
    story = _story(index)
    other = story.articles[0].model_copy(update={"article_id": "z" * 32})
    index.write_story_documents([to_document(story.model_copy(update={"articles": (*story.articles, other)}), MONDAY)])
    if forget:
        records.forget()
    clock.advance(silent_s)
    _arrive(grouping, records, "b", 1)
    assert "".join(one.article_id[0] for one in _story(index).articles) == listed
