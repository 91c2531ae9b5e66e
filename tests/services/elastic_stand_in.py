"""A scripted Elasticsearch on loopback, for faults that a real one cannot be told to make.

In: answers queued for paths. Out: an address, and what was asked. A request for which nothing is queued is answered
from memory, or handed on to a real server when there is one behind; so a test breaks exactly the request it wants.
"""

import http.client
import json
import re
import socket
import struct
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from tests.services.elastic_memory import ElasticMemory, build_item

HOST = "127.0.0.1"
FORWARD_SECONDS = 30.0


@dataclass(frozen=True)
class Request:
    """What was asked."""

    method: str
    target: str
    body: bytes

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The JSON lines of a bulk."""
        return [json.loads(line) for line in self.body.splitlines()]

    @property
    def actions(self) -> list[dict[str, Any]]:
        """The action lines of a bulk."""
        return self.lines[::2]

    @property
    def ids(self) -> list[str]:
        """The documents of a bulk, in order."""
        return [meta["_id"] for action in self.actions for meta in action.values()]


@dataclass(frozen=True)
class Reply:
    """Answer with this instead; the request has no effect. Content is JSON, or bytes as they are."""

    status: int
    content: Any
    is_elastic: bool = True


@dataclass(frozen=True)
class Hang:
    """Take the request and never answer; after so many seconds, if any are given, close the connection."""

    seconds: float | None = None


@dataclass(frozen=True)
class Reset:
    """Carry the request out or not, then break the connection: before the answer, or in the middle of it."""

    applied: bool
    mid_body: bool = False


@dataclass(frozen=True)
class Edit:
    """Carry the request out, and change the JSON of the answer."""

    change: Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class FailItems:
    """Refuse those items of a bulk that are chosen, and carry out the others."""

    chosen: Callable[[str], bool]
    status: int
    kind: str
    reason: str = "as the test wants it"


@dataclass(frozen=True)
class RefuseLarge:
    """Answer 413 to a bulk of more than so many documents, as a proxy does, and carry out the others."""

    documents: int


Answer = Reply | Hang | Reset | Edit | FailItems | RefuseLarge


def error_reply(status: int, kind: str, reason: str = "as the test wants it") -> Reply:
    """Return an error in the form of Elasticsearch."""
    error = {"type": kind, "reason": reason}
    return Reply(status, {"error": {"root_cause": [error], **error}, "status": status})


@dataclass
class Script:
    """What is queued, what holds for the time being, and what was asked; shared by the server's threads."""

    standing: list[tuple[re.Pattern[str], Answer]] = field(default_factory=list)
    queued: list[tuple[re.Pattern[str], deque[Answer]]] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    closing: threading.Event = field(default_factory=threading.Event)

    def take(self, request: Request) -> Answer | None:
        """Note the request, and return the answer queued for it, else the one that stands."""
        name = f"{request.method} {request.target}"
        with self.lock:
            self.requests.append(request)
            for pattern, answers in self.queued:
                if answers and pattern.search(name):
                    return answers.popleft()
            return next((answer for pattern, answer in self.standing if pattern.search(name)), None)


class ElasticStandIn:
    """A server for one test. `upstream` is the address of a real one that answers whatever is not scripted."""

    def __init__(
        self, *, alias: str = "news-articles", months: tuple[str, ...] = ("2024.05",), upstream: str | None = None
    ) -> None:
        self.memory = ElasticMemory(alias, months)
        self.script = Script()
        bound = {"script": self.script, "memory": self.memory, "upstream": upstream}
        self._server = _Server((HOST, 0), type("_BoundHandler", (_Handler,), bound))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.script.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    @property
    def address(self) -> str:
        """Base URL."""
        return f"http://{HOST}:{self._server.server_address[1]}"

    def queue(self, pattern: str, *answers: Answer) -> None:
        """Answer the next requests whose `METHOD /path?query` matches in this way, one answer each."""
        with self.script.lock:
            self.script.queued.append((re.compile(pattern), deque(answers)))

    @contextmanager
    def always(self, pattern: str, answer: Answer) -> Iterator[None]:
        """For the length of the context, answer every request whose `METHOD /path?query` matches in this way."""
        standing = (re.compile(pattern), answer)
        with self.script.lock:
            self.script.standing.append(standing)
        try:
            yield
        finally:
            with self.script.lock:
                self.script.standing.remove(standing)

    def requests(self, pattern: str) -> list[Request]:
        """Return the requests so far whose `METHOD /path?query` matches."""
        with self.script.lock:
            return [each for each in self.script.requests if re.search(pattern, f"{each.method} {each.target}")]

    @property
    def bulks(self) -> Sequence[Request]:
        """The bulk requests so far."""
        return self.requests(r"/_bulk\b")


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as the base class has it
        """Say nothing of clients that were killed, or of a real server that is away: their connection just ends."""
        if not isinstance(sys.exc_info()[1], OSError | http.client.HTTPException):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """Answers one connection's requests; the stand-in binds script, memory and upstream in a class of its own."""

    protocol_version = "HTTP/1.1"
    script: Script
    memory: ElasticMemory
    upstream: str | None

    def answer(self) -> None:
        """Answer as scripted, else as it would be."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = Request(self.command, self.path, body)
        match self.script.take(request):
            case Reply(status, content, is_elastic):
                self.send(status, content, is_elastic=is_elastic)
            case Hang(seconds):
                self.script.closing.wait(seconds)
                self.close_connection = True
            case Reset(applied, mid_body):
                content = self.carry_out(request)[1] if applied else {}
                self.reset(content if mid_body else None)
            case Edit(change):
                status, content = self.carry_out(request)
                self.send(status, change(content))
            case RefuseLarge(documents) if len(request.ids) > documents:
                self.send(413, b"", is_elastic=False)
            case FailItems() as failure:
                self.send(200, self.fail_items(request, failure))
            case None | RefuseLarge():
                self.send(*self.carry_out(request))

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = answer  # noqa: N815 - names of the base class

    def carry_out(self, request: Request) -> tuple[int, dict[str, Any]]:
        """Return status and body as they would be without a fault."""
        if self.upstream is None:
            return self.memory.answer(request.method, request.target, request.body)
        connection = http.client.HTTPConnection(urlsplit(self.upstream).netloc, timeout=FORWARD_SECONDS)
        try:
            kept = {name: value for name, value in self.headers.items() if name.lower() in {"content-type", "accept"}}
            connection.request(request.method, request.target, request.body, kept)
            response = connection.getresponse()
            return response.status, json.loads(response.read() or b"{}")
        finally:
            connection.close()

    def fail_items(self, request: Request, failure: FailItems) -> dict[str, Any]:
        """Carry out a bulk without the chosen items, and return items for all."""
        failed = {one for one in request.ids if failure.chosen(one)}
        lines = request.body.splitlines(keepends=True)
        kept = [lines[2 * at] + lines[2 * at + 1] for at, one in enumerate(request.ids) if one not in failed]
        done = self.carry_out(Request(request.method, request.target, b"".join(kept)))[1]["items"] if kept else []
        others = iter(done)
        items = [
            build_item(action, failure.status, failure.kind, failure.reason) if one in failed else next(others)
            for action, one in zip(request.actions, request.ids, strict=True)
        ]
        return {"took": 1, "errors": True, "items": items}

    def send(self, status: int, content: object, *, is_elastic: bool = True) -> None:
        """Send a whole answer."""
        payload = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        if is_elastic:
            self.send_header("X-Elastic-Product", "Elasticsearch")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(payload)

    def reset(self, content: object) -> None:
        """Break off with a TCP reset, after half of the answer when there is one."""
        if content is not None:
            payload = json.dumps(content).encode()
            head = f"HTTP/1.1 200 OK\r\nX-Elastic-Product: Elasticsearch\r\nContent-Length: {len(payload)}\r\n"
            self.wfile.write(f"{head}Content-Type: application/json\r\n\r\n".encode())
            self.wfile.write(payload[: len(payload) // 2])
            self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Say nothing."""
