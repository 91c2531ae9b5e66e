"""The probe answers what it is asked, on loopback, and nothing that a rude client does harms it."""

import asyncio
import json
import urllib.error
import urllib.request
from typing import Any

import pytest

from pipeline.probe import HOST, Probe, serve_probe
from schemas.errors import ConfigurationError


def _ask(port: int, path: str, method: str = "GET") -> tuple[int, str, bytes]:
    request = urllib.request.Request(f"http://{HOST}:{port}{path}", method=method)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - loopback only
            return answer.status, answer.headers["Content-Type"], answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["Content-Type"], error.read()


async def test_each_path_has_its_answer() -> None:
    """/livez is 200, /readyz 200 or 503 with the facts, /metrics the text; anything else is refused."""
    state: dict[str, Any] = {"ready": False}
    probe = Probe(lambda: (state["ready"], {"blocked": ["Kafka"]}), lambda: b"newswire_x 1\n")
    async with serve_probe(0, probe) as port:
        assert (await asyncio.to_thread(_ask, port, "/livez"))[::2] == (200, b"ok\n")
        status, kind, body = await asyncio.to_thread(_ask, port, "/readyz")
        assert (status, kind, json.loads(body)) == (503, "application/json", {"ready": False, "blocked": ["Kafka"]})
        state["ready"] = True
        assert (await asyncio.to_thread(_ask, port, "/readyz?verbose"))[0] == 200
        assert (await asyncio.to_thread(_ask, port, "/metrics"))[::2] == (200, b"newswire_x 1\n")
        assert (await asyncio.to_thread(_ask, port, "/readyz", "HEAD"))[::2] == (200, b"")
        assert (await asyncio.to_thread(_ask, port, "/etc/passwd"))[0] == 404
        assert (await asyncio.to_thread(_ask, port, "/livez", "POST"))[0] == 405


async def test_rude_clients_are_hung_up_on() -> None:
    """Endless heads, rubbish and sudden ends leave the probe answering."""
    async with serve_probe(0, Probe(lambda: (True, {}), lambda: b"")) as port:
        for rubbish in (b"\r\n\r\n", b"\xff" * 20_000, b"GET", b"GET  \r\n\r\n"):
            reader, writer = await asyncio.open_connection(HOST, port)
            writer.write(rubbish)
            writer.write_eof()
            assert len(await reader.read()) < 300
            writer.close()
        assert (await asyncio.to_thread(_ask, port, "/livez"))[0] == 200


async def test_a_port_that_is_taken_is_named() -> None:
    """Two probes cannot share a port, and the message says which setting to change."""
    probe = Probe(lambda: (True, {}), lambda: b"")
    async with serve_probe(0, probe) as port:
        with pytest.raises(ConfigurationError, match=f"metrics_port {port} cannot be used"):
            async with serve_probe(port, probe):
                pass
