"""Deciding on several writes for one article gives what making them one after the other would."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.index.base import StoryFields, Versions, WriteResult
from pipeline.index.elastic_decide import decide_documents, decide_stories
from schemas.errors import Rejected
from tests.index.making import make_document

CREATED, UPDATED, UNCHANGED, STALE = WriteResult.CREATED, WriteResult.UPDATED, WriteResult.UNCHANGED, WriteResult.STALE
DOCUMENT = make_document("a")
VERSIONS = st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(0, 2))


def one_after_the_other(held: Versions | None, offered: list[Versions]) -> tuple[list[WriteResult], Versions | None]:
    """Return the outcomes of single writes, and what is held in the end."""
    outcomes = []
    for pair in offered:
        if held is None or pair > held:
            outcomes.append(CREATED if held is None else UPDATED)
            held = pair
        else:
            outcomes.append(UNCHANGED if pair == held else STALE)
    return outcomes, held


@given(held=st.none() | VERSIONS, offered=st.lists(VERSIONS, min_size=1, max_size=8))
def test_documents_as_one_after_the_other(held: Versions | None, offered: list[Versions]) -> None:
    """Outcomes and the version that is left are those of single writes; what was settled before depends on no write."""
    documents = [
        replace(
            DOCUMENT,
            version=version,
            enrichment_version=enrichment,
            fields={**DOCUMENT.fields, "correction_revision": revision},
        )
        for version, enrichment, revision in offered
    ]
    decision = decide_documents(held, documents)
    outcomes, left = one_after_the_other(held, offered)
    assert list(decision.outcomes) == outcomes
    assert (held if decision.write is None else offered[decision.write]) == left
    settled = {place for place, pair in enumerate(offered) if held is not None and pair <= held}
    assert decision.depending == set(range(len(offered))) - settled


def story(version: int, name: str = "s1", copy_of: str | None = None) -> StoryFields:
    """Return story fields for the article."""
    return StoryFields("a", version, name, copy_of, copy_of is not None)


HELD = {"version": 2, "story_id": "s1", "is_copy": False}


@pytest.mark.parametrize(
    ("offered", "outcomes", "write", "depending"),
    [
        ([story(2)], [UNCHANGED], None, set()),
        ([story(1, "s2")], [STALE], None, set()),
        ([story(2, "s2")], [UPDATED], 0, {0}),
        ([story(2, copy_of="b")], [UPDATED], 0, {0}),
        ([story(2), story(1, "s9"), story(2, "s2"), story(2, "s2")], [UNCHANGED, STALE, UPDATED, UNCHANGED], 2, {2, 3}),
        ([story(2, "s2"), story(2, "s3")], [UPDATED, UPDATED], 1, {0, 1}),
    ],
)
def test_stories(
    offered: list[StoryFields], outcomes: list[WriteResult], write: int | None, depending: set[int]
) -> None:
    """Story fields are compared with what is held and with those before them in the batch."""
    decision = decide_stories(HELD, offered)
    assert list(decision.outcomes) == outcomes
    assert (decision.write, set(decision.depending)) == (write, depending)


@pytest.mark.parametrize("held", [None, HELD])
def test_stories_of_an_unknown_version_are_rejected(held: dict[str, object] | None) -> None:
    """Nobody can have looked at a version that the index never had."""
    decision = decide_stories(held, [story(3)])
    assert isinstance(decision.outcomes[0], Rejected)
    assert decision.write is None
