"""The `group` step: indexed articles → their place among copies, in the index and as events.

Knows the index only by its protocol; decides with `pipeline.stories.copies`. Messages are taken in order, and an
article sees what was decided for those before it in the same batch.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from pipeline.clock import Clock
from pipeline.delivery.outcome import Blocked, Done, Dropped, Outcome, Refused
from pipeline.index.base import ArticleIndex, Candidate, StoryFields, WriteOutcome, WriteResult
from pipeline.sources.registry import SourceRegistry
from pipeline.stories.copies import WINDOW, Decision, decide
from schemas.codec import decode, encode
from schemas.errors import Rejected, Unavailable
from schemas.events import GroupedEvent, IndexedEvent
from schemas.message import Message, OutgoingMessage
from schemas.topics import GROUPED

STALE: Final = "stale"
"""Counted reason: the index meanwhile holds a newer version, whose own event follows."""


@dataclass(frozen=True, slots=True)
class _Placed:
    """What is to be written for one message: its own fields first, then those of articles it took over."""

    stories: tuple[StoryFields, ...]
    reason: str


class GroupStep:
    """Finds the story and the original of each article. The index is closed with the step."""

    def __init__(self, index: ArticleIndex, clock: Clock, registry: SourceRegistry | None = None) -> None:
        """With a registry, the source that others name as their origin counts as the original."""
        self._index = index
        self._clock = clock
        self._registry = registry

    @property
    def stage(self) -> str:
        """The role's name."""
        return "group"

    async def run(self, batch: Sequence[Message]) -> Sequence[Outcome]:
        """Decide, write the story fields once for the whole batch, and return one outcome each; in a thread.

        Raises:
            Unavailable: the index does not answer at all.
            ConfigurationError: a person has to act on the index.
        """
        return await asyncio.to_thread(self._group, batch)

    async def close(self) -> None:
        """Close the index."""
        await asyncio.to_thread(self._index.close)

    def _group(self, batch: Sequence[Message]) -> list[Outcome]:
        known: dict[str, StoryFields] = {}
        placed: list[_Placed | Rejected] = []
        for message in batch:
            try:
                event = decode(IndexedEvent, message.value)
            except Rejected as error:
                placed.append(error)
                continue
            decision = decide(event, self._candidates(event, known), self._source_of)
            stories = _story_fields(event, decision)
            known.update((story.article_id, story) for story in stories)
            placed.append(_Placed(stories, decision.reason))
        wanted = [story for one in placed if isinstance(one, _Placed) for story in one.stories]
        written = iter(self._index.write_stories(wanted) if wanted else ())
        return [
            Refused(one) if isinstance(one, Rejected) else self._outcome(one, [next(written) for _ in one.stories])
            for one in placed
        ]

    def _candidates(self, event: IndexedEvent, known: dict[str, StoryFields]) -> list[Candidate]:
        bands = event.fingerprint.bands if event.fingerprint else ()
        if not bands:
            return []
        # An old article that is read today meets those of its own days, whenever they were read.
        since = min(event.first_seen_at, event.published_at or event.first_seen_at) - WINDOW
        return [_updated(one, known) for one in self._index.candidates(bands, since, event.article_id)]

    def _source_of(self, domain: str) -> str | None:
        source = self._registry.publisher(domain=domain) if self._registry else None
        return source.id if source else None

    def _outcome(self, placed: _Placed, written: Sequence[WriteOutcome]) -> Outcome:
        blocked = next((one for one in written if isinstance(one, Unavailable)), None)
        if blocked is not None:
            return Blocked(blocked)
        own = written[0]
        if isinstance(own, Rejected):
            return Refused(own)
        if own is WriteResult.STALE:
            return Dropped(STALE)
        return Done(
            tuple(
                self._event(story, placed.reason if position == 0 else "original-found")
                for position, (story, outcome) in enumerate(zip(placed.stories, written, strict=True))
                if isinstance(outcome, WriteResult) and outcome is not WriteResult.STALE
            )
        )

    def _event(self, story: StoryFields, reason: str) -> OutgoingMessage:
        event = GroupedEvent(
            article_id=story.article_id,
            version=story.version,
            story_id=story.story_id,
            copy_of=story.copy_of,
            is_copy=story.is_copy,
            reason=reason,
            grouped_at=self._clock.now(),
        )
        return OutgoingMessage(GROUPED.name, story.article_id.encode(), encode(event))


def _story_fields(event: IndexedEvent, decision: Decision) -> tuple[StoryFields, ...]:
    own = StoryFields(event.article_id, event.version, decision.story_id, decision.copy_of, decision.is_copy)
    taken = (
        StoryFields(one.article_id, one.version, one.story_id, one.copy_of, is_copy=True) for one in decision.revisions
    )
    return (own, *taken)


def _updated(candidate: Candidate, known: dict[str, StoryFields]) -> Candidate:
    """Return the candidate with what this batch decided but did not write yet."""
    story = known.get(candidate.article_id)
    if story is None:
        return candidate
    return replace(candidate, story_id=story.story_id, copy_of=story.copy_of)
