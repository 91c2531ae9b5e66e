"""Hits → lines of JSON and rows of CSV, for whoever works on with them elsewhere. Pure; streams one page at a time.

Cells that a spreadsheet would run as a formula are defused: an article's title is somebody else's text.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Final

from pydantic import TypeAdapter

from schemas.query import Hit

COLUMNS: Final = (
    "article_id", "title", "url", "source", "source_domain", "origin", "published_at", "first_seen_at", "language",
    "authors", "story_id", "copy_of", "summary",
)  # fmt: skip
_HIT: Final = TypeAdapter(Hit)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""First signs that make a cell a formula (OWASP, CSV injection), full-width forms included."""


def write_jsonl(hits: Iterable[Hit]) -> Iterator[bytes]:
    """Yield one line of JSON for each hit, without the highlights."""
    for hit in hits:
        yield _HIT.dump_json(hit, exclude={"highlights", "score"}, exclude_none=True) + b"\n"


def write_csv(hits: Iterable[Hit]) -> Iterator[bytes]:
    """Yield a head and one row for each hit: RFC 4180, UTF-8 with the mark that spreadsheets need to see it."""
    yield b"\xef\xbb\xbf" + _row(COLUMNS)
    for hit in hits:
        record = _HIT.dump_python(hit, mode="json", include=set(COLUMNS))
        record["authors"] = "; ".join(hit.authors)
        yield _row(defuse(str(record[name] or "")) for name in COLUMNS)


def defuse(cell: str) -> str:
    """Return the cell so that no spreadsheet computes it.

    >>> defuse("=1+1"), defuse("plain")
    ("'=1+1", 'plain')
    """
    return "'" + cell if cell.lstrip(" ").startswith(_FORMULA) else cell


def _row(cells: Iterable[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line, quoting=csv.QUOTE_MINIMAL).writerow([cell.replace("\x00", "") for cell in cells])
    return line.getvalue().encode("utf-8", "replace")
