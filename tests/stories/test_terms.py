"""How much a word tells: by language, English where a language has nothing to say, and cheap for every language."""

import csv

import pytest

from pipeline.stories.terms import count_words, idf
from schemas.fields import TEXT_LANGUAGES


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("Odette's boat's Odette’s", {"odette": 2, "boat": 1}),
        ("snake_case and cities' passes, a gas", {"snake": 1, "case": 1, "and": 1, "city": 1, "passe": 1, "gas": 1}),
        ("“Fähren”\u00a0Straße9", {"fähren": 1, "straße9": 1}),
        ("漢字とabc漢 x é", {"漢": 1, "字": 1, "と": 1, "abc漢": 1, "é": 1}),
        ("", {}),
    ],
)
def test_words_are_counted_whatever_stands_between_them(text: str, counted: dict[str, int]) -> None:
    """Possessives, plurals, underscores, quotation marks of print and writing without spaces."""
    assert count_words(text) == counted


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
