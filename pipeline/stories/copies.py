"""How two articles belong together, and which of several is the original: pure decisions. Imports only `schemas` types.

Two members → a kind of kinship or None; members with their kinship → original and reason of each. Both are symmetric:
what comes out follows from the articles alone, not from the order in which they arrived. `COPY_JACCARD` is what the
field calls a near-duplicate. The other limits came from reading the recurring notices in near_dup_small, so its score
is one on known data, and those for cuts and tables from copies that a seeded editor made; `python -m benchmarks
stories-long` makes them with a seed that nobody looked at:

- A copy shares at least half of its 5-grams (`COPY_JACCARD`), or stands almost whole in a longer article or around a
  shorter one of another source (`COPY_CONTAINMENT`), and lies within `WINDOW`. A table has few sentences, and is known
  by its figures: with `TABLE_FIGURES` of them, nearly all in the other text, half of its 5-grams are enough.
- A recurring notice is no copy: hours later (`FRESH`) its figures and names must still agree. From the same source they
  must be unchanged, within a day but for what a correction changes; an editor's cut at another source may drop some, or
  mend one or two (`MENDED_FIGURES`) where hardly anything else is other than what was cut off.
- The same source's longer version of its own report continues it: same story, no copy.
- The original is the one that others name as their origin, else one that names no origin, else the earliest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pipeline.enrich.fingerprint import (
    contained_figures,
    contained_names,
    count_figures,
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
TABLE_CONTAINMENT: Final = 0.5
TABLE_FIGURES: Final = 8
TABLE_FIGURES_KEPT: Final = 0.85
OTHER_SOURCE_FIGURES: Final = 0.6
OTHER_SOURCE_NAMES: Final = 0.5
MENDED_JACCARD: Final = 0.7
MENDED_CONTAINMENT: Final = 0.9
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
    one, other = first.signature, second.signature
    same_source = first.source_domain is not None and first.source_domain == second.source_domain
    # Figures are few and rule out most issues of a notice that recurs, so the texts come second.
    least = None if gap > WINDOW else _least_jaccard(one, other, gap, same_source=same_source)
    if least is None:
        return None
    jaccard = estimate_jaccard(one, other)
    if jaccard >= COPY_JACCARD:
        if jaccard < least and (same_source or estimate_containment(one, other) < MENDED_CONTAINMENT):
            return None
        return "verbatim" if jaccard >= VERBATIM_JACCARD else "near-copy"
    if least or not jaccard or (same_source and gap > FRESH):
        return None
    if same_source:
        return CONTINUED if _stands_in(one, other) else None
    return "excerpt" if _stands_in(one, other) or _is_table_in(one, other) else None


def _stands_in(one: Sequence[int], other: Sequence[int]) -> bool:
    """Whether the shorter text stands almost whole in the longer one."""
    if min(estimate_count(one), estimate_count(other)) < CONTAINED_SHINGLES:
        return False
    return estimate_containment(one, other) >= COPY_CONTAINMENT


def _is_table_in(one: Sequence[int], other: Sequence[int]) -> bool:
    """Whether one is a cut of the other's table: half of its 5-grams, and nearly all of its many figures."""
    if count_figures(one, other) < TABLE_FIGURES or contained_figures(one, other) < TABLE_FIGURES_KEPT:
        return False
    return estimate_containment(one, other) >= TABLE_CONTAINMENT


def _least_jaccard(one: Sequence[int], other: Sequence[int], gap: timedelta, *, same_source: bool) -> float | None:
    """Return how alike two texts must be to be no issues of a recurring notice: 0 if their figures and names agree.

    None when they are issues of one however alike they are.
    """
    if gap <= FRESH:
        return 0.0
    if not same_source:
        if contained_figures(one, other) >= OTHER_SOURCE_FIGURES and contained_names(one, other) >= OTHER_SOURCE_NAMES:
            return 0.0
        mended = count_other_figures(one, other) <= MENDED_FIGURES and contained_names(one, other) >= MENDED_NAMES
        return MENDED_JACCARD if mended else None
    figures = estimate_figures(one, other)
    if gap <= CORRECTABLE and figures >= CORRECTED_FIGURES:
        return 0.0
    if figures < SAME_SOURCE_FIGURES or estimate_names(one, other) < SAME_SOURCE_NAMES:
        return None
    return VERBATIM_JACCARD if gap > RERUN else 0.0


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
    kin = {key: _among(members, kin.get(key, {})) for key in members}
    named = {key: _is_named(member, kin, members) for key, member in members.items()}
    ranks = {key: _rank(member, named=named[key]) for key, member in members.items()}
    parents: dict[str, str] = {}
    for key in members:
        earlier = [
            (not named[other], _NEARNESS[kind], ranks[other], other)
            for other, kind in kin[key].items()
            if kind in _NEARNESS and ranks[other] < ranks[key]
        ]
        if earlier:
            parents[key] = min(earlier)[-1]
    return {key: _place(key, members, kin, parents, named) for key in members}


def _among(members: Mapping[str, Member], akin: Mapping[str, str]) -> Mapping[str, str]:
    """Return the kin that are members. The shorter side is walked: in a family of thousands each is akin to most."""
    if len(akin) > len(members):
        return {other: akin[other] for other in members if other in akin}
    return {other: kind for other, kind in akin.items() if other in members}


def _place(
    key: str, members: Mapping[str, Member], kin: Kin, parents: Mapping[str, str], named: Mapping[str, bool]
) -> Place:
    if key not in parents:
        kinds = kin[key].values()
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
