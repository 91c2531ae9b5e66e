"""The three questions that a supervisor asks a worker, over HTTP on loopback: /livez, /readyz and /metrics.

In: functions that give the state and the metrics. Out: a small server for the length of a context. It answers GET and
HEAD, closes each connection, and knows nothing of workers. Imports nothing of ours but the errors.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from schemas.errors import ConfigurationError

HOST: Final = "127.0.0.1"
_REQUEST_LIMIT_S: Final = 5.0
_REQUEST_LIMIT_BYTES: Final = 8 * 1024
_JSON: Final = "application/json"
_TEXT: Final = "text/plain; charset=utf-8"
_PROMETHEUS: Final = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Probe:
    """What the server tells: `readiness` gives whether work can be done now and the facts, `metrics` their text."""

    readiness: Callable[[], tuple[bool, Mapping[str, Any]]]
    metrics: Callable[[], bytes]

    def answer(self, path: str) -> tuple[HTTPStatus, str, bytes]:
        """Return status, content type and body for a path."""
        match path.partition("?")[0]:
            case "/livez":
                # That it answers at all says that the event loop turns; the watchdog ends one that does not.
                return HTTPStatus.OK, _TEXT, b"ok\n"
            case "/readyz":
                ready, facts = self.readiness()
                body = json.dumps({"ready": ready, **facts}, ensure_ascii=False, default=str).encode()
                return HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE, _JSON, body + b"\n"
            case "/metrics":
                return HTTPStatus.OK, _PROMETHEUS, self.metrics()
            case _:
                return HTTPStatus.NOT_FOUND, _TEXT, b"there are /livez, /readyz and /metrics\n"

    async def serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the one request of a connection; a client that is slow, loud or gone is hung up on."""
        try:
            async with asyncio.timeout(_REQUEST_LIMIT_S):
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(self._respond(head))
                await writer.drain()
        except (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError):
            pass
        finally:
            writer.close()

    def _respond(self, head: bytes) -> bytes:
        words = head.split(b"\r\n", 1)[0].decode("ascii", "replace").split(" ")
        method, path = words[0], words[1] if len(words) > 1 else ""
        if method in {"GET", "HEAD"}:
            status, kind, body = self.answer(path)
        else:
            status, kind, body = HTTPStatus.METHOD_NOT_ALLOWED, _TEXT, b"only GET and HEAD\n"
        lines = (
            f"HTTP/1.1 {status.value} {status.phrase}",
            f"Content-Type: {kind}",
            f"Content-Length: {len(body)}",
            "Cache-Control: no-store",
            "Connection: close",
        )
        return "\r\n".join((*lines, "", "")).encode() + (b"" if method == "HEAD" else body)


@asynccontextmanager
async def serve_probe(port: int, probe: Probe) -> AsyncIterator[int]:
    """Serve on the loopback port, 0 for any free one, and yield the port.

    Raises:
        ConfigurationError: the port cannot be used.
    """
    try:
        server = await asyncio.start_server(probe.serve_one, HOST, port, limit=_REQUEST_LIMIT_BYTES)
    except OSError as error:
        msg = f"metrics_port {port} cannot be used ({error.strerror or error}); set it to another one, or to 0"
        raise ConfigurationError(msg) from error
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
