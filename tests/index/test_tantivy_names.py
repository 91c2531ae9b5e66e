"""Facets of names are counted by number: the numbers never show, and change nothing that a person sees."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.clock import ManualClock
from pipeline.index.tantivy import TantivyIndex
from pipeline.index.tantivy_names import number_of, numbered_term
from schemas.query import Facet, Filter, SearchQuery
from tests.index.making import NOW, days_ago, entity, make_document

STRANGE = ("Ada Holm", "ada holm", "Straße 9", "李小龍", "a\0b", "0123456789abcdef", "x" * 512)


@pytest.fixture
def index(tmp_path: Path) -> Iterator[TantivyIndex]:
    """An empty index whose every commit is a segment of its own, as it is while articles come in."""
    index = TantivyIndex(tmp_path / "index", ManualClock(NOW), background=False)
    index.install()
    yield index
    index.close()


def count(index: TantivyIndex, size: int = 10, **options: object) -> tuple[Facet, ...]:
    """Return the people in the index."""
    query = SearchQuery(now=NOW, facets=("entities.person",), facet_size=size, limit=0, **options)  # type: ignore[arg-type]
    return index.search(query).facets["entities.person"]


def test_names_come_back_as_they_were(index: TantivyIndex) -> None:
    """Names that differ in a letter's case, hold any sign, or look like a number of ours, are counted apart."""
    for n in range(4):
        people = [entity(name) for name in STRANGE[n:]]
        index.write([make_document(n, "Storm", published=days_ago(n), entities=people)])
        index.refresh()
    assert {(each.value, each.count) for each in count(index)} == {
        (name, min(n + 1, 4)) for n, name in enumerate(STRANGE)
    }
    for name in STRANGE:
        (facet,) = [each for each in count(index, filters=(Filter("entities.person", (name,)),)) if each.value == name]
        found = index.search(SearchQuery(now=NOW, filters=(Filter("entities.person", (name,)),)))
        assert found.total == facet.count


def test_of_equal_counts_the_first_by_name_are_shown(index: TantivyIndex) -> None:
    """The order of numbers does not decide which of many names that stand once are shown."""
    names = [entity(f"Person {letter}") for letter in "FADCBEG"]
    index.write([make_document(1, "Storm", published=days_ago(1), entities=names)])
    index.refresh()
    assert [each.value for each in count(index, size=3)] == ["Person A", "Person B", "Person C"]


def test_a_name_that_is_gone_is_not_shown(index: TantivyIndex) -> None:
    """What no article says any more is neither counted nor named."""
    for version, name in ((1, "Ada Holm"), (2, "Bo Lund")):
        index.write([make_document(1, "Storm", version=version, entities=[entity(name)])])
        index.refresh()
    assert [each.value for each in count(index)] == ["Bo Lund"]


def test_a_number_is_exact_in_an_answer_of_the_engine() -> None:
    """Answers hold floating-point numbers, which are exact up to 53 bits; a term begins with its number."""
    numbers = [number_of(f"name {n}") for n in range(1000)]
    assert all(int(float(number)) == number for number in numbers)
    assert len(set(numbers)) == 1000
    assert numbered_term("name 7") == f"{numbers[7]:014x}name 7"
