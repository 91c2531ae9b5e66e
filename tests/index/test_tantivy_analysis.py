"""Indexed forms of single words are kept, and are the same as when they are analysed anew."""

import pytest

from pipeline.index import tantivy_analysis
from pipeline.index.tantivy_analysis import Analyzers
from schemas.fields import NEUTRAL

WORDS = ["Storms", "Düsseldorf", "storms", "x" * 200, "Storms", "漢字", "a-b", "Odette"]


@pytest.mark.parametrize("code", [NEUTRAL, "en", "de"])
def test_forms_are_the_same_however_often_asked(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Words without a form or with several stay as they are; the order is that of the words; little is kept."""
    monkeypatch.setattr(tantivy_analysis, "MAX_KEPT_WORDS", 4)
    analyzers = Analyzers.build()
    anew = [Analyzers.build().analyze_words(code, [word])[0] for word in WORDS]
    for count in (3, len(WORDS), 5, len(WORDS)):
        assert analyzers.analyze_words(code, WORDS[:count]) == anew[:count]
    assert len(analyzers.kept[code]) <= 4 + len(WORDS)
    assert analyzers.analyze_words(code, []) == []


def test_languages_have_forms_of_their_own() -> None:
    """What was kept for one language is not taken for another."""
    analyzers = Analyzers.build()
    assert [analyzers.analyze_words(code, ["Storms"]) for code in (NEUTRAL, "en")] == [["storms"], ["storm"]]
