"""An article as grouping knows it, whether it came as an event or was found in the index. Imports only `schemas` types.

The two sources carry the same facts, so that the same decisions follow from them before and after a restart.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pipeline.index.base import Candidate
from pipeline.stories.bands import pack_bands
from schemas.events import IndexedEvent

MAX_ENTITIES: Final = 8
"""The most salient ones, which stand first."""


@dataclass(slots=True)
class Member:
    """One article. `story_id` None: not grouped yet. `reason` says how it came to its place, kebab-case.

    The numbers of `signature`, `terms` and `bands` are packed where many articles are held: tuples would take six times
    as much.
    """

    article_id: str
    version: int
    title: str
    language: str | None
    source_domain: str | None
    source_id: str | None
    origin_id: str | None
    published_at: datetime | None
    first_seen_at: datetime
    signature: Sequence[int]
    terms: Sequence[int]
    bands: Sequence[int] = ()
    entity_ids: tuple[str, ...] = ()
    story_id: str | None = None
    copy_of: str | None = None
    reason: str = ""

    @property
    def is_copy(self) -> bool:
        """Whether the article copies another one."""
        return self.copy_of is not None

    @property
    def dated_at(self) -> datetime:
        """When it was published; when it was first seen, if nobody says when."""
        return self.published_at or self.first_seen_at


def from_event(event: IndexedEvent) -> Member:
    """Return the member of an event; it has no place yet."""
    return Member(
        article_id=event.article_id,
        version=event.version,
        title=event.title,
        language=event.language,
        source_domain=event.source_domain,
        source_id=event.source_id,
        origin_id=event.origin_id,
        published_at=event.published_at,
        first_seen_at=event.first_seen_at,
        signature=_pack(event.fingerprint.signature if event.fingerprint else ()),
        terms=array("q", event.terms),
        bands=pack_bands(event.fingerprint.bands if event.fingerprint else ()),
        entity_ids=event.entity_ids[:MAX_ENTITIES],
    )


def from_candidate(candidate: Candidate) -> Member:
    """Return the member of an article that the index holds, with its place."""
    return Member(
        article_id=candidate.article_id,
        version=candidate.version,
        title=candidate.title,
        language=candidate.language,
        source_domain=candidate.source_domain,
        source_id=candidate.source_id,
        origin_id=candidate.origin_id,
        published_at=candidate.published_at,
        first_seen_at=candidate.first_seen_at,
        signature=_pack(candidate.fingerprint),
        terms=array("q", candidate.terms),
        bands=pack_bands(candidate.bands),
        story_id=candidate.story_id,
        copy_of=candidate.copy_of,
    )


def _pack(signature: Sequence[int]) -> Sequence[int]:
    """Return the signature in four bytes a number; one with wider numbers, which is not ours, compares with nothing."""
    try:
        return array("I", signature)
    except OverflowError:
        return ()
