"""The few answers of Elasticsearch that writing articles needs, from memory: what `ElasticStandIn` says by default.

In: method, path, body. Out: status and JSON. Holds documents by index and id with sequence numbers, and nothing else:
no search, no mappings. The real server is what proves the index; this one is for faults that no real one can be told to
make.
"""

import json
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

Json = dict[str, Any]


class ElasticMemory:
    """Documents of monthly indices behind one alias."""

    def __init__(self, alias: str, months: tuple[str, ...]) -> None:
        self.alias = alias
        self.indices: dict[str, dict[str, tuple[int, Json]]] = {f"{alias}-{month}": {} for month in months}
        self.others: dict[str, dict[str, tuple[int, Json]]] = {}
        """Indices of anything but articles, made by whoever asked for them."""
        self._sequence = 0
        self._lock = threading.Lock()

    def documents(self) -> list[Json]:
        """Return all articles."""
        with self._lock:
            return [source for held in self.indices.values() for _, source in held.values()]

    def answer(self, method: str, target: str, body: bytes) -> tuple[int, Json]:
        """Return status and body."""
        path = unquote(urlsplit(target).path)
        with self._lock:
            if path.startswith("/_resolve/index/"):
                return 200, {"indices": [self._resolved(name) for name in self.indices]}
            if path == "/_mget":
                return 200, {"docs": [self._read(each) for each in json.loads(body)["docs"]]}
            if path == "/_bulk":
                return 200, self._bulk(body)
            if path.endswith(("/_refresh", "/_search")):
                return 200, {"_shards": {"failed": 0}, "hits": {"hits": []}}
            if method in {"HEAD", "PUT"} and path.count("/") == 1:
                return self._other(method, path.removeprefix("/"))
        return 404, {"error": {"type": "stand_in", "reason": f"no answer to {method} {path}"}, "status": 404}

    def _other(self, method: str, name: str) -> tuple[int, Json]:
        """Say whether there is such an index, or make it."""
        if method == "HEAD":
            return (200 if name in self.others else 404), {}
        self.others.setdefault(name, {})
        return 200, {"acknowledged": True}

    def _resolved(self, name: str) -> Json:
        return {"name": name, "aliases": [self.alias], "attributes": ["open"]}

    def _read(self, wanted: Mapping[str, str]) -> Json:
        held = self.indices.get(wanted["_index"], {}).get(wanted["_id"])
        if held is None:
            return {"_index": wanted["_index"], "_id": wanted["_id"], "found": False}
        sequence, source = held
        return {"_index": wanted["_index"], "_seq_no": sequence, "_primary_term": 1, "_source": source}

    def _bulk(self, body: bytes) -> Json:
        lines = [json.loads(line) for line in body.splitlines()]
        items = [self._write(action, source) for action, source in zip(lines[::2], lines[1::2], strict=True)]
        return {"took": 1, "errors": any("error" in next(iter(item.values())) for item in items), "items": items}

    def _write(self, action: Json, source: Json) -> Json:
        ((kind, meta),) = action.items()
        held = (self.indices | self.others)[meta["_index"]]
        expected = held[meta["_id"]][0] if meta["_id"] in held else None
        if (None if kind == "create" else meta["if_seq_no"]) != expected:
            return build_item(action, 409, "version_conflict_engine_exception")
        self._sequence += 1
        held[meta["_id"]] = (self._sequence, source)
        return build_item(action, 201 if kind == "create" else 200)


def build_item(action: Json, status: int, kind: str = "", reason: str = "as the test wants it") -> Json:
    """Return the item of a bulk's answer for this action line."""
    ((name, meta),) = action.items()
    error = {"error": {"type": kind, "reason": reason}} if kind else {}
    return {name: {"_index": meta["_index"], "_id": meta["_id"], "status": status, **error}}
