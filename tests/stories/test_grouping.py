"""Stories in memory: one event in other words, in any order, within bounds."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

import pipeline.stories.grouping as grouping_module
from pipeline.enrich.fingerprint import fingerprint
from pipeline.evaluate.stories import Arrival, b_cubed, group
from pipeline.stories.copies import Kin, Place, compare, settle
from pipeline.stories.grouping import MAX_COMPARED, MAX_SETTLED, Grouping
from pipeline.stories.member import Member
from pipeline.stories.terms import extract_terms

MONDAY = datetime(2026, 2, 2, 8, tzinfo=UTC)
EVENTS = {
    "tanker": "tanker Borealis aground Vardo tugs Kirkenes oil rocks coastguard slick hull crew rescue",
    "comet": "comet Arbelo telescope tail astronomers perihelion January dawn binoculars orbit observatory",
    "factory": "Calderyn factory Aviles turbines jobs investment unions blades welding apprentices harbour",
}
FILLER = "officials said people near area report morning local group plan"


def _member(key: str, event: str, seed: int, hours: float = 0) -> Member:
    source = random.Random(seed)  # noqa: S311 - a repeatable text, no secret
    words = EVENTS[event].split()
    body = " ".join(source.sample(words, 8) + source.sample(FILLER.split(), 5))
    at = MONDAY + timedelta(hours=hours)
    terms = extract_terms(" ".join(source.sample(words, 4)), body, words[:2], "en")
    return Member(key * 32, 1, event, "en", f"{key}.example", None, None, at, at, (), terms)


def _members() -> list[Member]:
    keys = iter("0123456789ab")
    return [_member(next(keys), event, seed, seed) for seed in range(4) for event in EVENTS]


def test_events_become_stories_in_any_order() -> None:
    """Whatever the order of arrival: one story for each event."""
    members = _members()
    gold = {member.article_id: member.title for member in members}
    for seed in range(10):
        order = random.Random(seed).sample(members, len(members))  # noqa: S311 - a repeatable order, no secret
        found, copies = group([Arrival(member, ()) for member in order])
        assert b_cubed(found, gold)[2] == 1.0
        assert copies == {}


def test_story_has_the_id_of_its_first_article() -> None:
    """The id is given once and does not change as articles join."""
    grouping = Grouping()
    ids = set()
    for seed, key in enumerate("123"):
        grouping.add(_member(key, "tanker", seed), [])
        ids.add(found.story_id if (found := grouping.get("1" * 32)) else None)
    assert ids == {"1" * 32}
    assert len(grouping.story("1" * 32)) == 3


def test_memory_is_bounded() -> None:
    """Beyond the capacity the article that came first is held no longer."""
    grouping = Grouping(2)
    for seed, key in enumerate("123"):
        grouping.add(_member(key, "comet", seed), [])
    assert grouping.get("1" * 32) is None
    assert grouping.get("3" * 32) is not None


def test_held_are_all_articles_since_those_that_left() -> None:
    """What had to leave or was forgotten is to be looked for elsewhere; beyond it, the held ones are all there are."""
    grouping = Grouping(2)
    hours = [MONDAY + timedelta(hours=hour) for hour in range(4)]
    long_ago = MONDAY - timedelta(days=99)
    for hour, key in enumerate("12"):
        grouping.add(_member(key, "comet", hour, hour), [])
    assert grouping.holds_all(long_ago)
    grouping.add(_member("3", "comet", 2, 2), [])
    assert [grouping.holds_all(at) for at in (long_ago, *hours)] == [False, True, True, True, True]
    grouping.forget("2" * 32)
    assert [grouping.holds_all(at) for at in hours] == [False, True, True, True]
    grouping.add(_member("2", "comet", 1, 1), [])
    assert grouping.holds_all(hours[0])


@pytest.mark.parametrize(("capacity", "all_held"), [(2, False), (3, True)])
def test_a_full_window_may_lack_what_came_before(capacity: int, *, all_held: bool) -> None:
    """As many articles as there is room for are perhaps not all; fewer are."""
    grouping = Grouping(capacity)
    recent = [_member(key, "comet", hour, hour) for hour, key in enumerate("12")]
    for member in recent:
        member.story_id = "1" * 32
    grouping.catch_up(recent)
    assert [grouping.holds_all(at) for at in (MONDAY - timedelta(days=99), MONDAY)] == [all_held, True]


def test_copy_is_found_by_its_terms() -> None:
    """A short cut that shares no band with the whole is compared with it all the same, whichever comes first."""
    line = [f"{first}{vowel}{last}" for first in "bdfgk" for vowel in "aeiou" for last in "lmnrst"]
    texts = {"1": " ".join(line), "2": " ".join(line[:40])}
    members = [
        Member(
            key * 32,
            1,
            "",
            "en",
            f"{key}.example",
            None,
            None,
            MONDAY,
            MONDAY + timedelta(hours=int(key)),
            made.signature if (made := fingerprint(text)) else (),
            extract_terms("Cargo of the Borealis", text, (), "en"),
        )
        for key, text in texts.items()
    ]
    for order in (members, members[::-1]):
        _, copies = group([Arrival(member, ()) for member in order])
        assert copies == {"2" * 32: "1" * 32}


def test_terms_tell_names_and_leave_out_function_words() -> None:
    """Words that are everywhere in the language of the text are no terms."""
    english = extract_terms("The tanker", "the tanker and the crew", ("Borealis",), "en")
    german = extract_terms("Der Tanker", "der die und nicht Tanker", (), "de")
    assert len(english) == 2
    assert len(german) == 1


def test_a_family_of_hundreds_costs_no_more_than_one_of_dozens(monkeypatch: pytest.MonkeyPatch) -> None:
    """A form letter that comes 400 times: what one more is compared and settled with stays bounded."""
    sizes: list[int] = []
    compared: list[str] = []

    def watched_settle(members: Mapping[str, Member], kin: Kin) -> dict[str, Place]:
        sizes.append(len(members))
        return settle(members, kin)

    def watched_compare(first: Member, second: Member) -> str | None:
        compared.append(second.article_id)
        return compare(first, second)

    monkeypatch.setattr(grouping_module, "settle", watched_settle)
    monkeypatch.setattr(grouping_module, "compare", watched_compare)
    line = " ".join(f"{first}{vowel}{last}" for first in "bdfgk" for vowel in "aeiou" for last in "lmnrst")
    grouping = Grouping()
    keys = [f"{number:032d}" for number in range(400)]
    for key in keys:
        signature = fingerprint(f"{line} {key}")
        assert signature is not None
        member = Member(key, 1, "Load", "en", "a.example", None, None, MONDAY, MONDAY, signature.signature, ())
        held = [one for one in (grouping.get(other) for other in keys if other < key) if one is not None]
        before = len(compared)
        grouping.add(member, held)
        assert len(compared) - before <= MAX_COMPARED
    assert max(sizes) <= MAX_SETTLED + MAX_COMPARED
    assert {one.copy_of for one in grouping.story(keys[0])} == {None, keys[0]}
    assert len(grouping.story(keys[0])) == 400
