"""What becomes of the writes offered for one article, given what the index holds: compare and set. Pure.

The higher of (article version, enrichment version, revision of corrections) wins (DELIVERY.md section 3). Several
writes for one article are decided in their order, as if made one after the other, and only the last that counts has to
be written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.index.base import IndexDocument, StoryFields, Versions, Withdrawal, WriteOutcome, WriteResult
from pipeline.index.revisions import is_settled
from schemas.errors import BAD_INPUT, Rejected

_CHANGED = frozenset({WriteResult.CREATED, WriteResult.UPDATED})


@dataclass(frozen=True, slots=True)
class Decision:
    """`write` is the place of what has to be written, None when there is nothing.

    `outcomes` holds one for each offer; those at `depending` places hold only once the write has succeeded.
    """

    write: int | None
    outcomes: tuple[WriteOutcome, ...]
    depending: frozenset[int]


def decide_documents(held: Versions | None, offered: Sequence[IndexDocument]) -> Decision:
    """Return what becomes of new versions. `held` are the versions in the index, None when it has no such article."""
    current, write = held, None
    outcomes: list[WriteResult] = []
    for place, document in enumerate(offered):
        if current is None or document.versions > current:
            outcomes.append(WriteResult.CREATED if current is None else WriteResult.UPDATED)
            current, write = document.versions, place
        else:
            outcomes.append(WriteResult.UNCHANGED if document.versions == current else WriteResult.STALE)
    settled = {place for place, document in enumerate(offered) if held is not None and document.versions <= held}
    return Decision(write, tuple(outcomes), frozenset(range(len(offered))) - settled)


def decide_stories(held: Mapping[str, Any] | None, offered: Sequence[StoryFields]) -> Decision:
    """Return what becomes of story fields. `held` are the article's fields by name, None when there is none."""
    version = None if held is None else held["version"]
    current = None if held is None else (held.get("story_id"), held.get("copy_of"), held.get("is_copy"))
    write = None
    outcomes: list[WriteOutcome] = []
    for place, story in enumerate(offered):
        wanted = (story.story_id, story.copy_of, story.is_copy)
        if version is None or version < story.version:
            detail = f"version {story.version} of article {story.article_id} is not in this index"
            outcomes.append(Rejected(BAD_INPUT, detail))
        elif version > story.version:
            outcomes.append(WriteResult.STALE)
        elif wanted == current:
            outcomes.append(WriteResult.UNCHANGED)
        else:
            outcomes.append(WriteResult.UPDATED)
            current, write = wanted, place
    first_change = next((place for place, each in enumerate(outcomes) if each in _CHANGED), len(offered))
    depending = {
        place for place in range(first_change, len(offered)) if outcomes[place] in {*_CHANGED, WriteResult.UNCHANGED}
    }
    return Decision(write, tuple(outcomes), frozenset(depending))


def decide_withdrawals(held: Mapping[str, Any] | None, offered: Sequence[Withdrawal]) -> Decision:
    """Return what becomes of withdrawals. `held` are the article's fields by name, None when there is none."""
    if held is None:
        unknown = tuple(Rejected(BAD_INPUT, f"article {each.article_id} is not in this index") for each in offered)
        return Decision(None, unknown, frozenset())
    last = offered[-1]
    if is_settled(held, last):
        return Decision(None, (WriteResult.UNCHANGED,) * len(offered), frozenset())
    return Decision(len(offered) - 1, (WriteResult.UPDATED,) * len(offered), frozenset(range(len(offered))))
