"""The mapping files for Elasticsearch and the table of fields say the same."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from schemas.fields import BY_NAME, FIELDS, TEXT_LANGUAGES, UNSTEMMED, IndexField, Kind, Match

TYPES: dict[Kind, dict[str, Any]] = {
    Kind.TEXT: {"type": "text", "analyzer": "news_neutral"},
    Kind.KEYWORD: {"type": "keyword"},
    Kind.DATE: {"type": "date"},
    Kind.INTEGER: {"type": "long"},
    Kind.FLOAT: {"type": "double"},
    Kind.BOOLEAN: {"type": "boolean"},
    Kind.GEO_POINT: {"type": "geo_point"},
    Kind.STORED: {"type": "object", "enabled": False},
}
SUB_FIELDS = {
    Match.WORDS: {"words": {"type": "text", "analyzer": "news_neutral"}},
    Match.FOLDED: {"folded": {"type": "keyword", "normalizer": "news_folded"}},
}


def load(repository: Path, name: str) -> dict[str, Any]:
    """Return the content of a component template."""
    content: dict[str, Any] = json.loads((repository / "schemas" / "mappings" / f"{name}.json").read_text("utf-8"))
    return content["template"]  # type: ignore[no-any-return] # JSON


def leaves(properties: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every mapped field with its path."""
    for name, mapping in properties.items():
        if "properties" in mapping:
            yield from leaves(mapping["properties"], f"{path}{name}.")
        else:
            yield path + name, mapping


@pytest.fixture
def mapped(repository: Path) -> dict[str, dict[str, Any]]:
    """The mapping's fields by path."""
    return dict(leaves(load(repository, "news-mappings@v1")["mappings"]["properties"]))


def test_every_field_is_mapped_and_no_other(mapped: dict[str, dict[str, Any]]) -> None:
    """The table's fields and the mapping's are the same, but for the stemmed texts and what a page is collapsed by."""
    texts = [field.name for field in FIELDS if field.kind is Kind.TEXT]
    stemmed = {f"stemmed.{code}.{text}" for code in (*TEXT_LANGUAGES, UNSTEMMED) for text in texts}
    assert set(mapped) == set(BY_NAME) | stemmed | {"story_key"}


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_types_agree(mapped: dict[str, dict[str, Any]], field: IndexField) -> None:
    """Each field has the type, and the sub-field for how people look for it, that the table says."""
    expected = dict(TYPES[field.kind])
    if field.match in SUB_FIELDS:
        expected["fields"] = SUB_FIELDS[field.match]
    assert mapped[field.name] == expected


def test_root_is_strict(repository: Path) -> None:
    """A field that nobody declared is refused, not guessed."""
    mappings = load(repository, "news-mappings@v1")["mappings"]
    assert mappings["dynamic"] == "strict"
    assert mappings["_source"] == {"excludes": ["stemmed"]}


def test_every_analyzer_is_defined(repository: Path, mapped: dict[str, dict[str, Any]]) -> None:
    """Mappings name only analyzers, and analyzers only filters, that exist; each language has its own stemmer."""
    analysis = load(repository, "news-analysis@v1")["settings"]["analysis"]
    used = {each["analyzer"] for each in mapped.values() if "analyzer" in each}
    assert used == set(analysis["analyzer"]) == {"news_neutral", *(f"news_{code}" for code in TEXT_LANGUAGES)}
    filters = {name for each in analysis["analyzer"].values() for name in each["filter"]}
    assert filters == {*analysis["filter"], "lowercase", "asciifolding"}
    assert mapped[f"stemmed.{UNSTEMMED}.body"]["analyzer"] == "news_neutral"
    for code, name in TEXT_LANGUAGES.items():
        assert mapped[f"stemmed.{code}.body"]["analyzer"] == f"news_{code}"
        assert analysis["filter"][f"news_stem_{code}"] == {"type": "snowball", "language": name}


def test_a_field_limit_leaves_room(repository: Path, mapped: dict[str, dict[str, Any]]) -> None:
    """The limit on fields is above what the mapping needs, and low enough to notice an explosion."""
    limit = load(repository, "news-settings@v1")["settings"]["index"]["mapping"]["total_fields"]["limit"]
    needed = len(mapped) + sum(len(each.get("fields", {})) for each in mapped.values())
    assert needed < limit <= 1000
