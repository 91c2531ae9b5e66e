"""Kibana's HTTP API, as far as dashboards need it: its version, data views, dashboards, saved objects.

Blocking, one request at a time, never repeated: every request is a full replace, so a person may run the command again.
"""

import base64
import json
import re
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import HTTPRedirectHandler, HTTPSHandler, Request, build_opener

from pipeline.server_address import parse_server_address
from schemas.errors import BAD_INPUT, ConfigurationError, Rejected, Unavailable

TIMEOUT_S: Final = 30.0
MAX_ANSWER_BYTES: Final = 50_000_000
API_VERSION: Final = "2023-10-31"
_BOUNDARY: Final = "newswire-dashboards"
_FORM: Final = "use https://host:5601 or https://user:password@host:5601"


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """Kibana's version, as far as it decides what it takes."""

    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


class Kibana:
    """One Kibana, and one space in it."""

    def __init__(
        self, url: str, *, api_key: str | None = None, ca_file: Path | None = None, space: str | None = None
    ) -> None:
        """Nothing is sent yet.

        Raises:
            ConfigurationError: the address, the credentials or the file cannot be used.
        """
        found = parse_server_address(url, "kibana_url", _FORM, api_key=api_key)
        self.address = found.url()
        self._base = self.address + (f"/s/{quote(space, safe='')}" if space else "")
        self._headers = {"kbn-xsrf": "true", "Elastic-Api-Version": API_VERSION}
        if api_key is not None:
            self._headers["Authorization"] = f"ApiKey {api_key}"
        elif found.user is not None:
            self._headers["Authorization"] = "Basic " + base64.b64encode(":".join(found.user).encode()).decode()
        self._opener = build_opener(_NoRedirect, HTTPSHandler(context=_tls(ca_file)))

    def version(self) -> Version:
        """Return the server's version. Errors as all requests."""
        status = self._send("GET", "/api/status", missing=True)
        number = str(status.get("version", {}).get("number", "")) if isinstance(status, Mapping) else ""
        found = re.match(r"(\d+)\.(\d+)", number)
        if found is None:
            msg = f"{self.address} does not say which version of Kibana it is; check kibana_url, space and key"
            raise ConfigurationError(msg)
        return Version(int(found[1]), int(found[2]))

    def find_view(self, view_id: str) -> Mapping[str, Any] | None:
        """Return a data view, None when there is none."""
        answer = self._send("GET", f"/api/data_views/data_view/{quote(view_id, safe='')}", missing=True)
        return None if answer is None else dict(answer["data_view"])

    def put_view(self, view: Mapping[str, Any]) -> None:
        """Create or replace a data view."""
        self._send("POST", "/api/data_views/data_view", {"override": True, "data_view": dict(view)})

    def find_board(self, board_id: str) -> Mapping[str, Any] | None:
        """Return a dashboard in the form of the Dashboards API, None when there is none."""
        answer = self._send("GET", f"/api/dashboards/{quote(board_id, safe='')}", missing=True)
        return None if answer is None else dict(answer["data"])

    def put_board(self, board_id: str, board: Mapping[str, Any]) -> None:
        """Create or replace a dashboard."""
        self._send("PUT", f"/api/dashboards/{quote(board_id, safe='')}", board)

    def export_objects(self, objects: Sequence[tuple[str, str]]) -> list[Mapping[str, Any]]:
        """Return those of the saved objects (type, id) that exist."""
        found: list[Mapping[str, Any]] = []
        for kind, object_id in objects:
            body = {"objects": [{"type": kind, "id": object_id}], "excludeExportDetails": True}
            answer = self._send("POST", "/api/saved_objects/_export", body, missing=True)
            found += answer or []
        return found

    def import_objects(self, content: bytes) -> None:
        """Create or replace saved objects from an NDJSON file.

        Raises:
            Rejected: Kibana took none or only some of them; with its reason for the first.
        """
        head = (
            f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="newswire.ndjson"\r\n'
            "Content-Type: application/ndjson\r\n\r\n"
        )
        body = head.encode() + content + f"\r\n--{_BOUNDARY}--\r\n".encode()
        kind = f"multipart/form-data; boundary={_BOUNDARY}"
        answer = self._send("POST", "/api/saved_objects/_import?overwrite=true", body, kind=kind)
        if not answer.get("success"):
            errors = answer.get("errors") or [{}]
            msg = f"Kibana did not take {errors[0].get('id', 'the file')}: {json.dumps(errors[0].get('error', {}))}"
            raise Rejected(BAD_INPUT, msg)

    def _send(
        self,
        method: str,
        path: str,
        content: Mapping[str, Any] | bytes | None = None,
        *,
        kind: str = "application/json",
        missing: bool = False,
    ) -> Any:  # noqa: ANN401 - JSON
        """Return the parsed answer; None for 404 (and 400 "not found" of an export) when `missing` may happen.

        Raises:
            ConfigurationError: credentials or address are wrong.
            Rejected: Kibana refused what was sent, with its reason.
            Unavailable: no answer, or a fault of the server.
        """
        body = content if isinstance(content, bytes) or content is None else json.dumps(content).encode()
        headers = self._headers | ({"Content-Type": kind} if body is not None else {})
        request = Request(self._base + path, data=body, headers=headers, method=method)  # noqa: S310 - http(s) only, see __init__
        try:
            with self._opener.open(request, timeout=TIMEOUT_S) as answer:
                return _parse(answer.read(MAX_ANSWER_BYTES), answer.headers.get_content_type(), self.address)
        except HTTPError as error:
            text = error.read(10_000).decode("utf-8", "replace")
            if missing and (error.code == 404 or (error.code == 400 and "not found" in text.lower())):
                return None
            raise _translate(error.code, text, self.address, f"{method} {path}") from error
        except (URLError, HTTPException, OSError) as error:
            reason = getattr(error, "reason", error)
            msg = f"Kibana at {self.address} does not answer: {reason}"
            raise Unavailable(msg) from error


class _NoRedirect(HTTPRedirectHandler):
    """A redirect would carry credentials elsewhere; Kibana sends one only to its login page."""

    def redirect_request(self, *_arguments: object, **_named: object) -> None:
        """Follow nothing."""


def _tls(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
    except (ssl.SSLError, OSError) as error:
        msg = f"kibana_ca_file {ca_file} cannot be used: {error}"
        raise ConfigurationError(msg) from error


def _parse(body: bytes, kind: str, address: str) -> Any:  # noqa: ANN401 - JSON
    try:
        if kind == "application/ndjson":
            return [json.loads(line) for line in body.splitlines() if line.strip()]
        return json.loads(body) if body.strip() else {}
    except json.JSONDecodeError as error:
        msg = f"{address} does not answer as Kibana; check kibana_url"
        raise ConfigurationError(msg) from error


def _translate(status: int, text: str, address: str, request: str) -> ConfigurationError | Rejected | Unavailable:
    try:
        reason = str(json.loads(text).get("message", text))
    except (json.JSONDecodeError, AttributeError):
        reason = text[:200]
    if status in {401, 403} or 300 <= status < 400:
        return ConfigurationError(f"Kibana at {address} answered {status} {reason}; check kibana_api_key")
    if status >= 500 or status == 429:
        return Unavailable(f"Kibana at {address} answered {status} {reason}")
    return Rejected(BAD_INPUT, f"Kibana refused {request}: {status} {reason}")
