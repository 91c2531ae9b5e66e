"""What reading an input gives beside articles: inputs that cannot be read, and the limits of all readers.

Imports only `schemas`.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

MAX_RECORD_BYTES: Final = 8 * 1024 * 1024
"""A line of JSONL, or a whole page or text, above this is not read: no article of words is that large."""
KEPT_BYTES: Final = 64 * 1024
"""How much of a bad input goes into its dead letter."""


@dataclass(frozen=True, slots=True)
class BadInput:
    """Something that could not be read as an article.

    `value` is what was read, cut at `KEPT_BYTES`; `line` counts from 1, None for a whole file; `detail` is one sentence
    for a person.
    """

    path: Path
    line: int | None
    value: bytes
    detail: str

    @property
    def received_from(self) -> str:
        """Where a person would look for it: `file` or `file:line`."""
        return place_name(self.path, self.line)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record comes from. `modified_at` is the file's time: the fetch time of records that give none."""

    path: Path
    line: int | None
    modified_at: datetime

    @property
    def received_from(self) -> str:
        """Where a person would look for it."""
        return place_name(self.path, self.line)

    @property
    def scope(self) -> str:
        """Within what a record's own id is unique when it names no source: the file's name, wherever it lies."""
        return f"file:{self.path.name.removesuffix('.gz')}"


def place_name(path: Path, line: int | None) -> str:
    """Return `file` or `file:line`."""
    return str(path) if line is None else f"{path}:{line}"


def bad_file(path: Path, detail: str, value: bytes = b"") -> BadInput:
    """Return a file that cannot be read as a whole."""
    return BadInput(path, None, value[:KEPT_BYTES], detail)
