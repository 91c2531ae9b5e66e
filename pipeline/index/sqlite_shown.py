"""Documents as a page of results shows them, read by row in one statement: the quick way to many at once."""

import json
import sqlite3
from collections.abc import Iterable
from typing import Any, Final

import zstandard

from pipeline.index.packing import unpack_fields

_QUERY: Final = """
SELECT row, packed, article_id, first_seen_at, indexed_at, story_id, copy_of, is_copy
FROM documents JOIN contents USING (row) WHERE row IN (SELECT value FROM json_each(?))
"""
_KEPT_APART: Final = ("article_id", "first_seen_at", "indexed_at", "story_id", "copy_of")


def read_shown(connection: sqlite3.Connection, rows: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Return the fields of the documents of these rows that exist, all owners' but without the fingerprint."""
    decompressor = zstandard.ZstdDecompressor()
    shown = {}
    for row, packed, *kept, is_copy in connection.execute(_QUERY, (json.dumps(list(rows)),)).fetchall():
        fields = unpack_fields(packed, decompressor)
        fields |= {name: value for name, value in zip(_KEPT_APART, kept, strict=True) if value is not None}
        fields["is_copy"] = bool(is_copy)
        shown[row] = fields
    return shown
