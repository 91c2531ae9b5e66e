"""The table of the samples' fields and their mapping say the same."""

import json
from pathlib import Path
from typing import Any

from schemas.fields import Kind
from schemas.sample_fields import BY_NAME, SAMPLE_FIELDS
from tests.index.test_mappings import leaves

TYPES: dict[Kind, dict[str, Any]] = {
    Kind.KEYWORD: {"type": "keyword", "ignore_above": 1024},
    Kind.DATE: {"type": "date"},
    Kind.INTEGER: {"type": "long"},
    Kind.FLOAT: {"type": "double"},
}


def test_every_field_is_mapped_as_the_table_says(repository: Path) -> None:
    """The same names with the same types, once each, and no field that nobody declared."""
    file = repository / "schemas" / "mappings" / "news-pipeline-metrics@v1.json"
    mappings = json.loads(file.read_text("utf-8"))["template"]["mappings"]
    assert mappings["dynamic"] == "strict"
    assert dict(leaves(mappings["properties"])) == {field.name: TYPES[field.kind] for field in SAMPLE_FIELDS}
    assert len(BY_NAME) == len(SAMPLE_FIELDS)
