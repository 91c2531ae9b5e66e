"""A stand-in for Kibana, as strict as Kibana: the Dashboards API of 9.5, or the import of saved objects of 8.x.

Holds what it was sent, fills in defaults as Kibana does, counts writes. No test of ours can start the real one.
"""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.dashboards import kibana_api_rules, kibana_import_rules

API_KEY = "c2VjcmV0"


class KibanaStandIn:
    """The state of one Kibana of a version such as `9.5.3`; `space` is the only one it has."""

    def __init__(self, version: str, space: str | None = None) -> None:
        self.version = version
        self.space = space
        self.boards: dict[str, dict[str, Any]] = {}
        self.views: dict[str, dict[str, Any]] = {}
        self.objects: dict[tuple[str, str], dict[str, Any]] = {}
        self.writes: list[str] = []
        self.address = ""

    @property
    def has_api(self) -> bool:
        """Whether this version has the Dashboards API."""
        major, minor, *_ = (int(part) for part in self.version.split("."))
        return (major, minor) >= (9, 5)

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
        """Return status and content for a request."""
        if headers.get("authorization") != f"ApiKey {API_KEY}":
            return 401, {"message": "missing authentication credentials"}
        home = "" if self.space is None else f"/s/{self.space}"
        if not path.startswith(f"{home}/"):
            return 404, {"message": "Not Found"}
        if method != "GET" and "kbn-xsrf" not in headers:
            return 400, {"message": "Request must contain a kbn-xsrf header."}
        try:
            return self._route(method, path.removeprefix(home), headers, body)
        except (kibana_api_rules.Refused, kibana_import_rules.Refused) as error:
            return 400, {"statusCode": 400, "error": "Bad Request", "message": str(error)}

    def _route(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
        plain = urlsplit(path).path
        if plain == "/api/status":
            return 200, {"version": {"number": self.version}, "status": {"overall": {"level": "available"}}}
        if found := re.fullmatch(r"/api/data_views/data_view(?:/(.+))?", plain):
            return self._view(method, found[1] and unquote(found[1]), body)
        if self.has_api and (found := re.fullmatch(r"/api/dashboards/(.+)", plain)):
            kibana_api_rules.check_version(headers)
            return self._board(method, unquote(found[1]), body)
        if (method, path) == ("POST", "/api/saved_objects/_import?overwrite=true"):
            return self._import(headers["content-type"], body)
        if (method, plain) == ("POST", "/api/saved_objects/_export"):
            return self._export(json.loads(body))
        return 404, {"statusCode": 404, "error": "Not Found", "message": "Not Found"}

    def _view(self, method: str, view_id: str | None, body: bytes) -> tuple[int, Any]:
        if method == "GET" and view_id is not None:
            held = self.views.get(view_id)
            return (
                (404, {"message": f"Saved object [index-pattern/{view_id}] not found"})
                if held is None
                else (
                    200,
                    {"data_view": held},
                )
            )
        content = json.loads(body)
        kibana_api_rules.VIEW(content, "body")
        view = content["data_view"]
        if view["id"] in self.views and not content["override"]:
            return 409, {"message": "Duplicate data view"}
        self.views[view["id"]] = {"sourceFilters": [], "typeMeta": {}, "namespaces": ["default"], **view}
        self.writes.append(view["id"])
        return 200, {"data_view": self.views[view["id"]]}

    def _board(self, method: str, board_id: str, body: bytes) -> tuple[int, Any]:
        if method == "GET":
            held = self.boards.get(board_id)
            return (
                (404, {"message": f"Dashboard {board_id} not found"}) if held is None else (200, self._held(board_id))
            )
        content = json.loads(body)
        kibana_api_rules.BOARD(content, "body")
        for view_id in set(_views_in(content)):
            if view_id not in self.views:
                return 400, {"message": f"data view {view_id} does not exist"}
        status = 200 if board_id in self.boards else 201
        # Kibana answers with defaults filled in, so that what is held is never exactly what was sent.
        panels = [{**panel, "config": {"hide_title": False, **panel["config"]}} for panel in content["panels"]]
        self.boards[board_id] = {
            "filters": [],
            "query": {"expression": "", "language": "kql"},
            **content,
            "panels": panels,
        }
        self.writes.append(board_id)
        return status, self._held(board_id)

    def _held(self, board_id: str) -> dict[str, Any]:
        return {"id": board_id, "data": self.boards[board_id], "meta": {"version": str(len(self.writes))}}

    def _import(self, kind: str, body: bytes) -> tuple[int, Any]:
        message = BytesParser().parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
        payload = next(part for part in message.walk() if not part.is_multipart()).get_payload(decode=True)
        assert isinstance(payload, bytes)
        objects = [json.loads(line) for line in payload.splitlines()]
        kibana_import_rules.check_objects(objects, self.objects)
        for each in objects:
            # Kibana migrates what it takes to its own versions.
            self.objects[each["type"], each["id"]] = {**each, "typeMigrationVersion": "10.3.0", "managed": False}
            self.writes.append(each["id"])
        return 200, {"success": True, "successCount": len(objects), "successResults": []}

    def _export(self, content: dict[str, Any]) -> tuple[int, Any]:
        wanted = [(each["type"], each["id"]) for each in content["objects"]]
        missing = [each for each in wanted if each not in self.objects]
        if missing:
            return 400, {"message": "Error fetching objects to export", "attributes": {"objects": "not found"}}
        return 200, [self.objects[each] for each in wanted]


def _views_in(content: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    if isinstance(content, dict):
        yield from (content[key] for key in ("ref_id", "data_view_id") if key in content)
        for each in content.values():
            yield from _views_in(each)
    elif isinstance(content, list):
        for each in content:
            yield from _views_in(each)


@contextmanager
def run_kibana(version: str, space: str | None = None) -> Iterator[KibanaStandIn]:
    """Yield a stand-in that listens on loopback; `address` is where."""
    kibana = KibanaStandIn(version, space)

    class Handler(BaseHTTPRequestHandler):
        """Reads a request whole and answers it."""

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, content = kibana.answer(self.command, self.path, headers, body)
            if isinstance(content, list):
                payload, kind = "".join(json.dumps(each) + "\n" for each in content), "application/ndjson"
            else:
                payload, kind = json.dumps(content), "application/json"
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(payload.encode())

        do_GET = do_PUT = do_POST = _answer  # noqa: N815 - the names that http.server looks for

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        kibana.address = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield kibana
        server.shutdown()
        thread.join(timeout=10)
