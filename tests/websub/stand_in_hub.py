"""A hub on loopback that takes subscriptions, verifies them and delivers, as WebSub says; the test says when."""

import hmac
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import httpx

CHALLENGE = "a challenge & <more>"


@dataclass
class StandInHub:
    """`forms` are the requests to subscribe, in order."""

    forms: list[dict[str, str]] = field(default_factory=list)
    url: str = ""

    def verify(self, **changes: str) -> httpx.Response:
        """Ask the subscriber whether it was them who asked."""
        form = self.forms[-1]
        asked = {
            "hub.mode": form["hub.mode"],
            "hub.topic": form["hub.topic"],
            "hub.challenge": CHALLENGE,
            "hub.lease_seconds": "86400",
        } | {f"hub.{name}": value for name, value in changes.items()}
        return httpx.get(form["hub.callback"], params=asked, trust_env=False, timeout=30)

    def publish(self, body: str, *, signed_with: str | None = None, callback: str | None = None) -> httpx.Response:
        """Deliver a document, signed with the subscription's secret unless another is given."""
        form = self.forms[-1]
        key = (form["hub.secret"] if signed_with is None else signed_with).encode()
        signature = hmac.new(key, body.encode(), "sha256").hexdigest()
        headers = {"X-Hub-Signature": f"sha256={signature}", "Content-Type": "application/rss+xml"}
        target = callback or form["hub.callback"]
        return httpx.post(target, content=body.encode(), headers=headers, trust_env=False, timeout=30)


@contextmanager
def running_hub() -> Iterator[StandInHub]:
    """Yield a hub that listens."""
    hub = StandInHub()

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hub.forms.append({name: values[0] for name, values in parse_qs(body.decode()).items()})
            self.send_response(202)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    hub.url = f"http://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
