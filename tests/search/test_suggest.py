"""Did you mean, other names of outlets, and likelihood: the pure parts of searching."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.search.aliases import Known, expand_aliases
from pipeline.search.suggest import MAX_EDITS, count_edits, suggest_query
from pipeline.search.trending import SIGNIFICANT, likelihood_ratio
from schemas.query import And, Expression, FieldTerm, Not, Or, Word, WordCount

WORDS = (WordCount("ferry", 30), WordCount("fairy", 40), WordCount("harbour", 9))
AP = Known("associated-press", "The Associated Press")


def suggest(text: str, held: int = 0) -> str | None:
    """Return the suggestion when `held` articles have the words as typed."""
    return suggest_query(text, lambda _: held, lambda _: WORDS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ferrry", "ferry"),
        ("Harbuor OR ferri", "harbour OR ferry"),
        ('title:ferrry "ferrry" -ferrry', None),
        ("fer", None),
        ("ferr1", None),
        ("ocean", None),
    ],
)
def test_plain_words_are_mended(text: str, expected: str | None) -> None:
    """Only plain words are replaced, by the closest word; fields, phrases and what is excluded stay."""
    assert suggest(text) == expected


def test_words_that_exist_are_doubted_less() -> None:
    """A word that a few articles have gives way only to a far more frequent one, one letter away."""
    assert suggest("ferri", held=2) == "ferry"
    assert suggest("ferrry", held=3) is None
    assert suggest("harbuor", held=1) is None


@given(st.text(alphabet="abc", max_size=8), st.text(alphabet="abc", max_size=8))
def test_edits_are_a_distance(first: str, other: str) -> None:
    """Edits are counted the same both ways, and are none exactly for the same word."""
    assert count_edits(first, other) == count_edits(other, first)
    assert (count_edits(first, other) == 0) == (first == other)
    assert count_edits(first, other) <= MAX_EDITS + 1


def test_outlets_are_found_under_their_other_names() -> None:
    """Publishers and origins are also looked for by id, cited outlets by name, wherever they stand in the query."""
    origin = FieldTerm("origin", ("origin.id", "origin.name"), "AP")
    expected = Or((origin, FieldTerm("origin", ("origin.id", "origin.name"), "associated-press")))
    query: Expression = And((Word("storm"), Not(origin)))
    assert expand_aliases(query, lambda _: AP) == And((Word("storm"), Not(expected)))


def test_unknown_outlets_and_other_fields_stay() -> None:
    """What the registry does not know, ids themselves, beginnings and other fields are left as they are."""
    term = FieldTerm("origin", ("origin.name",), "AP")
    assert expand_aliases(term, lambda _: None) == term
    for other in (
        FieldTerm("origin", ("origin.id",), "associated-press"),
        FieldTerm("source", ("source.name",), "A", prefix=True),
        FieldTerm("person", ("entities.person",), "AP"),
    ):
        assert expand_aliases(other, lambda _: AP) == other


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 200), st.integers(0, 200))
def test_likelihood_is_never_negative(now: int, now_total: int, before: int, before_total: int) -> None:
    """The ratio is 0 unless the rate rose, and never below."""
    assert likelihood_ratio(now, now_total, before, before_total) >= 0


def test_frequent_is_not_rising() -> None:
    """A name that is always frequent is no trend; one that was rare and is not any more is."""
    assert likelihood_ratio(50, 100, 200, 400) == 0
    assert likelihood_ratio(6, 100, 2, 400) > SIGNIFICANT
