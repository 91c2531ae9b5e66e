"""The outermost layer of the site: limits, access, and the headers that every response carries. ASGI in, ASGI out.

Whatever is inside, a response without these headers cannot leave. Imports starlette and this package's pure rules.
"""

import asyncio
import json
import math
from contextlib import suppress
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.metrics import REQUESTS_REFUSED, StageMetrics
from pipeline.web.access import Access, Refusal
from pipeline.web.rate import RateLimit

POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
"""No inline script or style, nothing from elsewhere, no frames. What content says cannot run or load anything."""
HEADERS: Final = (
    ("Content-Security-Policy", POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),  # what people search for is nobody else's business
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
    ("X-Frame-Options", "DENY"),
)
MAX_BODY_BYTES: Final = 16 * 1024 * 1024
BODY_S: Final = 60.0
"""A body has to be here by then, however it trickles."""
UNWANTED_BYTES: Final = 64 * 1024
UNWANTED_S: Final = 1.0
"""Bodies of refused requests are read so far and so long; larger and slower ones are cut off."""
PUBLIC: Final = frozenset({"/livez", "/ingest", "/robots.txt"})
"""Asks for no reader's token: liveness says nothing, and /ingest has a token of its own."""
HUBS: Final = "/websub/"
"""What hubs call: the address itself is secret, and each delivery is signed."""


class TooLarge(Exception):
    """The body of a request went over the limit."""


class TooSlow(Exception):
    """The body of a request did not come in time."""


class Guard:
    """Wraps the site. `body_s` is how long the body of a request may take."""

    def __init__(
        self, app: ASGIApp, access: Access, limit: RateLimit, counts: StageMetrics, *, body_s: float = BODY_S
    ) -> None:
        self._body_s = body_s
        self._app = app
        self._access = access
        self._limit = limit
        self._counts = counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on; see ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                outgoing = MutableHeaders(scope=message)
                for name, value in HEADERS:
                    outgoing[name] = value
                outgoing.setdefault("Cache-Control", "private, no-cache")
            await send(message)

        refusal = self._refuse(scope, headers)
        if refusal is not None:
            self._counts.count(REQUESTS_REFUSED, reason=refusal.reason)
            await _read_rest(headers, receive)
            await send_refusal(scope, send_guarded, refusal)
            return
        await self._app(scope, _bounded(receive, self._body_s), send_guarded)

    def _refuse(self, scope: Scope, headers: Headers) -> Refusal | None:
        plain = {name.lower(): value for name, value in headers.items()}
        address = (scope.get("client") or ("unknown", 0))[0]
        wait_s = self._limit.wait_s(self._access.client(address, plain))
        if wait_s:
            retry = ("Retry-After", str(math.ceil(wait_s)))
            return Refusal(429, "too-many-requests", "too many requests; wait a little", (retry,))
        length = plain.get("content-length", "0")
        if not length.isdecimal() or int(length[:18]) > MAX_BODY_BYTES:
            return Refusal(413, "too-large", f"a request may hold {MAX_BODY_BYTES // 1024**2} MiB")
        target = scope["path"] + "?" + scope["query_string"].decode("latin-1")
        public = scope["path"] in PUBLIC or scope["path"].startswith(HUBS)
        return self._access.refuse(scope["method"], target, plain, public=public)


def _bounded(receive: Receive, body_s: float) -> Receive:
    """Return `receive` that raises when a body without a length goes over the limit, or takes too long.

    After the body only the end of the connection is waited for, without a limit: answers may take their time.
    """
    seen = 0
    until_s: float | None = asyncio.get_running_loop().time() + body_s

    async def counted() -> Message:
        nonlocal seen, until_s
        try:
            async with asyncio.timeout_at(until_s):
                message = await receive()
        except TimeoutError as error:
            raise TooSlow from error
        if message["type"] == "http.request":
            if not message.get("more_body", False):
                until_s = None
            seen += len(message.get("body", b""))
            if seen > MAX_BODY_BYTES:
                raise TooLarge
        return message

    return counted


async def _read_rest(headers: Headers, receive: Receive) -> None:
    """Take in a small body that nobody wants: closing on one that is under way resets the answer to it."""
    length = headers.get("content-length", "")
    if not length.isdecimal() or not 0 < int(length[:18]) <= UNWANTED_BYTES:
        return
    with suppress(TimeoutError):
        async with asyncio.timeout(UNWANTED_S):
            while True:
                message = await receive()
                if message["type"] != "http.request" or not message.get("more_body", False):
                    return


async def send_refusal(scope: Scope, send: Send, refusal: Refusal) -> None:
    """Send a refusal as JSON, which is read by people and programs alike."""
    body = json.dumps({"error": {"reason": refusal.reason, "message": refusal.message}}).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body))), *refusal.headers]
    if scope["http_version"].startswith("1"):
        headers.append(("Connection", "close"))  # an unread body must not be taken for the next request
    raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    await send({"type": "http.response.start", "status": refusal.status, "headers": raw})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
