"""Who copied whom: the pure decision."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.enrich.fingerprint import fingerprint
from pipeline.stories.copies import CONTINUED, compare
from pipeline.stories.grouping import Grouping
from pipeline.stories.member import Member

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

    def member(self) -> Member:
        """The article as grouping gets it."""
        made = fingerprint(self.text)
        return Member(
            article_id=self.id, version=1, title="", language="en", source_domain=self.domain, source_id=self.source,
            origin_id=self.origin, published_at=self.published, first_seen_at=self.seen,
            signature=made.signature if made else (), terms=(),
        )  # fmt: skip


def _kind(first: Article, second: Article) -> str | None:
    kind = compare(first.member(), second.member())
    assert kind == compare(second.member(), first.member())
    return kind


def _group(articles: Sequence[Article]) -> tuple[Grouping, dict[str, tuple[str | None, str | None]]]:
    """Group the articles one after the other; return story and original of each by its letter."""
    grouping = Grouping()
    held: list[Member] = []
    for article in articles:
        held = [found for one in articles if (found := grouping.get(one.id)) is not None and one is not article]
        grouping.add(article.member(), held)
    return grouping, _places(grouping, articles)


def _places(grouping: Grouping, articles: Sequence[Article]) -> dict[str, tuple[str | None, str | None]]:
    members = {article.letter: grouping.get(article.id) for article in articles}
    return {letter: (one.story_id, one.copy_of) for letter, one in members.items() if one is not None}


MORE = " ".join(f"more{number}" for number in range(30))
LONG = STORY + " " + " ".join(f"more{number}" for number in range(400))


@pytest.mark.parametrize(
    ("text", "kind"),
    [(STORY, "verbatim"), (f"{STORY} {MORE}", "near-copy"), (LONG, "excerpt"), (" ".join(["else"] * 120), None)],
)
def test_copies_at_another_outlet(text: str, kind: str | None) -> None:
    """Word by word, edited, or whole inside a longer article: copies, whichever came first; another text is none."""
    assert _kind(Article("a"), Article("b", text, MONDAY + HOUR, domain="other.example")) == kind


@pytest.mark.parametrize(("days", "kind"), [(0.0, "verbatim"), (9.0, "verbatim"), (11.0, None)])
def test_copy_within_the_window(days: float, kind: str | None) -> None:
    """Another outlet's reprint days later is a copy; weeks later it is not looked for."""
    reprint = Article("b", published=MONDAY + timedelta(days=days), domain="other.example")
    assert _kind(Article("a"), reprint) == kind


def test_window_is_measured_by_publication_first() -> None:
    """Old articles that are read today are compared by when they were published."""
    read_later = Article("b", seen=MONDAY + 40 * DAY, domain="other.example")
    assert _kind(Article("a"), read_later) == "verbatim"
    assert _kind(Article("a"), replace(read_later, published=None)) is None


def test_recurring_notice_of_one_source_stays_apart() -> None:
    """The same sentences with tomorrow's figures are another notice; a correction an hour later is a copy."""
    today = Article("a", NOTICE.format(15, "Monday", 6))
    assert _kind(today, Article("b", NOTICE.format(15, "Tuesday", 6), MONDAY + DAY)) is None
    assert _kind(today, Article("b", NOTICE.format(15, "Tuesday", 6), MONDAY + HOUR)) == "near-copy"


def test_recurring_notice_at_other_outlets_stays_apart() -> None:
    """Two outlets that print the wire's notice on different days do not copy each other; other figures tell."""
    elsewhere = Article("b", NOTICE.format(27, "Tuesday", 8), MONDAY + DAY, domain="other.example")
    assert _kind(Article("a", NOTICE.format(15, "Monday", 6)), elsewhere) is None


def test_a_figure_mended_by_another_outlet_leaves_a_copy() -> None:
    """Days later at another outlet, a long text with one other figure is a copy; with four other ones another."""
    plain = " ".join(f"{first}{vowel}{last}" for first in "bdfgk" for vowel in "aeiou" for last in "lmnrst")
    text = f"12 ships and 40 boats sailed with 300 people and 7 dogs {plain}"
    copy = Article("b", text.replace("12", "14"), MONDAY + 4 * DAY, domain="other.example")
    assert _kind(Article("a", text), copy) is not None
    other = replace(copy, text=copy.text.replace("40", "41").replace("300", "301").replace("7 dogs", "9 dogs"))
    assert _kind(Article("a", text), other) is None


def test_cut_and_mended_text_at_another_outlet_is_a_copy() -> None:
    """Days later half of a report with its one figure mended is a copy: all else stands in the whole."""
    words = [f"{first}{vowel}{last}" for first in "bdfgk" for vowel in "aeiou" for last in "lmnrst"]
    whole = f"12 ships sailed {' '.join(words)}"
    cut = Article("b", f"14 ships sailed {' '.join(words[:90])}", MONDAY + 4 * DAY, domain="other.example")
    assert _kind(Article("a", whole), cut) == "near-copy"
    assert _kind(Article("a", whole), replace(cut, domain="harbour-post.example")) is None


def test_cut_names_leave_a_copy() -> None:
    """An outlet that cuts off all the names days later still prints a copy, and so does one that keeps half of them."""
    text = f"{STORY} said Aldous of Bremen and Castor of Dover"
    for rest in (STORY, f"{STORY} said Aldous of Bremen"):
        assert _kind(Article("a", text), Article("b", rest, MONDAY + 2 * DAY, domain="other.example")) is not None
    elsewhere = Article("b", f"{STORY} said Emil of Fife", MONDAY + 2 * DAY, domain="other.example")
    assert _kind(Article("a", text), elsewhere) is None


TABLE = "shr {} cts vs {} net {} vs {} revs {} vs {} year shr {} vs {} net {} vs {} avg shrs {} vs {}"


def test_cut_of_a_table_is_known_by_its_figures() -> None:
    """The lines of a table in another order share half of their words' runs; their figures are those of no other."""
    whole = Article("a", f"{TABLE.format(*range(100, 112))} company's full name is given and the year ends in spring")
    lines = [part for part in TABLE.format(*range(100, 112)).partition(" year ") if part.strip() != "year"]
    cut = Article("b", f"year {lines[1]} {lines[0]} unaudited", MONDAY + HOUR, domain="other.example")
    assert _kind(whole, cut) is not None
    other = Article("c", TABLE.format(*range(200, 212)), MONDAY + HOUR, domain="other.example")
    assert _kind(whole, other) is None
    assert _kind(whole, replace(cut, published=MONDAY + 3 * DAY)) is not None


def test_weekend_rerun_is_a_copy() -> None:
    """A source that prints the same text again two days later copies itself; four days later only word by word."""
    assert _kind(Article("a"), Article("b", f"{STORY} {MORE}", MONDAY + 2 * DAY)) == "near-copy"
    assert _kind(Article("a"), Article("b", f"{STORY} {MORE}", MONDAY + 4 * DAY)) is None
    assert _kind(Article("a"), Article("b", STORY, MONDAY + 4 * DAY)) == "verbatim"


def test_longer_version_of_the_same_source_continues() -> None:
    """The source's own longer report an hour later is in the story and no copy; a day later it is another report."""
    longer = Article("b", LONG, MONDAY + HOUR)
    assert _kind(Article("a"), longer) == CONTINUED
    assert _kind(Article("a"), replace(longer, published=MONDAY + DAY)) is None
    _, placed = _group([Article("a"), longer])
    assert placed == {"a": ("a" * 32, None), "b": ("a" * 32, None)}


def test_article_without_fingerprint_is_alone() -> None:
    """Too short a text is compared with nothing."""
    assert _kind(Article("a"), Article("b", "Too short.")) is None


TRIO = [
    Article("c", domain="one.example", origin="maker"),
    Article("b", published=MONDAY + HOUR, domain="two.example", origin="maker"),
    Article("a", published=MONDAY + 2 * HOUR, domain="maker.example", source="maker"),
]


@pytest.mark.parametrize("order", list(itertools.permutations(TRIO)))
def test_named_maker_is_the_original_in_any_order(order: tuple[Article, ...]) -> None:
    """Whoever arrives when, and though it is dated last: the source that the others name made it."""
    grouping, placed = _group(order)
    assert {letter: copy for letter, (_, copy) in placed.items()} == {"a": None, "b": "a" * 32, "c": "a" * 32}
    assert len({story for story, _ in placed.values()}) == 1
    reasons = {letter: found.reason for letter in "abc" if (found := grouping.get(letter * 32)) is not None}
    assert reasons == {"a": "original", "b": "verbatim-of-named-origin", "c": "verbatim-of-named-origin"}


@pytest.mark.parametrize("order", list(itertools.permutations([replace(article, origin=None) for article in TRIO])))
def test_earliest_is_the_original_in_any_order(order: tuple[Article, ...]) -> None:
    """Without any name the earliest publication decides, whatever the order of arrival."""
    _, placed = _group(order)
    assert {letter: copy for letter, (_, copy) in placed.items()} == {"a": "c" * 32, "b": "c" * 32, "c": None}


CHAIN = [
    Article("a", " ".join(f"w{number}" for number in range(100))),
    Article("b", " ".join(f"w{number}" for number in range(25, 125)), MONDAY + 2 * HOUR, domain="two.example"),
    Article("c", " ".join(f"w{number}" for number in range(50, 150)), MONDAY + HOUR, domain="three.example"),
]


@pytest.mark.parametrize("order", list(itertools.permutations(CHAIN)))
def test_being_akin_to_two_makes_those_no_copies(order: tuple[Article, ...]) -> None:
    """An edited text between two others copies the earlier; those two remain originals, in any order."""
    assert [_kind(CHAIN[0], CHAIN[1]), _kind(CHAIN[1], CHAIN[2]), _kind(CHAIN[0], CHAIN[2])] == [
        "near-copy",
        "near-copy",
        None,
    ]
    _, placed = _group(order)
    assert {letter: copy for letter, (_, copy) in placed.items()} == {"a": None, "b": "a" * 32, "c": None}


@pytest.mark.parametrize("order", list(itertools.permutations(TRIO)))
def test_grouping_again_changes_nothing(order: tuple[Article, ...]) -> None:
    """A replay of all events over what is grouped ends where it began."""
    grouping, once = _group(order)
    for article in order:
        others = [found for one in order if one is not article and (found := grouping.get(one.id)) is not None]
        changes = grouping.add(article.member(), others)
        assert [change.member.article_id for change in changes] == [article.id]
    assert _places(grouping, order) == once
