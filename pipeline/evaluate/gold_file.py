"""Reads gold files: JSON lines, gzipped or not. A line that is no JSON object is an error that names its number."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from schemas.errors import BAD_INPUT, Rejected


def read_gold(path: Path, limit: int | None = None) -> Iterator[dict[str, Any]]:
    """Yield the records of a gold file in order, at most `limit`.

    Raises:
        Rejected: `bad-input`, a line is no JSON object.
    """
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if limit is not None and number > limit:
                return
            try:
                record = json.loads(line)
            except ValueError as error:
                raise Rejected(BAD_INPUT, f"{path} line {number} is not JSON: {error}") from error
            if not isinstance(record, dict):
                raise Rejected(BAD_INPUT, f"{path} line {number} is no JSON object")
            yield record
