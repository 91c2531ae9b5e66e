"""A `.json` file: which form is it? JSON lines, a list of records, a JSON Feed, ninjs. File → articles, bad inputs."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from pipeline.feeds.json_feed import is_json_feed
from pipeline.feeds.json_text import parse_json
from pipeline.feeds.ninjs import is_ninjs
from pipeline.producers.byte_lines import BROKEN, open_bytes
from pipeline.producers.feed_files import read_feed_file, read_ninjs_file
from pipeline.producers.inputs import KEPT_BYTES, MAX_RECORD_BYTES, BadInput, Place, bad_file
from pipeline.producers.jsonl import parse_record, read_jsonl
from schemas.article import RawArticle
from schemas.errors import Rejected

_LIST_KEYS: Final = ("articles", "items", "results", "documents", "data", "hits")


def read_json(path: Path, modified_at: datetime) -> Iterator[RawArticle | BadInput]:
    """Yield the articles of a JSON file.

    A whole document of up to 8 MiB is read as JSON Feed, ninjs, one record or a list of records (bare, or under
    `articles`, `items`, `results`, …); anything else line by line, as JSONL.
    """
    try:
        document = _whole(path)
    except BROKEN as error:
        yield bad_file(path, f"The file is damaged or cannot be read: {error}")
        return
    records = _records(document)
    if is_json_feed(document):
        yield from read_feed_file(path, modified_at)
    elif records and is_ninjs(records[0]):
        yield from read_ninjs_file(path, modified_at)
    elif records is None:
        yield from read_jsonl(path, modified_at)
    else:
        for number, record in enumerate(records, start=1):
            yield _read(record, Place(path, number, modified_at))


def _whole(path: Path) -> object:
    """Return the document, None when it is none as a whole (several lines of JSON, or too large)."""
    with open_bytes(path) as stream:
        value = stream.read(MAX_RECORD_BYTES + 1)
    if len(value) > MAX_RECORD_BYTES:
        return None
    try:
        return parse_json(value)
    except Rejected:
        return None


def _records(document: object) -> list[Any] | None:
    if isinstance(document, list):
        return document
    if not isinstance(document, dict):
        return None
    held = next((document[key] for key in _LIST_KEYS if isinstance(document.get(key), list)), None)
    return held if held and isinstance(held[0], dict) else [document]


def _read(record: object, place: Place) -> RawArticle | BadInput:
    value = json.dumps(record, ensure_ascii=False, default=str).encode("utf-8", "replace")
    if not isinstance(record, dict):
        return BadInput(place.path, place.line, value[:KEPT_BYTES], "The element of the list is no object.")
    try:
        return parse_record(record, place)
    except Rejected as error:
        return BadInput(place.path, place.line, value[:KEPT_BYTES], error.detail)
