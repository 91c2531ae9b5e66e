"""Names around an article: authors, agencies, titles and sites."""

import pytest

from pipeline.extract.agencies import is_agency, names_an_outlet
from pipeline.extract.authors import find_authors
from pipeline.extract.titles import choose_title, strip_site, title_from

SITES = ["The Harbour Post"]


@pytest.mark.parametrize(
    ("claim", "people", "others"),
    [
        ("By Ada Holm and Jon Berg, Reuters", ("Ada Holm", "Jon Berg"), ("Reuters",)),
        ("Von Friederike Nauland und dpa", ("Friederike Nauland",), ("dpa",)),
        ("Par Solène Marchadour (avec AFP)", ("Solène Marchadour",), ()),
        ("Por Leocadia Montiel", ("Leocadia Montiel",), ()),
        ("WILMA STOAT", ("Wilma Stoat",), ()),
        ("Dr. Kerstin Zschau, Ph.D.", ("Kerstin Zschau",), ()),
        ("Gus Penhaligon, Chief Reporter", ("Gus Penhaligon",), ()),
        ("Ludo van der Haverkamp", ("Ludo van der Haverkamp",), ()),
        ("The Associated Press", (), ("The Associated Press",)),
        ("ats / afp", (), ("ats / afp",)),
        ("Courier Staff", (), ("Courier Staff",)),
        ("TransAlpina Rail S.p.A.", (), ("TransAlpina Rail S.p.A",)),
        ("Staff Writer", (), ()),
        ("The Harbour Post", (), ()),
        ("https://www.facebook.com/harbourpost", (), ()),
        ("ada@post.example", (), ()),
        ("18.11.2026, 07:00 Uhr | Friederike Nauland", ("Friederike Nauland",), ()),
        ("Rachael Moor, MS, RD on November 14, 2019", ("Rachael Moor",), ()),
        ("by Ada Holm Monday, November 18, 2019", ("Ada Holm",), ()),
        ("By Ada Holm and Nan Friday", ("Ada Holm", "Nan Friday"), ()),
    ],
)
def test_claim_of_authors(claim: str, people: tuple[str, ...], others: tuple[str, ...]) -> None:
    """People are authors as written; agencies, desks and companies are told apart; the rest is nobody."""
    found = find_authors([[claim]], SITES)
    assert (found.people, found.others) == (people, others)


def test_first_group_that_names_people_wins() -> None:
    """A second spelling of the list adds no second person, but an agency that only it names is kept."""
    found = find_authors([["Reuters"], ["Ada Holm"], ["A. Holm, AFP"]])
    assert found.people == ("Ada Holm",)
    assert found.others == ("Reuters", "AFP")


def test_agencies_by_name_only() -> None:
    """An agency's mark is the whole name: a person who bears it as first name is a person."""
    assert is_agency("dpa/lni")
    assert is_agency("The Associated Press")
    assert not is_agency("Ansa Mustermann")
    assert not names_an_outlet("Isobel Trant")


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Ferry is late | News | The Harbour Post", "Ferry is late"),
        ("Ferry is late - The Harbour Post", "Ferry is late"),
        ("The Harbour Post: Ferry is late", "Ferry is late"),
        ("Ferry – late again", "Ferry – late again"),
        ("Ferry: the long wait", "Ferry: the long wait"),
    ],
)
def test_site_is_no_part_of_the_title(title: str, expected: str) -> None:
    """The outlet's name goes from either end, a title's own dash or colon stays."""
    assert strip_site(title, SITES) == expected


def test_heading_confirmed_by_claims_is_the_title() -> None:
    """Among headings the one that structured data confirm is the title, not the site's name above it."""
    headings = ["The Harbour Post", "Ferry is late again"]
    assert choose_title(headings, ["Ferry is late again - Harbour Post"], "", SITES) == "Ferry is late again"


def test_claimed_title_where_no_heading_fits() -> None:
    """Without a fitting heading the claim counts, and without claims the longest heading."""
    assert choose_title(["Menu"], ["Ferry is late again"], "", SITES) == "Ferry is late again"
    assert choose_title(["Menu", "Ferry is late"], [], "", SITES) == "Ferry is late"
    assert choose_title([], [], "", SITES) == ""


def test_title_from_the_first_sentence() -> None:
    """A text without a title gets its first words, without the dateline, cut at a word."""
    assert title_from("OSLO (Reuters) - The ferry is late.") == "The ferry is late."
    long = title_from("The ferry " * 30)
    assert long.endswith("ferry …")
    assert len(long) <= 113
