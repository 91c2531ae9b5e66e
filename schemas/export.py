"""JSON Schemas of the records that cross a topic, for producers in other languages.

`make schemas` writes them to `schemas/json`; a test keeps the files current.
"""

import json
from pathlib import Path
from typing import Final

from schemas.article import EnrichedArticle, RawArticle
from schemas.base import Record
from schemas.events import GroupedEvent, IndexedEvent

FOLDER: Final = Path(__file__).parent / "json"
EXPORTED: Final[dict[str, type[Record]]] = {
    "raw-article": RawArticle,
    "enriched-article": EnrichedArticle,
    "indexed-event": IndexedEvent,
    "grouped-event": GroupedEvent,
}


def build_schema(name: str) -> str:
    """Return the JSON Schema of one exported record as text, with a final newline."""
    schema = EXPORTED[name].model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = name
    return json.dumps(schema, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def write_schemas(folder: Path = FOLDER) -> list[Path]:
    """Write all schemas into `folder` and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name in EXPORTED:
        path = folder / f"{name}.schema.json"
        path.write_text(build_schema(name), encoding="utf-8")
        paths.append(path)
    return paths
