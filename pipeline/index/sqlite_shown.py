"""Documents as a page of results shows them, read by row in one statement: the quick way to many at once."""

import json
import sqlite3
from collections import OrderedDict
from collections.abc import Iterable
from threading import Lock
from typing import Any, Final

import zstandard
from pydantic import TypeAdapter
from typing_extensions import TypedDict  # pydantic takes no other before Python 3.12

from pipeline.index.packing import unpack_head

_DOCUMENTS: Final = """
SELECT row, change, article_id, first_seen_at, story_id, copy_of, is_copy
FROM documents WHERE row IN (SELECT value FROM json_each(?))
"""
_CONTENTS: Final = """
SELECT row, change, packed FROM documents JOIN contents USING (row) WHERE row IN (SELECT value FROM json_each(?))
"""
MAX_KEPT_BYTES: Final = 6 * 1024 * 1024
"""Of documents as they are packed: some 4,000 of newswire, 1,500 of the web; about as much in memory."""
MAX_BYTES_EACH: Final = 32_768
"""Larger documents are read each time."""
_KEPT_APART: Final = ("article_id", "first_seen_at", "story_id", "copy_of")
_Shown = TypedDict(
    "_Shown",
    {
        "title": Any,
        "summary": Any,
        "body": Any,
        "url": Any,
        "canonical_url": Any,
        "source.id": Any,
        "source.name": Any,
        "source.domain": Any,
        "origin.name": Any,
        "published_at": Any,
        "published_precision": Any,
        "language": Any,
        "authors": Any,
    },
    total=False,
)
_SHOWN: Final = TypeAdapter(_Shown)
"""Reads what hits are made of in less than half the time that all fields take; `terms` alone are a third of them."""


class ShownDocuments:
    """Reads documents, and keeps the contents of the last ones: searches that differ show many of the same articles.

    Every write gives a document a new `change`, so that what is kept of it is never asked for again. Packed, all
    that is kept has `kept_bytes`. Safe for threads.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[tuple[int, int], tuple[_Shown, int]] = OrderedDict()
        self.kept_bytes = 0

    def read(self, connection: sqlite3.Connection, rows: Iterable[int]) -> dict[int, dict[str, Any]]:
        """Return what `build_hit` and the highlights need of the documents of these rows that exist."""
        records = connection.execute(_DOCUMENTS, (json.dumps(list(rows)),)).fetchall()
        contents = self._find_kept([record[:2] for record in records])
        missing = [row for row, *_ in records if row not in contents]
        if missing:
            contents |= self._unpack(connection, missing)
        shown = {}
        for row, _, *apart, is_copy in records:
            if row in contents:
                fields: dict[str, Any] = {**contents[row]}
                fields |= {name: value for name, value in zip(_KEPT_APART, apart, strict=True) if value is not None}
                fields["is_copy"] = bool(is_copy)
                shown[row] = fields
        return shown

    def _find_kept(self, keys: Iterable[tuple[int, int]]) -> dict[int, _Shown]:
        found = {}
        with self._lock:
            for key in keys:
                if key in self._kept:
                    self._kept.move_to_end(key)
                    found[key[0]] = self._kept[key][0]
        return found

    def _unpack(self, connection: sqlite3.Connection, rows: list[int]) -> dict[int, _Shown]:
        decompressor = zstandard.ZstdDecompressor()
        contents: dict[int, _Shown] = {}
        for row, change, packed in connection.execute(_CONTENTS, (json.dumps(rows),)).fetchall():
            contents[row] = _SHOWN.validate_json(unpack_head(packed, decompressor))
            if len(packed) <= MAX_BYTES_EACH:
                self._keep((row, change), contents[row], len(packed))
        return contents

    def _keep(self, key: tuple[int, int], shown: _Shown, size: int) -> None:
        with self._lock:
            if key not in self._kept:
                self._kept[key] = shown, size
                self.kept_bytes += size
            while self.kept_bytes > MAX_KEPT_BYTES:
                self.kept_bytes -= self._kept.popitem(last=False)[1][1]
