"""What the words of a name and those around it say: labels that a small model gets wrong, and headlines in capitals."""

import pytest

from pipeline.enrich.entities import build_entities
from pipeline.enrich.known_names import load_known_names
from pipeline.enrich.paragraphs import find_paragraphs
from schemas.annotations import ZoneKind
from tests.enrich.story import entities_of, lay_out, mark, texts


def label_of(marked: str, name: str) -> str | None:
    """Return the label of the entity called `name`, None when there is no such entity."""
    return {entity.name: entity.label for entity in entities_of(marked).values()}.get(name)


@pytest.mark.parametrize(
    ("marked", "name", "label"),
    [
        ("[Noah Tarrow|ORG] did nothing. So said [Tarrow|ORG].", "Noah Tarrow", "PERSON"),
        ("The ferry left [Victoria Harbour|ORG] late.", "Victoria Harbour", "ORG"),
        ("[Kent Media|GPE] and [Holt Superior Court|GPE] agreed.", "Kent Media", "ORG"),
        ("[Tarrow v. Holm|PERSON] was decided in June.", "Tarrow v. Holm", "LAW"),
        ("Two [Young Republicans|PERSON] came.", "Republican", "NORP"),
        ("Form [W-4|GPE] was sent.", "W-4", None),
        ("The [Kent County Sheriff|PERSON] came.", "Kent County Sheriff", None),
        ("It opened in [September 2007|EVENT].", "September 2007", None),
        ("[Reader Margery Quill|PERSON] wrote.", "Margery Quill", "PERSON"),
        ("He fled from [Abu Tarik al-Hamdan|PERSON].", "Abu Tarik al-Hamdan", "PERSON"),
        ("[Holm’s ‘Broad Support|PERSON] was gone.", "Holm", "PERSON"),
        ("The [Council of Ports and|ORG] others met.", "Council of Ports", "ORG"),
        ("[Courier’s Ada Holm|ORG] asked.", "Ada Holm", "PERSON"),
        ("He said [Ada⟧ Holm|PERSON] had left.", "Ada Holm", "PERSON"),
        ("Work begins in April, [City Engineer Noah Tarrow|ORG] said.", "Noah Tarrow", "PERSON"),
        ("The [City Engineer Institute|ORG] opened.", "City Engineer Institute", "ORG"),
        ("An aide to [Norwegian Fish|PERSON] Minister [Ada Holm|PERSON] spoke.", "Norwegian Fish", None),
        ("An aide to [Norwegian Fish|PERSON] Minister [Ada Holm|PERSON] spoke.", "Ada Holm", "PERSON"),
        ("They told [Torvil Fish|PERSON] minister after minister.", "Torvil Fish", "PERSON"),
    ],
)
def test_words_of_a_name_tell_its_label(marked: str, name: str, label: str | None) -> None:
    """Given names, heads such as "Media", cases, numbers, titles, marks and loose ends inside a span."""
    text, mentions = mark(marked)
    text = text.replace("⟧", "]")  # a bracket inside a name cannot stand inside a mark
    found = build_entities(text, find_paragraphs(text, lay_out(text)), mentions, load_known_names())
    assert {entity.name: entity.label for entity in found}.get(name) == label


def test_town_after_in_is_a_place_and_a_surname_is_not() -> None:
    """A single word that the story is "in" and the gazetteer knows is a place, unless it is part of somebody's name."""
    assert label_of("Lorries waited in [Exeter|PERSON] and near [Exeter|PERSON].", "Exeter") == "GPE"
    assert label_of("Trains run in [Dawlish|ORG].", "Dawlish") == "GPE"
    people = entities_of("[Ada Lincoln|PERSON] spoke. Faith in [Lincoln|PERSON] fell.")
    assert texts(people["person:ada-lincoln"]) == ["Ada Lincoln", "Lincoln"]
    assert (
        label_of("[Exeter|PERSON] said so, and was in [Exeter|PERSON] again; [Exeter|PERSON] left.", "Exeter")
        == "PERSON"
    )


@pytest.mark.parametrize(
    ("marked", "name", "label"),
    [
        # beside another place in a list, known to the gazetteer or not
        ("Ferries sailed from [Plymouth|GPE] and [Roscoff|PERSON] on Monday.", "Roscoff", "GPE"),
        ("Cranes from [Hull|PERSON] and [Grimsby|PERSON] came to [Ipswich|GPE].", "Grimsby", "GPE"),
        ("The night train from [Prague|GPE] to [Rijeka|PERSON] is full.", "Rijeka", "GPE"),
        # a weaker preposition, and the country of the story's other places
        ("The train to [Verona|ORG] left [Milan|GPE], for [Italy|GPE] is long.", "Verona", "GPE"),
        ("They gave money to [Holm|PERSON] in [Milan|GPE].", "Holm", "PERSON"),
        # where somebody goes who leaves a place
        ("The crews left [Exeter|GPE] for [Penwith|PERSON].", "Penwith", "GPE"),
        ("They came from [Exeter|GPE] for [Penwith|PERSON].", "Penwith", "PERSON"),
        # a land that is never without its article, known to the gazetteer
        ("The worst of it is over the [Lizard|ORG] now.", "Lizard", "GPE"),
        ("The song of [Lizard|ORG] is over now.", "Lizard", "ORG"),
        # what only places have
        ("“It moved,” said [Dawlish|NORP] resident [Margery Quill|PERSON].", "Dawlish", "GPE"),
        # what is part of a longer name is no list
        ("The Secretary of [Commerce|ORG] and [U.S.|GPE] Trade Representative spoke.", "Commerce", "ORG"),
        # "the town of" needs no gazetteer
        ("It fell on the town of [Amerlin|PERSON]. [Amerlin|PERSON] burned.", "Amerlin", "GPE"),
        # speech and titles are a person's
        ("In [Exeter|PERSON] nobody spoke. Mayor [Exeter|PERSON] did.", "Exeter", "PERSON"),
        # the first word of a longer name is no given name here
        ("Trains stop at [Exeter St Davids|PERSON]. It rained in [Exeter|PERSON].", "Exeter", "GPE"),
        # money
        ("The contract is worth [EUR 486 million|ORG] to [Calder Ltd|ORG].", "EUR 486 million", None),
        ("He paid [US$3 billion|ORG] and [12 Milliarden Euro|ORG].", "US$3 billion", None),
        ("It is made in [Fab 2|ORG].", "Fab 2", "ORG"),
    ],
)
def test_what_stands_around_a_name_tells_a_place(marked: str, name: str, label: str | None) -> None:
    """Lists, prepositions and kinds of places speak for a place, speech for a person; a sum of money is no name."""
    assert label_of(marked, name) == label


def test_parts_of_a_persons_name_are_the_person() -> None:
    """A hyphenated surname and a common given name, alone and mislabelled, belong to the full name."""
    found = entities_of("[Alexandra Cortez-Lund|PERSON] won. [Cortez-Lund|ORG] smiled, and [Alexandra|ORG] left.")
    assert texts(found["person:alexandra-cortez-lund"]) == ["Alexandra Cortez-Lund", "Cortez-Lund", "Alexandra"]


@pytest.mark.parametrize(
    ("marked", "wanted", "written"),
    [
        ("The [Perth Wanderers|ORG] won; the [Wanderers|PERSON] sang.", "org:perth-wanderers", 2),
        ("[Tullow Oil|ORG] drilled. [Tullow|PERSON] paid.", "org:tullow-oil", 2),
        ("The [U.S. Navy|ORG] came. The [Navy|ORG] left.", "org:navy", 2),
        ("In [Denver, Colorado|GPE] it rained. [Denver|GPE] was wet.", "place:denver", 2),
        ("[Dr. Holm|PERSON] came, and [Holm|PERSON] left.", "person:holm", 2),
        ("[Leslie E. Holm, M.D.|PERSON] and [Leslie Holm|PERSON] are one.", "person:leslie-holm", 2),
    ],
)
def test_short_forms_are_the_same(marked: str, wanted: str, written: int) -> None:
    """As news shortens names: a club's last word, a company's first, a service without its land, a town without."""
    found = entities_of(marked)
    names = {entity_id: len(entity.mentions) for entity_id, entity in found.items()}
    assert names.get(wanted, 0) == written or (wanted == "org:navy" and names.get("org:us-navy") == written), names


def test_generic_words_are_short_for_nothing() -> None:
    """The House is not the White House."""
    found = entities_of("The [White House|ORG] spoke. The [House|ORG] voted.")
    assert len(found) == 2


def headline(line: str, story: str) -> set[str]:
    """Return the names found in a story under a headline."""
    text, mentions = mark(f"{line}\n{story}")
    zones = lay_out(text, [ZoneKind.TITLE])
    found = build_entities(text, find_paragraphs(text, zones), mentions, load_known_names())
    return {entity.name for entity in found}


def test_headlines_in_capitals_name_what_the_story_names() -> None:
    """Words that only a title-case headline capitalises are no names; a part that the story names too is one."""
    story = "[Ada Holm|PERSON] of [Calderyn|ORG] spoke."
    assert headline("[Bridge Claim Blows|ORG] Up Under Mayor [Holm Remains|PERSON] Calm", story) == {
        "Ada Holm",
        "Calderyn",
    }
    assert headline("How [Noah Tarrow|PERSON] Won Every Single Vote", story) == {"Ada Holm", "Calderyn", "Noah Tarrow"}
    assert "Old Kiln Works" in headline("Mayor opens [Old Kiln Works|ORG] for visitors this week", story)
    assert headline("[Ada Holm Apologizes|PERSON] to Every Single Voter", story) == {"Ada Holm", "Calderyn"}


def test_headings_in_capitals_amid_a_story_name_what_it_names() -> None:
    """A heading in capitals, or of one word, makes no name of its own, and none with other words around it."""
    found = entities_of(
        "Mayor [Holm|PERSON] sold [Calderyn|ORG].\n[HOLM COVERAGE|ORG] 93% NEGATIVE\n[Hypocrisy|PERSON]\n"
        "[GUN|ORG] LAWS\n[Holm|PERSON] denied it."
    )
    assert {entity.name: texts(entity) for entity in found.values()} == {
        "Holm": ["Holm", "HOLM", "Holm"],
        "Calderyn": ["Calderyn"],
    }


def test_a_surname_that_is_a_country_too_is_the_person_who_speaks() -> None:
    """Beside his full name, "Holland said" is somebody; without one, or where nobody speaks, it is the country."""
    found = entities_of("Polling chief [Keating Holland|PERSON] came. “Yes,” [Holland|GPE] said.")
    assert texts(found["person:keating-holland"]) == ["Keating Holland", "Holland"]
    assert label_of("Polling chief [Keating Holland|PERSON] came. He flew to [Holland|GPE].", "Netherlands") == "GPE"
    assert label_of("“Yes,” [Holland|GPE] said.", "Netherlands") == "GPE"
