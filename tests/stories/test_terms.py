"""How much a word tells: by language, English where a language has nothing to say, and cheap for every language."""

import csv

import pytest

from pipeline.stories.terms import idf
from schemas.fields import TEXT_LANGUAGES


def test_word_tells_by_language() -> None:
    """`die` is in every German article and a telling word in English; unknown words tell the most everywhere."""
    assert idf("die", "de") < 1 < idf("die", "en")
    assert idf("die", "de-AT") == idf("die", "de")
    assert idf("the", "el") == idf("the", "en") == idf("the", None)
    assert idf("qwertyuiop", "de") == idf("qwertyuiop", "en") > 9


def test_table_is_read_once_for_all_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search in any language asks all of them at each word, more than a small cache would hold."""
    idf("ferry", "en")
    monkeypatch.delattr(csv, "DictReader")
    for _ in range(2):
        assert [idf("ferry", language) for language in TEXT_LANGUAGES]
