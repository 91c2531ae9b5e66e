"""The `group` step: indexed articles → their stories and originals, in the index and as events.

Knows the index only by its protocol; decides with `pipeline.stories.grouping`. For a batch: one request for its
articles and for what may be akin to them and is not held for certain, one for those found that way, decisions in the
order of the messages, one write of the articles' story fields, one of the stories. What it holds in memory is rebuilt
from the index when it starts, when a write failed, and when other messages come than the next ones, because another
process had the topic for a while.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import structlog

from pipeline.clock import Clock
from pipeline.delivery.outcome import Blocked, Done, Dropped, Outcome, Refused
from pipeline.index.base import ArticleIndex, BandQuery, Kin, StoryFields, WriteOutcome, WriteResult
from pipeline.metrics import CONFLICTS, Metric
from pipeline.monitoring.source_counts import Fields
from pipeline.monitoring.source_rhythm import expect_sources
from pipeline.sources.registry import SourceRegistry
from pipeline.stories.copies import WINDOW
from pipeline.stories.grouping import CAPACITY, Change, Grouping
from pipeline.stories.member import Member, from_candidate, from_event
from pipeline.stories.records import StoryRecords
from schemas.codec import decode, encode
from schemas.errors import Rejected, Unavailable
from schemas.events import GroupedEvent, IndexedEvent
from schemas.message import Message, OutgoingMessage
from schemas.topics import GROUPED

log = structlog.get_logger(__name__)

STALE: Final = "stale"
"""Counted reason: the index meanwhile holds a newer version, whose own event follows."""


@dataclass(frozen=True, slots=True)
class _Placed:
    """What is to be written for one message: its own fields first, then those of articles whose place it changed."""

    stories: tuple[StoryFields, ...]
    reasons: tuple[str, ...]


class GroupStep:
    """Finds the story and the original of each article. The index is closed with the step."""

    def __init__(
        self, index: ArticleIndex, clock: Clock, registry: SourceRegistry | None = None, *, capacity: int = CAPACITY
    ) -> None:
        """With a registry, sources that the index knows only by domain are told apart as well."""
        self._index = index
        self._clock = clock
        self._registry = registry
        self._capacity = capacity
        self._grouping: Grouping | None = None
        self._records = StoryRecords(index, clock)
        self._next_offsets: dict[tuple[str, int], int] = {}

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

    def totals(self) -> Mapping[Metric, int]:
        """Return how many articles' story fields were decided again."""
        return {CONFLICTS: self._index.conflicts.stories}

    def take_sources(self, interval_s: float) -> Sequence[Fields]:
        """Return what each publisher is expected to bring, see `CountsSources`; said here as there is one grouper."""
        return expect_sources(self._index, self._clock.now(), interval_s) if self._grouping is not None else ()

    async def close(self) -> None:
        """Close the index."""
        await asyncio.to_thread(self._index.close)

    def _group(self, batch: Sequence[Message]) -> list[Outcome]:
        decoded = [_decoded(message) for message in batch]
        events = [event for event in decoded if isinstance(event, IndexedEvent)]
        try:
            grouping = self._caught_up(batch)
            queries = self._queries(grouping, events)
            found = self._index.find_kin(queries) if queries else ()
            others = self._read_others(grouping, events, found)
            answers = iter(zip(queries, found, strict=True))
            placed = [
                self._place(grouping, one, *next(answers), others) if isinstance(one, IndexedEvent) else Refused(one)
                for one in decoded
            ]
            wanted = [story for one in placed if isinstance(one, _Placed) for story in one.stories]
            written = list(self._index.write_stories(wanted)) if wanted else []
            self._records.write(grouping, wanted)
        except BaseException:
            self._grouping = None  # holds what was not written: the index says how it is
            raise
        self._forget(grouping, wanted, written)
        outcomes = iter(written)
        return [
            self._outcome(one, [next(outcomes) for _ in one.stories]) if isinstance(one, _Placed) else one
            for one in placed
        ]

    def _forget(self, grouping: Grouping, wanted: Sequence[StoryFields], written: Sequence[WriteOutcome]) -> None:
        """Hold nothing that the index does not: all is read anew when something was not written."""
        if any(isinstance(one, Unavailable | Rejected) for one in written):
            self._grouping = None
        for story, outcome in zip(wanted, written, strict=True):
            if outcome is WriteResult.STALE:
                grouping.forget(story.article_id)

    def _caught_up(self, batch: Sequence[Message]) -> Grouping:
        """Return what is held, read anew when other messages come than the next ones, and note the batch's end."""
        for message in batch:
            place = (message.topic, message.partition)
            if self._next_offsets.get(place, message.offset) != message.offset:
                self._grouping = None
            self._next_offsets[place] = message.offset + 1
        if self._grouping is None:
            self._records.forget()
            recent = self._index.recent_members(self._capacity)
            self._grouping = Grouping(self._capacity)
            self._grouping.catch_up([self._known_source(from_candidate(one)) for one in recent])
            log.debug("group.caught-up", articles=len(recent))
        return self._grouping

    def _queries(self, grouping: Grouping, events: Sequence[IndexedEvent]) -> list[BandQuery]:
        """Return what the index is asked for each: only for the article itself where all its kin are held.

        After a silence another grouper may have written, see `StoryRecords`, and the index is asked for all.
        """
        queries = [_query(event) for event in events]
        if not self._records.is_trusted:
            return queries
        return [replace(query, bands=()) if grouping.holds_all(query.since) else query for query in queries]

    def _read_others(
        self, grouping: Grouping, events: Sequence[IndexedEvent], found: Sequence[Sequence[Kin]]
    ) -> dict[str, Member]:
        """Return from the index the grouped kin that are held no more: older ones, or those before a start."""
        own = {event.article_id for event in events}
        grouped = dict.fromkeys(one.article_id for kin in found for one in kin if one.story_id is not None)
        missing = [one for one in grouped if one not in own and grouping.get(one) is None]
        read = self._index.members(missing) if missing else ()
        return {one.article_id: self._known_source(from_candidate(one)) for one in read}

    def _place(
        self,
        grouping: Grouping,
        event: IndexedEvent,
        query: BandQuery,
        found: Sequence[Kin],
        others: Mapping[str, Member],
    ) -> _Placed | Dropped:
        arriving = self._known_source(from_event(event))
        candidates: list[Member] = []
        if not query.bands and grouping.holds_all(query.since):
            candidates = grouping.find_kin(arriving, query.since)
        elif not query.bands and arriving.bands:  # some that were held had to leave for others of this batch
            (found,) = self._index.find_kin([_query(event)])
            others = self._read_others(grouping, [event], [found])
        for one in found:
            if one.article_id == event.article_id:
                if one.version > event.version:
                    return Dropped(STALE)
                arriving.story_id = one.story_id
            elif (member := grouping.get(one.article_id) or others.get(one.article_id)) is not None:
                candidates.append(member)
        return _placed(grouping.add(arriving, candidates))

    def _known_source(self, member: Member) -> Member:
        if member.source_id is None and self._registry and member.source_domain:
            source = self._registry.publisher(domain=member.source_domain)
            member.source_id = source.id if source else None
        return member

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
                self._event(story, reason)
                for story, reason, outcome in zip(placed.stories, placed.reasons, written, strict=True)
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


def _decoded(message: Message) -> IndexedEvent | Rejected:
    try:
        return decode(IndexedEvent, message.value)
    except Rejected as error:
        return error


def _query(event: IndexedEvent) -> BandQuery:
    # An old article that is read today meets those of its own days, whenever they were read.
    since = min(event.first_seen_at, event.published_at or event.first_seen_at) - WINDOW
    bands = event.fingerprint.bands if event.fingerprint else ()
    return BandQuery(event.article_id, bands, since, event.first_seen_at, event.word_count, event.version)


def _placed(changes: Sequence[Change]) -> _Placed:
    stories = tuple(
        StoryFields(
            one.member.article_id,
            one.member.version,
            one.member.story_id or one.member.article_id,
            one.member.copy_of,
            is_copy=one.member.is_copy,
            first_seen_at=one.member.first_seen_at,
        )
        for one in changes
    )
    return _Placed(stories, tuple(one.reason for one in changes))
