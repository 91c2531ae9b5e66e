"""What stands at the ends of a line: datelines, sign-offs, credits."""

import pytest

from pipeline.extract.credits import find_credit, is_caption_with_credit
from pipeline.extract.dateline import find_dateline, find_sign_off

DATELINES = {
    "LONDON (AP) — A storm": "LONDON (AP) — ",
    "(Reuters) - A storm": "(Reuters) - ",
    "DRESDEN, Germany, Oct 22 (Reuters) - A storm": "DRESDEN, Germany, Oct 22 (Reuters) - ",
    "TURIN, Italy, Nov. 3, 2026 /Openfield Newswire/ -- A storm": "TURIN, Italy, Nov. 3, 2026 /Openfield Newswire/ -- ",
    "Berlin (dpa) - Ein Sturm": "Berlin (dpa) - ",
    "Hamburg/Berlin (dpa/lno) - Ein Sturm": "Hamburg/Berlin (dpa/lno) - ",
    "QUIMPER (AFP) - Une tempête": "QUIMPER (AFP) - ",
    "Madrid, 4 nov (EFE).- Un temporal": "Madrid, 4 nov (EFE).- ",
    "SANTA CRUZ DE LA PALMA (EFE) - Un temporal": "SANTA CRUZ DE LA PALMA (EFE) - ",
    "LORETO, Baja California Sur. A las cinco": "LORETO, Baja California Sur. ",
    "WASHINGTON — The": "WASHINGTON — ",
    "ST. LOUIS, Mo. — The": "ST. LOUIS, Mo. — ",
    "ROME, 12 March 2019 - The": "ROME, 12 March 2019 - ",
}
NO_DATELINES = (
    "The company (AP) said", "NASA – the agency", "BREAKING — The ferry", "President Ferrell (R) — once",
    "A storm came.", "THE FERRY IS LATE", "LATE. The ferry", "", "(Reuters) -",
)  # fmt: skip
CREDITS = {
    "A pier on July 16, 2018. (Official Port photo by Merle Quayle)": "(Official Port photo by Merle Quayle)",
    "Waves in Roscoff. AFP / Soizic Le Dantec": "AFP / Soizic Le Dantec",
    "A ferry. REUTERS/Ines Okafor": "REUTERS/Ines Okafor",
    "A ferry. Foto: Jelle Harms/dpa": "Foto: Jelle Harms/dpa",
    "Le phare. Photo Yannick Le Goff / Le Petit Rivage": "Photo Yannick Le Goff / Le Petit Rivage",
    "AP Photo/Tarjei Lund": "AP Photo/Tarjei Lund",
    "FILE PHOTO: Workers inspect a lock gate on the canal at Tamble, August 3. REUTERS/Ada Holm": "REUTERS/Ada Holm",
}


@pytest.mark.parametrize("line", sorted(DATELINES))
def test_dateline_ends_where_the_story_begins(line: str) -> None:
    """Everything up to the first word of the story is the dateline."""
    found = find_dateline(line)
    assert found is not None
    assert line[: found.end] == DATELINES[line]


@pytest.mark.parametrize("line", NO_DATELINES)
def test_no_dateline(line: str) -> None:
    """A sentence with brackets or dashes, a shout or a bare mark is no dateline."""
    assert find_dateline(line) is None


def test_dateline_tells_date_and_agency() -> None:
    """The date is kept as written, for whoever knows the year."""
    found = find_dateline("DRESDEN, Germany, Oct 22 (Reuters) - A storm")
    assert found is not None
    assert (found.date, found.agency) == ("Oct 22", "Reuters")


@pytest.mark.parametrize(
    ("line", "start"),
    [
        ("Die Schule bleibt zu. dpa", 22),
        ("Tote gab es nicht. Mit Material von dpa", 19),
        ("The ferry is late. — AFP", 19),
        ("“We wait.” (Reuters)", 11),
        ("(AFP)", 0),
        ("He told the AP", None),
        ("The ferry is late.", None),
    ],
)
def test_sign_off(line: str, start: int | None) -> None:
    """An agency's mark after the last sentence signs the story; one within a sentence does not."""
    assert find_sign_off(line) == start


@pytest.mark.parametrize("line", sorted(CREDITS))
def test_credit_at_the_end_of_a_caption(line: str) -> None:
    """The credit begins after the caption's last sentence."""
    start = find_credit(line)
    assert start is not None
    assert line[start:] == CREDITS[line]


@pytest.mark.parametrize("line", ["The source: a man in a coat.", "He took a photo.", "It rained (a little)."])
def test_no_credit(line: str) -> None:
    """A sentence about photos or with brackets has no credit."""
    assert find_credit(line) is None


def test_body_paragraph_with_agency_is_no_caption() -> None:
    """Amid a text "(AP)" ends a paragraph, not a caption; a photo credit in brackets does end one."""
    assert not is_caption_with_credit("The ferry is late. (AP)", is_head=False)
    assert not is_caption_with_credit("A claim with its source. [Reuters, 4/21/14]", is_head=True)
    assert is_caption_with_credit("A ferry at the pier. (Photo by Ada Holm)", is_head=False)
