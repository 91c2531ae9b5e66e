"""Places: which one a name means, from what stands around it."""

import pytest

from pipeline.enrich.gazetteer import Candidate, load_gazetteer
from pipeline.enrich.places import distance_km, find_places
from schemas.annotations import Place
from tests.enrich.story import entities_of, mark


def _places(marked: str, publisher_country: str | None = None) -> list[Place]:
    text, _ = mark(marked)
    return list(find_places(text, list(entities_of(marked).values()), load_gazetteer(), publisher_country))


def _one(marked: str, publisher_country: str | None = None) -> Place:
    """Return the first place that is a city."""
    return next(place for place in _places(marked, publisher_country) if place.name not in {"Texas", "Ontario"})


@pytest.mark.parametrize(
    ("marked", "country"),
    [
        ("The mayor of [Paris|GPE] spoke.", "FR"),
        ("The mayor of [Paris|GPE], [Texas|GPE], spoke.", "US"),
        ("Police in [London|GPE] said so.", "GB"),
        ("Police in [London|GPE], [Ontario|GPE], said so. [London|GPE] is calm.", "CA"),
        ("[Ottawa|GPE], [Winnipeg|GPE] and [London|GPE] were cold; [Canada|GPE] froze, and [Alberta|GPE] too.", "CA"),
    ],
)
def test_what_stands_around_a_name_decides(marked: str, country: str) -> None:
    """A state beside the name decides, then the countries that the story speaks of, then the number of people."""
    london_or_paris = [place for place in _places(marked) if place.name in {"Paris", "London"}]
    assert [place.country for place in london_or_paris] == [country]


def test_the_publisher_decides_between_equals() -> None:
    """A town that nothing in the story tells apart is the one in the publisher's country."""
    marked = "The road to [Hinton|GPE] is closed."
    assert _one(marked, "CA").country == "CA"
    assert _one(marked, "US").country == "US"


def test_a_name_that_everybody_knows_is_the_place_that_everybody_means() -> None:
    """Geneva in an American paper is that of Switzerland, while the story is not American alone."""
    marked = "[Russia|GPE], [Syria|GPE] and the [United States|GPE] met in [Geneva|GPE]; the [United States|GPE] hoped."
    assert ("Geneva", "CH") in [(place.name, place.country) for place in _places(marked, "US")]
    local = "[Chicago|GPE], [Illinois|GPE], froze. [Geneva|GPE] and [Aurora|GPE] in [Illinois|GPE] did, too."
    assert ("Geneva", "US") in [(place.name, place.country) for place in _places(local, "US")]


def test_a_land_is_no_small_town_of_its_name() -> None:
    """Egypt is a country even in a story full of American places."""
    egypt = _places("[Ohio|GPE], [Texas|GPE], [Chicago|GPE] and [Detroit|GPE] sent aid to [Egypt|GPE].")
    assert ("Egypt", "EG") in [(place.name, place.country) for place in egypt]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("München", ("Munich", "DE")),
        ("Londres", ("London", "GB")),
        ("Nueva York", ("New York City", "US")),
        ("the Netherlands", ("Netherlands", "NL")),
        ("Western Canada", ("Canada", "CA")),
        ("Sichuan province", ("Sichuan", "CN")),
        ("Ky", ("Kentucky", "US")),
        ("Heathrow", ("Heathrow Airport", "GB")),
    ],
)
def test_other_names_of_a_place(name: str, expected: tuple[str, str]) -> None:
    """Names in other languages, abbreviations and parts of a land lead to the place."""
    place = _one(f"They met in [{name}|GPE] again.")
    assert (place.name, place.country) == expected


def test_two_names_of_one_place_are_one_record() -> None:
    """The U.S. and America are one place, with all mentions in text order."""
    (place,) = _places("The [U.S.|GPE] is large. [America|GPE] is old. The [United States|GPE] voted.")
    assert place.name == "United States"
    assert [mention.start for mention in place.mentions] == sorted(mention.start for mention in place.mentions)
    assert len(place.mentions) == 3


def test_an_unknown_name_has_no_point() -> None:
    """A place that nothing knows stays a place, without country and coordinates."""
    (place,) = _places("They met in [Qexworth-under-Plim|GPE].")
    assert (place.name, place.country, place.lat, place.lon) == ("Qexworth-under-Plim", None, None, None)


def test_peoples_and_organisations_are_no_places() -> None:
    """Only entities with a place's label are looked up."""
    assert _places("The [Canadians|NORP] met the [Paris Agreement Fund|ORG].") == []


def test_distance() -> None:
    """Paris and London lie about 344 km apart."""
    paris = Candidate("Paris", "city", "FR", 48.85, 2.35, 0)
    london = Candidate("London", "city", "GB", 51.51, -0.13, 0)
    assert distance_km(paris, london) == pytest.approx(344, abs=3)
