"""Whether an article is a copy of one that is known: a pure decision. Imports only `schemas` types and the estimates.

Article and candidates → `Decision`. The rules, with the measurements of near_dup_small behind their thresholds:

- A copy shares at least half of its 5-grams (`COPY_JACCARD`), or, at another source, stands almost whole in a longer
  article or around a shorter one (`COPY_CONTAINMENT`), and lies within `WINDOW`.
- A recurring notice is no copy: hours later (`FRESH`) the figures must still agree; from the same source they must be
  unchanged, and after a weekend (`RERUN`) the text too. Editors run a story again over the weekend; market reports keep
  their sentences and change their numbers.
- The same source's longer version of its own report continues it: same story, no copy.
- The original is the one that the others name as their origin, else one that names no origin, else the earliest.

Only candidates that were grouped before are considered, so the result follows from the order of the events alone, not
from how far ahead the index is; a late original takes over the copies that it meets.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pipeline.enrich.fingerprint import estimate_containment, estimate_count, estimate_figures, estimate_jaccard
from pipeline.index.base import Candidate
from schemas.events import IndexedEvent

WINDOW: Final = timedelta(days=10)
FRESH: Final = timedelta(hours=18)
RERUN: Final = timedelta(hours=60)
COPY_JACCARD: Final = 0.5
VERBATIM_JACCARD: Final = 0.95
COPY_CONTAINMENT: Final = 0.8
CONTAINED_SHINGLES: Final = 40  # a shorter text than that is a quotation or a boilerplate paragraph
OTHER_SOURCE_FIGURES: Final = 0.4
SAME_SOURCE_FIGURES: Final = 0.9


SourceOf = Callable[[str], str | None]
"""Registered domain → registry id of the source there."""


@dataclass(frozen=True, slots=True)
class Revision:
    """A known article that turned out to be a copy of the one at hand. It keeps its story."""

    article_id: str
    version: int
    story_id: str
    copy_of: str


@dataclass(frozen=True, slots=True)
class Decision:
    """Where an article belongs. `reason` is kebab-case; `revisions` are known articles whose place changed.

    Reasons: `alone`, `original`, `verbatim`, `near-copy`, `excerpt` (the last three are copies), `continued`.
    """

    story_id: str
    copy_of: str | None
    is_copy: bool
    reason: str
    revisions: tuple[Revision, ...] = ()


@dataclass(frozen=True, slots=True)
class _Kin:
    candidate: Candidate
    story_id: str
    reason: str


def decide(article: IndexedEvent, candidates: Sequence[Candidate], source_of: SourceOf | None = None) -> Decision:
    """Return the story and original of an article. The order of candidates does not matter; repeating changes nothing.

    Args:
        article: needs `fingerprint`, times, `source_domain`, `source_id`, `origin_id`.
        candidates: articles that share a fingerprint band; those without a story yet are ignored.
        source_of: tells who publishes at a candidate's domain; without it, being named as origin does not count.
    """
    kin = [
        _Kin(candidate, candidate.story_id, reason)
        for candidate in candidates
        if candidate.story_id is not None
        and candidate.article_id != article.article_id
        and (reason := compare(article, candidate)) is not None
    ]
    if not kin:
        return Decision(article.article_id, None, is_copy=False, reason="alone")
    ranks = _Ranks(article, kin, source_of)
    copies = sorted((one for one in kin if one.reason != "continued"), key=lambda one: ranks.of(one.candidate))
    if not copies:
        first = min(kin, key=lambda one: ranks.of(one.candidate))
        return Decision(first.story_id, None, is_copy=False, reason="continued")
    best = copies[0]
    if ranks.own < ranks.of(best.candidate):
        revisions = tuple(_revise(article, copies))
        return Decision(best.story_id, None, is_copy=False, reason="original", revisions=revisions)
    original = best.candidate.copy_of
    if original is None or original == article.article_id:
        original = best.candidate.article_id
    return Decision(best.story_id, original, is_copy=True, reason=best.reason)


def _revise(article: IndexedEvent, copies: Sequence[_Kin]) -> Iterator[Revision]:
    """Yield what the new original takes over: originals until now, and copies of those, but not of articles unmet."""
    met = {one.candidate.article_id for one in copies}
    for one in copies:
        if one.candidate.copy_of is None or one.candidate.copy_of in met:
            yield Revision(one.candidate.article_id, one.candidate.version, one.story_id, article.article_id)


def compare(article: IndexedEvent, candidate: Candidate) -> str | None:
    """Return how the two belong together (`verbatim`, `near-copy`, `excerpt`, `continued`), or None if they don't."""
    signature = article.fingerprint.signature if article.fingerprint else ()
    gap = _gap(article, candidate)
    if gap > WINDOW:
        return None
    jaccard = estimate_jaccard(signature, candidate.fingerprint)
    same_source = article.source_domain is not None and article.source_domain == candidate.source_domain
    if jaccard >= COPY_JACCARD:
        figures = estimate_figures(signature, candidate.fingerprint)
        if _recurs(gap, jaccard, figures, same_source=same_source):
            return None
        return "verbatim" if jaccard >= VERBATIM_JACCARD else "near-copy"
    shorter = min(estimate_count(signature), estimate_count(candidate.fingerprint)) if jaccard else 0.0
    if shorter < CONTAINED_SHINGLES or estimate_containment(signature, candidate.fingerprint) < COPY_CONTAINMENT:
        return None
    if same_source:
        return "continued" if gap <= FRESH else None
    return "excerpt"


def _recurs(gap: timedelta, jaccard: float, figures: float, *, same_source: bool) -> bool:
    """Whether two texts alike are two issues of a recurring notice."""
    if gap <= FRESH:
        return False
    if not same_source:
        return figures < OTHER_SOURCE_FIGURES
    return figures < SAME_SOURCE_FIGURES or (gap > RERUN and jaccard < VERBATIM_JACCARD)


def _gap(article: IndexedEvent, candidate: Candidate) -> timedelta:
    """Time between the two: by publication if both are known, else by when they were first seen."""
    if article.published_at is not None and candidate.published_at is not None:
        return abs(article.published_at - candidate.published_at)
    return abs(article.first_seen_at - candidate.first_seen_at)


_Rank = tuple[bool, bool, datetime, datetime, str]


class _Ranks:
    """The order in which articles come as originals: named by another as origin; not naming one; earliest; by id."""

    def __init__(self, article: IndexedEvent, kin: Sequence[_Kin], source_of: SourceOf | None) -> None:
        self._source_of = source_of
        self._named = {article.origin_id, *(one.candidate.origin_id for one in kin)} - {None}
        self.own = self._rank(article)

    def of(self, candidate: Candidate) -> _Rank:
        return self._rank(candidate)

    def _rank(self, one: Candidate | IndexedEvent) -> _Rank:
        source = self._source_of(one.source_domain) if self._source_of and one.source_domain else None
        named = source is not None and source in self._named
        return (
            not named,
            one.origin_id is not None,
            one.published_at or one.first_seen_at,
            one.first_seen_at,
            one.article_id,
        )
