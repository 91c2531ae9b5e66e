"""How two articles belong together, and which of several is the original: pure decisions. Imports only `schemas` types.

Two members → a kind of kinship or None; members with their kinship → original and reason of each. Both are symmetric:
what comes out follows from the articles alone, not from the order in which they arrived. `COPY_JACCARD` is what the
field calls a near-duplicate. The other limits came from reading the recurring notices in near_dup_small, so its score
is one on known data; the copies that a seeded editor makes (`python -m benchmarks stories-long`) were not known:

- A copy shares at least half of its 5-grams (`COPY_JACCARD`), or stands almost whole in a longer article or around a
  shorter one of another source (`COPY_CONTAINMENT`), and lies within `WINDOW`.
- A recurring notice is no copy: hours later (`FRESH`) its figures and names must still agree. From the same source they
  must be unchanged, within a day but for what a correction changes; an editor's cut at another source may drop some, or
  mend one or two (`MENDED_FIGURES`) where hardly anything else is other.
- The same source's longer version of its own report continues it: same story, no copy.
- The original is the one that others name as their origin, else one that names no origin, else the earliest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pipeline.enrich.fingerprint import (
    contained_figures,
    count_other_figures,
    estimate_containment,
    estimate_count,
    estimate_figures,
    estimate_jaccard,
    estimate_names,
)
from pipeline.stories.member import Member

WINDOW: Final = timedelta(days=10)
FRESH: Final = timedelta(hours=18)
CORRECTABLE: Final = timedelta(hours=30)
RERUN: Final = timedelta(hours=60)
COPY_JACCARD: Final = 0.5
VERBATIM_JACCARD: Final = 0.95
COPY_CONTAINMENT: Final = 0.8
CONTAINED_SHINGLES: Final = 30  # a shorter text than that is a quotation or a boilerplate paragraph
OTHER_SOURCE_FIGURES: Final = 0.6
OTHER_SOURCE_NAMES: Final = 0.25
MENDED_JACCARD: Final = 0.7
MENDED_NAMES: Final = 0.8
MENDED_FIGURES: Final = 2
SAME_SOURCE_FIGURES: Final = 0.9
SAME_SOURCE_NAMES: Final = 0.5
CORRECTED_FIGURES: Final = 0.75
CONTINUED: Final = "continued"
_NEARNESS: Final = {"verbatim": 0, "near-copy": 1, "excerpt": 2}

Kin = Mapping[str, Mapping[str, str]]
"""Article id → article id of each of its kin → kind. Symmetric."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an article stands among copies. `reason`: `original`, `alone`, `continued` or `KIND-of-WHY`.

    KIND is `verbatim`, `near-copy` or `excerpt`; WHY the original is it: `named-origin` (others name its publisher),
    `unattributed` (it names no origin, the copy does) or `earliest`.
    """

    copy_of: str | None
    reason: str


def compare(first: Member, second: Member) -> str | None:
    """Return how the two belong together (`verbatim`, `near-copy`, `excerpt`, `continued`), or None if they don't."""
    gap = _gap(first, second)
    if gap > WINDOW:
        return None
    one, other = first.signature, second.signature
    jaccard = estimate_jaccard(one, other)
    same_source = first.source_domain is not None and first.source_domain == second.source_domain
    if jaccard >= COPY_JACCARD:
        if _recurs(one, other, gap, jaccard, same_source=same_source):
            return None
        return "verbatim" if jaccard >= VERBATIM_JACCARD else "near-copy"
    short = not jaccard or min(estimate_count(one), estimate_count(other)) < CONTAINED_SHINGLES
    if short or estimate_containment(one, other) < COPY_CONTAINMENT:
        return None
    if same_source:
        return CONTINUED if gap <= FRESH else None
    return None if _recurs(one, other, gap, jaccard, same_source=False) else "excerpt"


def _recurs(one: Sequence[int], other: Sequence[int], gap: timedelta, jaccard: float, *, same_source: bool) -> bool:
    """Whether two texts alike are two issues of a recurring notice."""
    if gap <= FRESH:
        return False
    names = estimate_names(one, other)
    if not same_source:
        if jaccard >= MENDED_JACCARD and names >= MENDED_NAMES and count_other_figures(one, other) <= MENDED_FIGURES:
            return False
        return contained_figures(one, other) < OTHER_SOURCE_FIGURES or names < OTHER_SOURCE_NAMES
    figures = estimate_figures(one, other)
    if gap <= CORRECTABLE and figures >= CORRECTED_FIGURES:
        return False
    unchanged = figures >= SAME_SOURCE_FIGURES and names >= SAME_SOURCE_NAMES
    return not unchanged or (gap > RERUN and jaccard < VERBATIM_JACCARD)


def _gap(first: Member, second: Member) -> timedelta:
    """Time between the two: by publication if both are known, else by when they were first seen."""
    if first.published_at is not None and second.published_at is not None:
        return abs(first.published_at - second.published_at)
    return abs(first.first_seen_at - second.first_seen_at)


_Rank = tuple[bool, bool, datetime, datetime, str]


def settle(members: Mapping[str, Member], kin: Kin) -> dict[str, Place]:
    """Return the place of each member. Needs all kin of the members; kin that are not members are passed over.

    Each copies one of its own kin that rank before itself: whom others name as origin, else the most alike, else the
    first; and it counts as a copy of what stands at the end of that chain. Being akin to two articles makes those no
    copies of one another.
    """
    named = {key: _is_named(member, kin, members) for key, member in members.items()}
    ranks = {key: _rank(member, named=named[key]) for key, member in members.items()}
    parents: dict[str, str] = {}
    for key in members:
        earlier = [
            (not named[other], _NEARNESS[kind], ranks[other], other)
            for other, kind in kin.get(key, {}).items()
            if kind in _NEARNESS and other in members and ranks[other] < ranks[key]
        ]
        if earlier:
            parents[key] = min(earlier)[-1]
    return {key: _place(key, members, kin, parents, named) for key in members}


def _place(
    key: str, members: Mapping[str, Member], kin: Kin, parents: Mapping[str, str], named: Mapping[str, bool]
) -> Place:
    if key not in parents:
        kinds = [kind for other, kind in kin.get(key, {}).items() if other in members]
        if not kinds:
            return Place(None, "alone")
        return Place(None, CONTINUED if all(kind == CONTINUED for kind in kinds) else "original")
    root = key
    while root in parents:  # ends: each parent ranks before its child
        root = parents[root]
    kind = kin[key][parents[key]]
    if named[root]:
        why = "named-origin"
    elif members[root].origin_id is None and members[key].origin_id is not None:
        why = "unattributed"
    else:
        why = "earliest"
    return Place(root, f"{kind}-of-{why}")


def _is_named(member: Member, kin: Kin, members: Mapping[str, Member]) -> bool:
    """Whether one of its copies names the member's publisher as origin."""
    if member.source_id is None:
        return False
    akin = (members[other] for other, kind in kin.get(member.article_id, {}).items() if other in members)
    return any(other.origin_id == member.source_id and other.source_id != member.source_id for other in akin)


def _rank(member: Member, *, named: bool) -> _Rank:
    """The order in which articles come as originals."""
    foreign = member.origin_id is not None and member.origin_id != member.source_id
    return (not named, foreign, member.dated_at, member.first_seen_at, member.article_id)
