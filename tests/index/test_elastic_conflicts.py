"""A real Elasticsearch answers 409 to who writes against what another writer has changed since it was looked up."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pipeline.clock import ManualClock
from pipeline.index.base import BandQuery, IndexDocument, StoryFields, Withdrawal, WriteResult
from pipeline.index.elastic import ElasticIndex
from tests.index.making import NOW, article_id, days_ago, make_document
from tests.services.elastic_stand_in import Edit, ElasticStandIn
from tests.services.fixtures import Service

Change = Callable[[ElasticIndex], object]


@pytest.fixture
def front(elastic_server: Service) -> Iterator[ElasticStandIn]:
    """A server in front of the real one, where a test can strike between a lookup and its bulk."""
    with ElasticStandIn(upstream=elastic_server.address) as server:
        yield server


@pytest.fixture
def opened(elastic_server: Service, front: ElasticStandIn, index_prefix: str) -> Iterator[list[ElasticIndex]]:
    """Two workers' indices: the first one behind the front, the second beside it."""
    made = [
        ElasticIndex(url, clock=ManualClock(NOW), index_prefix=index_prefix)
        for url in (front.address, elastic_server.url)
    ]
    made[1].install()
    yield made
    for index in made:
        index.close()


def with_other_writer(change: Change, other: ElasticIndex) -> Edit:
    """Let the other worker write right after the lookup was answered."""

    def strike(body: dict[str, Any]) -> dict[str, Any]:
        change(other)
        return body

    return Edit(strike)


@pytest.mark.parametrize(
    ("held", "change", "outcome", "title", "story"),
    [
        ([], lambda other: other.write([make_document("a", "Other", version=1)]), WriteResult.UPDATED, "Ours", None),
        ([], lambda other: other.write([make_document("a", "Other", version=9)]), WriteResult.STALE, "Other", None),
        (
            [make_document("a", "Old", version=1)],
            lambda other: other.write_stories([StoryFields(article_id("a"), 1, "s", None, False)]),
            WriteResult.UPDATED,
            "Ours",
            "s",
        ),
    ],
    ids=["created meanwhile", "a newer one meanwhile", "grouped meanwhile"],
)
def test_what_changed_after_the_lookup_is_decided_again(
    front: ElasticStandIn,
    opened: list[ElasticIndex],
    held: list[IndexDocument],
    change: Change,
    outcome: WriteResult,
    title: str,
    story: str | None,
) -> None:
    """The server refuses the write, it is decided again from what is there now, and nobody's fields are lost."""
    ours, other = opened
    other.write(held)
    answers: list[int] = []

    def note(body: dict[str, Any]) -> dict[str, Any]:
        answers.extend(result["status"] for item in body["items"] for result in item.values())
        return body

    # What is to be replaced is read once more, whole, and kept before the article is written.
    front.queue("/_mget", *[Edit(lambda body: body)] * len(held), with_other_writer(change, other))
    front.queue("/_bulk", *[Edit(note)] * 2)
    assert list(ours.write([make_document("a", "Ours", version=2)])) == [outcome]
    assert answers[len(held)] == 409
    found = ours.get(article_id("a"))
    assert found is not None
    assert (found.fields["title"], found.fields.get("story_id")) == (title, story)
    ours.refresh()
    assert ours.count() == 1


@pytest.mark.parametrize(
    ("change", "outcome", "held", "look_ups"),
    [
        (lambda _: None, WriteResult.UPDATED, ("Old", "s", False), 0),
        (
            lambda other: other.write([make_document("a", "Newer", version=2)]),
            WriteResult.STALE,
            ("Newer", None, False),
            1,
        ),
        (
            lambda other: other.withdraw([Withdrawal(article_id("a"))]),
            WriteResult.UPDATED,
            ("Old", "s", True),
            1,
        ),
    ],
    ids=["nothing meanwhile", "a newer one meanwhile", "taken back meanwhile"],
)
def test_what_finding_kin_read_is_written_only_while_it_stands(
    front: ElasticStandIn,
    opened: list[ElasticIndex],
    change: Change,
    outcome: WriteResult,
    held: tuple[str, str | None, bool],
    look_ups: int,
) -> None:
    """A batch's documents are read with its kin and not looked up again, unless another writer came in between."""
    ours, other = opened
    other.write([make_document("a", "Old", bands=["x"])])
    (kin,) = ours.find_kin([BandQuery(article_id("a"), ("x",), days_ago(1), NOW)])
    assert [one.article_id for one in kin] == [article_id("a")]
    change(other)
    assert list(ours.write_stories([StoryFields(article_id("a"), 1, "s", None, False, NOW)])) == [outcome]
    assert len(front.requests("/_mget")) == look_ups
    found = ours.get(article_id("a"))
    assert found is not None
    assert (found.fields["title"], found.fields.get("story_id"), bool(found.fields.get("withdrawn"))) == held


def test_an_index_is_refreshed_only_for_what_it_does_not_show(
    front: ElasticStandIn, opened: list[ElasticIndex]
) -> None:
    """Articles without bands are read as they are there, and after a refresh where that is not what was written."""
    ours, other = opened
    asked = [BandQuery(article_id("a"), (), days_ago(1), NOW, version=2)]
    for version, refreshes in ((1, 1), (2, 2), (None, 2)):
        if version is not None:
            other.write([make_document("a", version=version)])
        ours.find_kin(asked)
        assert len(front.requests("/_refresh")) == refreshes
    assert list(ours.write_stories([StoryFields(article_id("a"), 2, "s", None, False, NOW)])) == [WriteResult.UPDATED]
    assert front.requests("/_mget") == []


def test_kin_and_the_article_itself_are_one_request(front: ElasticStandIn, opened: list[ElasticIndex]) -> None:
    """However many are asked for, with bands or without: after a refresh, what is akin and they themselves at once."""
    ours, other = opened
    other.write([make_document(name, bands=["x"]) for name in "abc"])
    asked = [BandQuery(article_id(name), bands, days_ago(1), NOW) for name, bands in (("a", ("x",)), ("b", ()))]
    akin, alone = ours.find_kin(asked)
    assert {kin.article_id for kin in akin} == {article_id(name) for name in "abc"}
    assert [kin.article_id for kin in alone] == [article_id("b")]
    assert len(front.requests("/_msearch")) == len(front.requests("/_refresh")) == 1


def test_an_article_is_found_in_another_month_than_was_said(opened: list[ElasticIndex]) -> None:
    """Story fields reach their article also where the time of its first sight is not the one it is filed under."""
    ours, other = opened
    other.write([make_document("a", fetched=days_ago(70))])
    assert list(ours.write_stories([StoryFields(article_id("a"), 1, "s", None, False, NOW)])) == [WriteResult.UPDATED]
