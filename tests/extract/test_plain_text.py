"""Plain texts whose line ends or characters were lost on the way: captions, credits, wrong decoding."""

from collections.abc import Callable

import pytest

from pipeline.extract.article import extract_article
from pipeline.extract.dateline import find_dateline
from schemas.annotations import ZoneKind
from schemas.article import RawArticle

GLUED = "Anna Holm has stayed away from the harbour. | AP Photos Is the mayor afraid of fish?"
BRACKETED = "Boats wait at Sandwick. (Photo: Ada Holm, Getty Images) Story Highlights Nobody sails"


@pytest.mark.parametrize(("line", "credit"), [(GLUED, "| AP Photos"), (BRACKETED, "(Photo: Ada Holm, Getty Images)")])
def test_a_credit_amid_a_line_ends_the_caption(line: str, credit: str, raw_text: Callable[..., RawArticle]) -> None:
    """Where line ends were lost, caption, credit and text are told apart all the same; the photographer is no story."""
    body = "The ferry left at six and was late, the council said on Monday. " * 4
    article = extract_article(raw_text(f"{line}\n\n{body}", feed_entry={"title": "The mayor and the fish"}))
    found = [(zone.kind, article.text[zone.start : zone.end]) for zone in article.zones]
    caption, _, rest = line.partition(f" {credit} ")
    assert found[:4] == [
        (ZoneKind.TITLE, "The mayor and the fish"),
        (ZoneKind.CAPTION, caption),
        (ZoneKind.CREDIT, credit),
        (ZoneKind.BODY, rest),
    ]
    assert article.images[0].caption == caption
    assert article.images[0].credit == credit.strip("|() ")


def test_a_photographer_after_an_agency_ends_a_caption_amid_the_text(raw_text: Callable[..., RawArticle]) -> None:
    """An agency, a slash and a name at the end of a line speak of a picture wherever it stands; "(AP)" does not."""
    body = "The ferry left at six and was late, the council said on Monday. (AP)"
    text = f"Ferry is late\n\n{body}\n\nThe ferry at Sandwick, May 29, 2026. REUTERS/Ada Holm\n\n{body}"
    article = extract_article(raw_text(text))
    kinds = [zone.kind for zone in article.zones]
    assert kinds.count(ZoneKind.CAPTION) == 1
    assert article.images[0].credit == "REUTERS/Ada Holm"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("ObamaÃ¢â‚¬â„¢s cafÃ©", "Obama’s café"),
        ("CafÃ© â€œZurâ€\x9d", "Café “Zur”"),
        ("São Paulo, naïve", "São Paulo, naïve"),
    ],
)
def test_wrongly_decoded_characters_are_put_right(
    written: str, meant: str, raw_text: Callable[..., RawArticle]
) -> None:
    """UTF-8 that was read as Windows-1252, once or twice, is repaired in title and text; right text stays."""
    body = f"The ferry left at six and was late, {written} said on Monday. " * 3
    article = extract_article(raw_text(body, feed_entry={"title": f"The {written} of all"}))
    assert article.title == f"The {meant} of all"
    assert article.text.count(meant) == 4


@pytest.mark.parametrize(
    ("line", "dateline", "rule"),
    [
        ("МОСКВА, 17 ноября. /ТАСС/. Мост открыли после ремонта.", "МОСКВА, 17 ноября. /ТАСС/.", "dateline-agency"),
        ("МОСКВА, 17 ноя — РИА Новости. Мост открыли.", "МОСКВА, 17 ноя — РИА Новости.", "dateline-agency"),
        ("САНКТ-ПЕТЕРБУРГ — Мост открыли после ремонта.", "САНКТ-ПЕТЕРБУРГ —", "dateline-capitals"),
        ("ΑΘΗΝΑ (ΑΠΕ-ΜΠΕ) - Το παλιό ταχυδρομείο άνοιξε ξανά.", "ΑΘΗΝΑ (ΑΠΕ-ΜΠΕ) -", "dateline-agency"),
        ("القاهرة (رويترز) - افتتحت البلدية مكتبة عامة.", "القاهرة (رويترز) -", "dateline-agency"),
        ("СРОЧНО — Мост открыли после ремонта.", "", ""),
    ],
)
def test_datelines_of_other_scripts(line: str, dateline: str, rule: str) -> None:
    """Russian, Greek and Arabic agencies' datelines are set apart; an announcement in capitals is none."""
    found = find_dateline(line)
    assert (line[: found.end].rstrip(), found.rule) == (dateline, rule) if found else not dateline


@pytest.mark.parametrize(
    "line", ["17 ноября 2026", "Τρίτη, 17 Νοεμβρίου 2026", "١٧ نوفمبر ٢٠٢٦", "17 listopada 2026", "November 17, 2026"]
)
def test_a_bare_date_line_is_no_story(line: str, raw_text: Callable[..., RawArticle]) -> None:
    """A line with nothing but the date, in whatever script, is set apart and dates the article to the day."""
    body = "The ferry left at six and was late, the council said on Monday. " * 3
    article = extract_article(raw_text(f"Ferry is late\n\n{line}\n\n{body}"))
    assert [(zone.kind, zone.rule) for zone in article.zones[:2]] == [
        (ZoneKind.TITLE, "title-line"),
        (ZoneKind.BYLINE, "date-line-bare"),
    ]
    assert article.published.at is not None
    assert article.published.at.date().isoformat() == "2026-11-17"


def test_a_slide_show_on_one_long_line_is_no_story(raw_text: Callable[..., RawArticle]) -> None:
    """However many captions of a slide show stand on one line, they are another story's; a long paragraph is not."""
    slides = " ".join(f"Photos: The lock – The gate in week {n} of May. Hide Caption {n} of 60" for n in range(1, 61))
    body = "The ferry left at six and was late, the council said on Monday. " * 60
    article = extract_article(raw_text(f"Ferry is late\n\n{body}\n\n{slides}\n\n{body}"))
    assert [zone.kind for zone in article.zones] == [
        ZoneKind.TITLE,
        ZoneKind.BODY,
        ZoneKind.RELATED,
        ZoneKind.BODY,
    ]
