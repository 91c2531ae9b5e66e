"""Mentions become entities: exact spans, one label per name, one entity per thing, stable ids."""

from itertools import pairwise

import pytest

from pipeline.enrich.entities import build_entities
from pipeline.enrich.known_names import load_known_names
from pipeline.enrich.paragraphs import find_paragraphs
from schemas.annotations import ZoneKind
from tests.enrich.story import entities_of, lay_out, mark, texts


def test_surname_initial_and_title_mentions_are_one_person() -> None:
    """A person is one entity, however the article names him."""
    found = entities_of(
        "[Ada M. Holm|PERSON] won. [Senator Holm|PERSON] thanked voters.\n"
        "[A. Holm|PERSON] left; [Holm’s|PERSON] aide stayed with [Ada Holm|PERSON]."
    )
    assert list(found) == ["person:ada-holm"]
    assert texts(found["person:ada-holm"]) == ["Ada M. Holm", "Holm", "A. Holm", "Holm", "Ada Holm"]
    assert found["person:ada-holm"].name == "Ada Holm"


def test_nickname_joins_the_formal_name() -> None:
    """Bill Tarrow is William Tarrow when the article uses both."""
    found = entities_of("[William Tarrow|PERSON] spoke.\n[Bill Tarrow|PERSON] is his name among friends.")
    assert len(found) == 1


def test_two_people_of_one_family_stay_apart() -> None:
    """A bare surname goes to whom the paragraph has just named, else to the first of the article."""
    found = entities_of(
        "[Ada Holm|PERSON] is mayor.\n[Jonas Holm|PERSON] is her son. [Holm|PERSON] plays chess.\n"
        "[Holm|PERSON] governs."
    )
    assert texts(found["person:jonas-holm"]) == ["Jonas Holm", "Holm"]
    assert texts(found["person:ada-holm"]) == ["Ada Holm", "Holm"]


def test_father_and_son_with_a_suffix_stay_apart() -> None:
    """'Jr.' makes another person of the same name."""
    assert set(entities_of("[Ben Tarrow|PERSON] came with [Ben Tarrow Jr.|PERSON] yesterday.")) == {
        "person:ben-tarrow",
        "person:ben-tarrow-jr",
    }


def test_title_inside_the_span_is_cut_off() -> None:
    """'U.S. President' and 'Prime Minister' are no part of a name, and the country before them stays a place."""
    found = entities_of("[U.S. President Ada Holm|PERSON] met [Prime Minister Nils Berg|PERSON].")
    assert texts(found["person:ada-holm"]) == ["Ada Holm"]
    assert texts(found["person:nils-berg"]) == ["Nils Berg"]
    assert texts(found["place:united-states"]) == ["U.S."]


def test_name_in_a_particle_is_joined() -> None:
    """A name that the model cut at its particles is one name again."""
    found = entities_of("[Ursula|PERSON] von der [Leyen|GPE] spoke. [Kim Jong|PERSON]-un did not.")
    assert texts(found["person:ursula-von-der-leyen"]) == ["Ursula von der Leyen"]
    assert texts(found["person:kim-jong-un"]) == ["Kim Jong-un"]


def test_label_is_agreed_over_the_article() -> None:
    """A surname that the model takes for an organisation here and there is the person everywhere."""
    found = entities_of(
        "[Holm|ORG] says no\n[Ada Holm|PERSON] said no.\n[Holm|ORG] repeated it. [Holm|ORG] left, [Holm|PERSON] said."
    )
    assert list(found) == ["person:ada-holm"]
    assert len(found["person:ada-holm"].mentions) == 5


def test_missed_mentions_are_added() -> None:
    """A name found once is found everywhere, a bare surname too, but never inside a longer name or as a word."""
    found = entities_of(
        "Holm and Kremlin meet\n[Ada Holm|PERSON] met [Will May|PERSON]. The Holm Tower may fall, Holm said.\n"
        "They may go, and will."
    )
    assert texts(found["person:ada-holm"]) == ["Holm", "Ada Holm", "Holm"]
    assert texts(found["person:will-may"]) == ["Will May"]
    assert texts(found["org:kremlin"]) == ["Kremlin"]


@pytest.mark.parametrize(
    ("marked", "entity_id", "expected"),
    [
        ("The [Harbour Safety Board|ORG] (HSB) met. HSB said so.", "org:harbour-safety-board", 3),
        ("The [Group of|ORG] [20|CARDINAL] ([G20|ORG]) met.", "org:group-of-20", 2),
        ("[Harbour Safety Board|ORG] met. The [HSB|ORG] agreed.", "org:harbour-safety-board", 2),
        ("[Tarrow Motors Inc.|ORG] fell. [Tarrow|ORG] had risen.", "org:tarrow-motors", 2),
        ("[United States|GPE] and [U.S.|GPE] and [US|GPE]", "place:united-states", 3),
        ("[Britons|NORP] and a [Briton|NORP] in Britain", "people:british", 2),
        ("[Storm Odette|PERSON] hit at noon. [Odette|PERSON] then moved off.", "event:storm-odette", 2),
        ("A ferry left [Devon|PERSON] for [Bretagne|PERSON], in Brittany.", "place:brittany", 2),
    ],
)
def test_names_of_one_thing_are_merged(marked: str, entity_id: str, expected: int) -> None:
    """Acronyms, legal forms and the table of known names lead to one entity."""
    assert len(entities_of(marked)[entity_id].mentions) == expected


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("[Tarrow Motors Inc.|ORG] fell.", "Tarrow Motors"),
        ("[Tarrow, Inc.|ORG] fell.", "Tarrow"),
        ("Die [Tarrow AG|ORG] steigt.", "Tarrow"),
        ("La [Tarrow S.A.|ORG] sube.", "Tarrow"),
        ("[Tarrow Corp.|ORG] and [AB|ORG]", "Tarrow Corp."),
    ],
)
def test_firms_are_shown_without_their_legal_form(marked: str, expected: str) -> None:
    """One name in every article, so that a list of names has the firm once."""
    entity = next(iter(entities_of(marked).values()))
    assert (entity.id.split(":")[1][:6], entity.name) == ("tarrow", expected)


def test_acronym_in_brackets_must_fit() -> None:
    """A party or a country in brackets behind a name is no acronym of it."""
    found = entities_of("The [Harbour Board|ORG] ([USA|GPE]) and [Ada Holm|PERSON] (R) met.")
    assert len(found["org:harbour-board"].mentions) == 1
    assert len(found["person:ada-holm"].mentions) == 1


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("the [the Harbour Board’s|ORG] plan", "Harbour Board"),
        ("read [“Long Nights,”|WORK_OF_ART] a novel", "Long Nights"),
        ("made by [Tarrow Inc.|ORG] in May", "Tarrow Inc."),
        ("the [Tarrow River.|LOC]", "Tarrow River"),
        ("[Holm said|PERSON] no", "Holm"),
        ("in [The Hague|GPE], they met", "The Hague"),
        ("[California’s Harbour Board|ORG] met", "California"),
    ],
)
def test_spans_are_exact(marked: str, expected: str) -> None:
    """Articles, possessives, marks and verbs around a name are no part of it."""
    assert expected in {text for entity in entities_of(marked).values() for text in texts(entity)}


@pytest.mark.parametrize(
    "marked", ["[Monday|ORG]", "[he|PERSON]", "[www.example.com|ORG]", "[5|ORG]", "[last week|DATE]", "[12 %|PERCENT]"]
)
def test_what_names_nothing_is_dropped(marked: str) -> None:
    """Days, pronouns, addresses, numbers and times are no entities."""
    assert entities_of(f"so {marked} it was") == {}


def test_only_story_zones_count() -> None:
    """Names in promo lines, credits and notices are not the story's; those in captions are."""
    text, mentions = mark(
        "Join [Tarrow Chat|ORG] now\n[Ada Holm|PERSON] wins\nPhoto by [Nils Berg|PERSON]\n[Oslo|GPE] at night\n"
        "First run by [Harbour Post|ORG]"
    )
    kinds = (ZoneKind.PROMO, ZoneKind.TITLE, ZoneKind.CREDIT, ZoneKind.CAPTION, ZoneKind.REPRINT_NOTICE)
    paragraphs = find_paragraphs(text, lay_out(text, kinds))
    story = [mentions[1], mentions[3]]
    found = build_entities(text, paragraphs, story, load_known_names())
    assert [(entity.id, entity.mentions[0].zone) for entity in found] == [
        ("person:ada-holm", ZoneKind.TITLE),
        ("place:oslo", ZoneKind.CAPTION),
    ]


def test_salience_ranks_what_the_story_is_about() -> None:
    """A name in the first lines and often repeated goes before one that is mentioned at the end."""
    found = list(
        entities_of(
            "[Ada Holm|PERSON] wins\n[Ada Holm|PERSON] won in [Oslo|GPE].\n[Holm|PERSON] spoke.\n"
            "Far away, [Nils Berg|PERSON] lost."
        ).values()
    )
    assert [entity.name for entity in found] == ["Ada Holm", "Oslo", "Nils Berg"]
    assert all(0 <= entity.salience <= 1 for entity in found)


def test_ids_are_unique_and_mentions_point_into_the_text() -> None:
    """Each entity once, mentions in order, each with the text that stands at its offsets."""
    marked = "[Zoë Holm|PERSON] of [Zoë Co|ORG] – [ZOË HOLM|PERSON] and [Zoe Holm|PERSON] 😀 in [Zürich|GPE]"
    text, _ = mark(marked)
    found = entities_of(marked)
    assert len(found["person:zoe-holm"].mentions) == 3
    spans = [(m.start, m.end, m.text) for entity in found.values() for m in entity.mentions]
    assert all(text[start:end] == written for start, end, written in spans)
    ordered = sorted(spans)
    assert all(first[1] <= second[0] for first, second in pairwise(ordered))


def test_a_page_of_names_takes_bounded_time() -> None:
    """Thousands of different people in one article neither hang the step nor flood the record."""
    letters = "abcdefghij"
    words = ["".join(letters[int(digit)] for digit in f"{n:04}") for n in range(3000)]
    marked = "\n".join(f"[A{word} H{word[-1]}olm|PERSON] [N{word}|PERSON]" for word in words)
    assert len(entities_of(marked)) == 500
