"""The article that the product exists for: zones, caption, credit, notice and time of a small outlet's reprint."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.extract.article import extract_article
from pipeline.extract.extracted import ExtractedArticle
from schemas.annotations import Precision, TimeSignal, Zone, ZoneKind
from schemas.article import RawArticle


@pytest.fixture(scope="module")
def article(shared_dir: Path, raw_text: Callable[..., RawArticle]) -> ExtractedArticle:
    """The acceptance article, extracted."""
    paths = sorted((shared_dir / "seeds").glob("*.txt"))
    assert len(paths) == 1
    return extract_article(raw_text(paths[0].read_text(encoding="utf-8"), channel="file"))


def _only(article: ExtractedArticle, kind: ZoneKind) -> tuple[Zone, str]:
    zones = [zone for zone in article.zones if zone.kind is kind]
    assert len(zones) == 1
    return zones[0], article.text[zones[0].start : zones[0].end]


def test_zones_in_order(article: ExtractedArticle) -> None:
    """Promo line, title, caption, credit and notice lead; everything after them is body."""
    kinds = [zone.kind for zone in article.zones]
    assert kinds[:5] == [
        ZoneKind.PROMO,
        ZoneKind.TITLE,
        ZoneKind.CAPTION,
        ZoneKind.CREDIT,
        ZoneKind.REPRINT_NOTICE,
    ]
    assert set(kinds[5:]) == {ZoneKind.BODY}
    assert len(kinds[5:]) == 17


def test_promo_is_the_first_line(article: ExtractedArticle) -> None:
    """The promo zone is the whole first line and nothing else."""
    zone, text = _only(article, ZoneKind.PROMO)
    assert zone.start == 0
    assert text == article.text.split("\n")[0]
    assert "Telegram" in text


def test_title_is_the_second_block(article: ExtractedArticle) -> None:
    """The title is the second line, not the promo line, and it is the article's title."""
    _, text = _only(article, ZoneKind.TITLE)
    assert article.title == text == article.text.split("\n")[1]


def test_caption_and_credit_share_a_line(article: ExtractedArticle) -> None:
    """The caption ends with its sentence; the parenthesis with the photographer is the credit."""
    caption, caption_text = _only(article, ZoneKind.CAPTION)
    credit, credit_text = _only(article, ZoneKind.CREDIT)
    assert article.text[caption.start : credit.end].count("\n") == 0
    assert caption_text.endswith("2018.")
    assert credit_text.startswith("(")
    assert credit_text.endswith("Shealah Craighead)")
    assert [(image.caption, image.credit) for image in article.images] == [(caption_text, credit_text.strip("()"))]


def test_notice_names_the_origin(article: ExtractedArticle) -> None:
    """The reprint notice is a zone of its own, so that nobody counts its names as the story's."""
    _, text = _only(article, ZoneKind.REPRINT_NOTICE)
    assert "Radio Free Europe/Radio Liberty" in text
    assert text.endswith("permission.")


def test_year_is_inferred_and_says_so(article: ExtractedArticle) -> None:
    """The year comes from the text, is precise to the year only, and is never that of the fetch."""
    assert article.published.signal is TimeSignal.INFERRED
    assert article.published.precision is Precision.YEAR
    assert article.published.at is not None
    assert article.published.at.year == 2018
    assert not article.published.zone_known
