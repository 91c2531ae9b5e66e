"""The body of POST /ingest → articles, and what cannot be read, each with its place in the request. Pure.

Accepts one object, an array of objects, or one object a line; the keys are those of a JSONL file.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from pipeline.producers.inputs import MAX_RECORD_BYTES, Place
from pipeline.producers.jsonl import parse_record
from schemas.article import RawArticle
from schemas.errors import BAD_INPUT, TOO_LARGE, Rejected

MAX_ITEMS: Final = 1000
"""Articles in one request: it is answered when all of them are durable, so that larger ones would time out."""
_PLACE: Final = Path("http-push")


@dataclass(frozen=True, slots=True)
class Pushed:
    """One item of a request: an article, or why it is none."""

    item: int
    article: RawArticle | None
    error: Rejected | None


def read_push(body: bytes, content_type: str, now: datetime) -> list[Pushed]:
    """Return the items of the body in order. `now` is the fetch time of those that give none.

    Raises:
        Rejected: `bad-input` when the body as a whole is no JSON, `too-large` when it has too many items.
    """
    is_lines = "ndjson" in content_type or "jsonl" in content_type or "json-seq" in content_type
    values = list(_lines(body)) if is_lines else _whole(body)
    if len(values) > MAX_ITEMS:
        raise Rejected(TOO_LARGE, f"a request may hold {MAX_ITEMS:,} articles, not {len(values):,}; send several")
    return [_read(number, value, now) for number, value in enumerate(values)]


def _whole(body: bytes) -> list[Any]:
    value = _parse(body)
    if isinstance(value, Rejected):
        raise value
    return value if isinstance(value, list) else [value]


def _lines(body: bytes) -> Iterator[Any]:
    """Yield each line's value, or why it is none; a broken line costs only itself."""
    for line in body.split(b"\n"):
        if line.strip():
            yield _parse(line)


def _parse(value: bytes) -> Any:  # noqa: ANN401 - JSON
    try:
        return json.loads(value.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        return Rejected(BAD_INPUT, f"not UTF-8 (byte {error.start})")
    except json.JSONDecodeError as error:
        return Rejected(BAD_INPUT, f"not JSON: {error.msg} (character {error.pos + 1})")
    except (ValueError, RecursionError):
        return Rejected(BAD_INPUT, "not JSON that can be read: nested too deeply, or a number too long")


def _read(number: int, value: object, now: datetime) -> Pushed:
    if isinstance(value, Rejected):
        return Pushed(number, None, value)
    if not isinstance(value, Mapping):
        return Pushed(number, None, Rejected(BAD_INPUT, "an article is a JSON object"))
    try:
        # Without a time of its own, an article is as old as the request, to the second: as files are.
        article = parse_record(value, Place(_PLACE, None, now.replace(microsecond=0)))
    except Rejected as error:
        return Pushed(number, None, error)
    if len(article.content) > MAX_RECORD_BYTES:
        return Pushed(number, None, Rejected(TOO_LARGE, f"the text is longer than {MAX_RECORD_BYTES // 1024**2} MiB"))
    return Pushed(number, article.model_copy(update={"channel": "http", "received_from": "POST /ingest"}), None)
