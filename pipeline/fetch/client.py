"""The HTTP client: fetches one address, hop by hop, with every limit in place.

Request → `Fetched`, or `FetchRefused` with a named reason. Nothing else is raised, whatever the server does. Each hop
passes the target rules, the host's gate and the checked resolver. Imports aiohttp.
"""

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Final, Self

import aiohttp
from multidict import CIMultiDictProxy
from yarl import URL

from pipeline.clock import Clock
from pipeline.fetch.answers import Fetched, FetchLimits, FetchRequest, FetchSettings
from pipeline.fetch.client_errors import translated_errors
from pipeline.fetch.decode import ACCEPT_ENCODING, BoundedBody
from pipeline.fetch.hosts import HostGate
from pipeline.fetch.http_values import parse_retry_after
from pipeline.fetch.refusals import FetchRefused, Reason
from pipeline.fetch.resolver import Lookup, SafeResolver, checked_sockets
from pipeline.fetch.targets import Target, check_target

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_FOR_GOOD: Final = frozenset({301, 308})
_KEEP_METHOD: Final = frozenset({307, 308})
_ASKS_TO_WAIT: Final = frozenset({429, 503})
_DNS_CACHE_S: Final = 60
# Long enough for robots.txt, feed and a page of one site, short enough to hold few idle connections.
_KEEP_ALIVE_S: Final = 3.0
_READ_BYTES: Final = 64 * 1024
_KEPT_HEADERS: Final = (
    "content-type", "content-language", "etag", "last-modified", "cache-control", "expires", "retry-after", "link",
    "tdm-reservation", "tdm-policy", "x-robots-tag", "content-usage", "content-signal",
)  # fmt: skip


class Fetcher:
    """Fetches politely. One event loop; an async context manager.

    Args:
        settings: limits and manners.
        clock: the time.
        lookup: asks name servers, instead of the system's way.
    """

    def __init__(self, settings: FetchSettings, clock: Clock, *, lookup: Lookup | None = None) -> None:
        self._settings = settings
        self._clock = clock
        self._lookup = lookup
        self.gate = HostGate(clock, concurrency=settings.host_concurrency, delay_s=settings.host_delay_s)
        self._places = asyncio.Semaphore(settings.concurrency)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        settings, limits = self._settings, self._settings.limits
        loopback = settings.rules.allow_loopback
        self._resolver = SafeResolver(allow_loopback=loopback, lookup=self._lookup)
        connector = aiohttp.TCPConnector(
            resolver=self._resolver,
            socket_factory=checked_sockets(allow_loopback=loopback),
            ttl_dns_cache=_DNS_CACHE_S,
            limit=0,  # the places and the gate limit it, without holding a place while a host is waited for
            keepalive_timeout=_KEEP_ALIVE_S,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": settings.user_agent, "Accept-Encoding": ACCEPT_ENCODING},
            auto_decompress=False,  # done here, in bounded steps
            trust_env=False,  # a proxy of the environment would resolve names for us
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=limits.connect_s),
            read_bufsize=_READ_BYTES,
            max_line_size=limits.header_line_bytes,
            max_field_size=limits.header_line_bytes,
            max_headers=limits.header_lines,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session:
            await self._session.close()
        await self._resolver.close()

    async def fetch(self, request: FetchRequest) -> Fetched:
        """Return the answer at the end of all redirects.

        Waiting for the host's turn does not count against the time limits.

        Raises:
            FetchRefused: with a named reason; see `refusals`.
        """
        limits = request.limits or self._settings.limits
        left_s = limits.total_s
        target = check_target(request.url, self._settings.rules)
        seen = {str(target.url)}
        moved_to, for_good = None, True
        for _ in range(limits.redirects + 1):
            async with self.gate.enter(target.host), self._places:
                started = self._clock.monotonic_s()
                answer = await self._hop(target, request, limits, left_s)
                left_s = max(left_s - (self._clock.monotonic_s() - started), 0.1)
            if isinstance(answer, Fetched):
                return _of_chain(answer, request.url, moved_to)
            status, location = answer
            if request.form is not None and status not in _KEEP_METHOD:
                raise self._refuse_status(target, status, {})
            target = check_target(_resolve_redirect(target, location), self._settings.rules)
            for_good = for_good and status in _FOR_GOOD
            moved_to = str(target.url) if for_good else moved_to
            if str(target.url) in seen:
                raise FetchRefused(Reason.REDIRECT_LOOP, f"{target.url} is redirected to itself"[:300])
            seen.add(str(target.url))
        raise FetchRefused(Reason.TOO_MANY_REDIRECTS, f"more than {limits.redirects} redirects")

    async def _hop(
        self, target: Target, request: FetchRequest, limits: FetchLimits, total_s: float
    ) -> Fetched | tuple[int, str | None]:
        """Return the answer, or status and Location of a redirect."""
        assert self._session is not None, "the fetcher was not opened"  # noqa: S101 - a mistake of ours, not a state
        with translated_errors(Reason.TOTAL_TIMEOUT, f"{target.host} took more than {limits.total_s:.0f} s"):
            async with asyncio.timeout(total_s):
                first_byte = f"{target.host} sent nothing for {limits.first_byte_s:.0f} s"
                with translated_errors(Reason.FIRST_BYTE_TIMEOUT, first_byte):
                    async with asyncio.timeout(limits.first_byte_s):
                        response = await self._session.request(
                            "GET" if request.form is None else "POST",
                            target.url,
                            headers=_headers(request),
                            data=request.form,
                            allow_redirects=False,
                        )
                try:
                    return await self._read(target, response, limits)
                finally:
                    # A body that was not read to its end must not be waited for.
                    response.close() if not response.content.at_eof() else response.release()

    async def _read(
        self, target: Target, response: aiohttp.ClientResponse, limits: FetchLimits
    ) -> Fetched | tuple[int, str | None]:
        status, headers = response.status, response.headers
        if status in _REDIRECTS:
            return status, headers.get("Location")
        if status == 304:
            return Fetched(str(target.url), str(target.url), status, b"", _keep(headers))
        if not 200 <= status < 300:
            raise self._refuse_status(target, status, headers)
        body, wire_bytes = await _read_body(response, limits)
        return Fetched(str(target.url), str(target.url), status, body, _keep(headers), wire_bytes=wire_bytes)

    def _refuse_status(self, target: Target, status: int, headers: Mapping[str, str]) -> FetchRefused:
        wait_s = parse_retry_after(headers.get("Retry-After"), self._clock.now()) if status in _ASKS_TO_WAIT else None
        if wait_s:
            self.gate.block(target.host, wait_s)
        return FetchRefused(f"http-{status}", f"{target.host} answered with status {status}", retry_after_s=wait_s)


def _headers(request: FetchRequest) -> dict[str, str]:
    headers = {"Accept": request.accept}
    if request.etag:
        headers["If-None-Match"] = request.etag
    if request.last_modified:
        headers["If-Modified-Since"] = request.last_modified
    return headers


def _keep(headers: CIMultiDictProxy[str]) -> dict[str, str]:
    kept = {name: headers[name] for name in _KEPT_HEADERS if name in headers}
    if "link" in kept:
        kept["link"] = ", ".join(headers.getall("link"))  # the hub and the feed itself often come in two
    # Sent back one day: a header that could end a line must never be stored.
    return {name: value for name, value in kept.items() if value.isprintable()}


async def _read_body(response: aiohttp.ClientResponse, limits: FetchLimits) -> tuple[bytes, int]:
    announced = response.content_length
    if announced is not None and announced > limits.wire_bytes:
        detail = f"{announced:,} bytes are announced, more than {limits.wire_bytes:,}"
        raise FetchRefused(Reason.TOO_LARGE_ON_WIRE, detail)
    body = BoundedBody(", ".join(response.headers.getall("Content-Encoding", ())), limits.body_bytes)
    received = 0
    async for chunk in response.content.iter_any():
        received += len(chunk)
        if received > limits.wire_bytes:
            raise FetchRefused(Reason.TOO_LARGE_ON_WIRE, f"more than {limits.wire_bytes:,} bytes were sent")
        body.add(chunk)
    return body.finish(), received


def _resolve_redirect(target: Target, location: str | None) -> str:
    if not location or not location.strip():
        raise FetchRefused(Reason.REDIRECT_WITHOUT_TARGET, f"{target.host} redirects without saying where to")
    try:
        return str(target.url.join(URL(location.strip())))
    except (ValueError, TypeError) as error:
        raise FetchRefused(Reason.BAD_URL, f"{target.host} redirects to {location[:200]!r}: {error}") from error


def _of_chain(answer: Fetched, url: str, moved_to: str | None) -> Fetched:
    return Fetched(url, answer.final_url, answer.status, answer.body, answer.headers, moved_to, answer.wire_bytes)
