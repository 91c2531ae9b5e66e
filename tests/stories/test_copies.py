"""Who copied whom: the pure decision."""

import itertools
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.enrich.fingerprint import fingerprint
from pipeline.index.base import Candidate
from pipeline.stories.copies import Decision, decide
from schemas.events import IndexedEvent

MONDAY = datetime(2026, 2, 2, 8, tzinfo=UTC)
STORY = " ".join(f"word{number}" for number in range(120))
NOTICE = "The bank added {} billion dollars to the market on {} to keep the rate at {} pct, a spokesman said at noon."
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Article:
    """An article of the tests; ids are made from one letter."""

    letter: str
    text: str = STORY
    published: datetime | None = MONDAY
    seen: datetime = MONDAY
    domain: str | None = "harbour-post.example"
    source: str | None = None
    origin: str | None = None

    @property
    def id(self) -> str:
        """The article id."""
        return self.letter * 32

    def event(self) -> IndexedEvent:
        """The article as the index role announces it."""
        return IndexedEvent(
            article_id=self.id, version=1, enrichment_version=1, indexed_at=self.seen, first_seen_at=self.seen,
            published_at=self.published, source_domain=self.domain, source_id=self.source, origin_id=self.origin,
            fingerprint=fingerprint(self.text),
        )  # fmt: skip

    def candidate(self, story: str | None = None, copy_of: str | None = None) -> Candidate:
        """The article as the index returns it, in its own story unless told otherwise."""
        made = fingerprint(self.text)
        return Candidate(
            self.id, 1, story or self.id, copy_of, self.seen, self.published, self.domain, self.origin,
            made.signature if made else (), "",
        )  # fmt: skip


def _run(articles: list[Article], domains: dict[str, str] | None = None) -> dict[str, tuple[str, str | None, bool]]:
    """Group the articles one after the other as the step does; return story, original and whether it is a copy."""
    known: dict[str, Candidate] = {}
    placed: dict[str, tuple[str, str | None, bool]] = {}
    for article in articles:
        others = [candidate for key, candidate in known.items() if key != article.id]
        decision = decide(article.event(), others, (domains or {}).get)
        known[article.id] = article.candidate(decision.story_id, decision.copy_of)
        placed[article.id] = (decision.story_id, decision.copy_of, decision.is_copy)
        for one in decision.revisions:
            known[one.article_id] = replace(known[one.article_id], copy_of=one.copy_of)
            placed[one.article_id] = (one.story_id, one.copy_of, True)
    return placed


def test_alone() -> None:
    """An article that is like no other is a story of its own."""
    assert decide(Article("a").event(), []) == Decision("a" * 32, None, is_copy=False, reason="alone")


def test_verbatim_copy_elsewhere() -> None:
    """The same text later at another outlet is a copy of the first, in its story."""
    first = Article("a")
    decision = decide(Article("b", published=MONDAY + HOUR, domain="other.example").event(), [first.candidate()])
    assert decision == Decision(first.id, first.id, is_copy=True, reason="verbatim")


def test_edited_copy() -> None:
    """A copy with another ending is a near copy."""
    edited = Article("b", STORY + " " + " ".join(f"more{number}" for number in range(30)), MONDAY + HOUR)
    assert decide(edited.event(), [Article("a").candidate()]).reason == "near-copy"


def test_other_text_is_no_copy() -> None:
    """A shared band alone does not make a copy."""
    other = Article("b", " ".join(f"other{number}" for number in range(120)))
    assert decide(other.event(), [Article("a").candidate()]).reason == "alone"


def test_ungrouped_candidates_wait_for_their_turn() -> None:
    """What is indexed but not grouped yet is not considered, so that the result follows from the order alone."""
    waiting = replace(Article("a").candidate(), story_id=None)
    assert decide(Article("b").event(), [waiting]).reason == "alone"


def test_itself_is_no_candidate() -> None:
    """An article is never a copy of itself."""
    assert decide(Article("a").event(), [Article("a").candidate()]).reason == "alone"


@pytest.mark.parametrize("days", [0.0, 9.0])
def test_copy_within_the_window(days: float) -> None:
    """Another outlet's reprint days later is a copy."""
    reprint = Article("b", published=MONDAY + timedelta(days=days), domain="other.example")
    assert decide(reprint.event(), [Article("a").candidate()]).is_copy


def test_window_is_measured_by_publication_first() -> None:
    """Old articles that are read today are compared by when they were published."""
    late = Article("b", published=MONDAY + 11 * DAY, domain="other.example")
    assert not decide(late.event(), [Article("a").candidate()]).is_copy
    read_later = Article("b", seen=MONDAY + 40 * DAY, domain="other.example")
    assert decide(read_later.event(), [Article("a").candidate()]).is_copy
    undated = Article("b", published=None, seen=MONDAY + 40 * DAY, domain="other.example")
    assert not decide(undated.event(), [Article("a").candidate()]).is_copy


def test_recurring_notice_of_one_source_stays_apart() -> None:
    """The same sentences with tomorrow's figures are another notice; a correction an hour later is a copy."""
    today = Article("a", NOTICE.format(15, "Monday", 6)).candidate()
    tomorrow = Article("b", NOTICE.format(15, "Tuesday", 6), MONDAY + DAY)
    assert decide(tomorrow.event(), [today]).reason == "alone"
    corrected = Article("b", NOTICE.format(15, "Tuesday", 6), MONDAY + HOUR)
    assert decide(corrected.event(), [today]).is_copy


def test_recurring_notice_at_other_outlets_stays_apart() -> None:
    """Two outlets that print the wire's notice on different days do not copy each other; other figures tell."""
    today = Article("a", NOTICE.format(15, "Monday", 6)).candidate()
    elsewhere = Article("b", NOTICE.format(27, "Tuesday", 8), MONDAY + DAY, domain="other.example")
    assert decide(elsewhere.event(), [today]).reason == "alone"


def test_weekend_rerun_is_a_copy() -> None:
    """A source that prints the same text again two days later copies itself; four days later only word by word."""
    again = Article("b", STORY, MONDAY + 2 * DAY)
    assert decide(again.event(), [Article("a").candidate()]).is_copy
    later = Article("b", STORY + " " + " ".join(f"more{number}" for number in range(30)), MONDAY + 4 * DAY)
    assert decide(later.event(), [Article("a").candidate()]).reason == "alone"
    assert decide(Article("b", STORY, MONDAY + 4 * DAY).event(), [Article("a").candidate()]).is_copy


def test_excerpt_elsewhere_is_a_copy_and_a_longer_version_is_not() -> None:
    """Another outlet's excerpt copies; the source's own longer report continues the story."""
    long = STORY + " " + " ".join(f"more{number}" for number in range(400))
    excerpt = Article("b", STORY, MONDAY + HOUR, domain="other.example")
    assert decide(excerpt.event(), [Article("a", long).candidate()]).reason == "excerpt"
    longer = Article("b", long, MONDAY + HOUR)
    first = Article("a")
    assert decide(longer.event(), [first.candidate()]) == Decision(first.id, None, is_copy=False, reason="continued")
    day_later = Article("b", long, MONDAY + DAY)
    assert decide(day_later.event(), [first.candidate()]).reason == "alone"


TRIO = [
    Article("c", domain="one.example", origin="maker"),
    Article("b", published=MONDAY + HOUR, domain="two.example", origin="maker"),
    Article("a", published=MONDAY + 2 * HOUR, domain="maker.example", source="maker"),
]


@pytest.mark.parametrize("order", list(itertools.permutations(TRIO)))
def test_named_maker_is_the_original_in_any_order(order: tuple[Article, ...]) -> None:
    """Whoever arrives when, and though it is dated last: the source that the others name made it."""
    placed = _run(list(order), {"maker.example": "maker"})
    assert {key: value[1] for key, value in placed.items()} == {"a" * 32: None, "b" * 32: "a" * 32, "c" * 32: "a" * 32}
    assert len({story for story, _, _ in placed.values()}) == 1


@pytest.mark.parametrize("order", list(itertools.permutations([replace(article, origin=None) for article in TRIO])))
def test_earliest_is_the_original_in_any_order(order: tuple[Article, ...]) -> None:
    """Without any name the earliest publication decides, whatever the order of arrival."""
    placed = _run(list(order))
    assert {key: value[1] for key, value in placed.items()} == {"c" * 32: None, "b" * 32: "c" * 32, "a" * 32: "c" * 32}


@pytest.mark.parametrize("order", list(itertools.permutations(TRIO)))
def test_grouping_again_changes_nothing(order: tuple[Article, ...]) -> None:
    """A replay of all events over the grouped index ends where it began."""
    domains = {"maker.example": "maker"}
    once = _run(list(order), domains)
    known = {article.id: article.candidate(*once[article.id][:2]) for article in order}
    for article in order:
        decision = decide(article.event(), [one for key, one in known.items() if key != article.id], domains.get)
        assert (decision.story_id, decision.copy_of, decision.is_copy) == once[article.id]
        assert decision.revisions == ()


def test_original_is_found_through_a_copy() -> None:
    """A copy of a copy points to the original that the nearer one names."""
    middle = Article("b", published=MONDAY + HOUR).candidate("a" * 32, "a" * 32)
    decision = decide(Article("c", published=MONDAY + 2 * HOUR, domain="other.example").event(), [middle])
    assert (decision.story_id, decision.copy_of) == ("a" * 32, "a" * 32)


def test_late_original_leaves_copies_of_strangers_alone() -> None:
    """Only originals that it met, and their copies, are taken over."""
    stranger = Article("b", published=MONDAY + HOUR).candidate("e" * 32, "e" * 32)
    decision = decide(Article("a").event(), [stranger])
    assert decision == Decision("e" * 32, None, is_copy=False, reason="original")


def test_article_without_fingerprint_is_alone() -> None:
    """Too short a text is compared with nothing."""
    assert decide(Article("b", "Too short.").event(), [Article("a").candidate()]).reason == "alone"
