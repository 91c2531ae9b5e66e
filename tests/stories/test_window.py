"""The window of terms: which of the recent articles tell the same, whatever else is held."""

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.stories.likeness import CROSS_LANGUAGE, FADED, FADING_DAYS
from pipeline.stories.terms import extract_terms
from pipeline.stories.window import TermWindow

MONDAY = datetime(2026, 2, 2, 8, tzinfo=UTC)
TANKER = "tanker Borealis aground Vardo tugs Kirkenes oil"
COMET = "comet Arbelo telescope tail astronomers perihelion orbit"


def _terms(text: str, language: str = "en", names: str = "") -> tuple[int, ...]:
    return extract_terms("", text, names.split(), language)


def _window(texts: dict[str, str], capacity: int = 10) -> TermWindow:
    window = TermWindow(capacity)
    for key, text in texts.items():
        window.add(key, _terms(text), MONDAY, "en")
    return window


def test_look_up_and_direct_comparison_agree() -> None:
    """What a look-up finds among all is what comparing with the articles by name gives; itself is wholly alike."""
    window = _window({"a": TANKER, "b": f"{TANKER} rescue crew", "c": COMET})
    row = window.look_up(_terms(TANKER), MONDAY, "en")
    assert [one for one, _ in row] == ["a", "b"]
    found = dict(row)
    assert found["a"] == pytest.approx(1.0)
    assert window.compare("abc", "bac")[0].tolist() == pytest.approx([found["b"], 1, 0])
    assert window.compare("abc", "bac")[2].tolist() == pytest.approx([0, 0, 1])
    assert window.compare("abc", "abc").T.tolist() == pytest.approx(window.compare("abc", "abc"))


def test_article_that_is_not_held_can_be_looked_up() -> None:
    """Its words that nobody else has count for nothing."""
    window = _window({"a": TANKER})
    alike = window.look_up(_terms(f"{TANKER} zeppelin quorum"), MONDAY, "en")[0][1]
    assert 0.7 < alike < 1.0
    assert window.look_up(_terms("zeppelin quorum"), MONDAY, "en") == []


def test_first_leaves_when_there_is_no_room() -> None:
    """What left is found no more, and its place and words serve the next."""
    window = _window({"a": TANKER, "b": COMET}, capacity=2)
    assert window.add("c", _terms(f"{COMET} binoculars"), MONDAY, "en") == "a"
    assert "a" not in window
    assert window.look_up(_terms(TANKER), MONDAY, "en") == []
    assert [one for one, _ in window.look_up(_terms(COMET), MONDAY, "en")] == ["b", "c"]


def test_removed_and_replaced_articles() -> None:
    """A second version takes the place of the first; removing what is not held changes nothing."""
    window = _window({"a": TANKER, "b": COMET})
    window.add("a", _terms(COMET), MONDAY, "en")
    window.remove("b")
    window.remove("b")
    assert [one for one, _ in window.look_up(_terms(f"{COMET} {TANKER}"), MONDAY, "en")] == ["a"]


def test_similarity_fades_with_time() -> None:
    """A month apart, and no less after that."""
    window = _window({"a": TANKER})
    later = [MONDAY + timedelta(days=days) for days in (FADING_DAYS, 3 * FADING_DAYS)]
    assert [window.look_up(_terms(TANKER), at, "en")[0][1] for at in later] == pytest.approx([FADED, FADED])


def test_two_languages_need_common_names() -> None:
    """They share names or nothing, so what they share counts double; common words alone do not."""
    names = "Borealis Vardo Kirkenes"
    window = TermWindow(4)
    window.add("a", _terms(TANKER, "en", names), MONDAY, "en")
    ((_, same),) = window.look_up(_terms(TANKER, "en", names), MONDAY, "en")
    ((_, other),) = window.look_up(_terms(TANKER, "en", names), MONDAY, "de-AT")
    assert other == pytest.approx(same * CROSS_LANGUAGE)
    assert window.look_up(_terms(TANKER, "en"), MONDAY, "de") == []
