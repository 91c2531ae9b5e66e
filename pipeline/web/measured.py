"""What the site does, counted for Prometheus: requests by route and status, their time, how many are under way.

ASGI in, ASGI out, around the guard, so that what it refuses is counted too. Routes are those of the program: an address
that is none of its pages must not become a metric of its own.
"""

from collections.abc import MutableMapping
from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.clock import Clock
from pipeline.metrics import REQUEST_SECONDS, REQUESTS, REQUESTS_IN_FLIGHT, StageMetrics
from pipeline.web.site import site_of

NO_ROUTE: Final = "none"
PROMETHEUS: Final = "text/plain; version=0.0.4; charset=utf-8"
router = APIRouter(include_in_schema=False)


@router.get("/metrics")
def metrics(request: Request) -> Response:
    """Return what this process has counted, in the Prometheus text format; the guard asks for the readers' token."""
    return Response(site_of(request).metrics.render(), headers={"Content-Type": PROMETHEUS})


class Measured:
    """Wraps the site. All of it runs in the event loop of the server."""

    def __init__(self, app: ASGIApp, metrics: StageMetrics, clock: Clock) -> None:
        self._app = app
        self._metrics = metrics
        self._clock = clock
        self._in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on, and count its end; see ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500  # of who ends without an answer

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        started_s = self._clock.monotonic_s()
        self._move(1)
        try:
            await self._app(scope, receive, noted)
        finally:
            self._move(-1)
            route = _route(scope)
            self._metrics.count(REQUESTS, route=route, status=str(status))
            self._metrics.observe(REQUEST_SECONDS, self._clock.monotonic_s() - started_s, route=route)

    def _move(self, by: int) -> None:
        self._in_flight += by
        self._metrics.set(REQUESTS_IN_FLIGHT, self._in_flight)


def _route(scope: MutableMapping[str, Any]) -> str:
    """Return the route that the request was matched with, as the router notes it in the scope."""
    return str(getattr(scope.get("route"), "path", NO_ROUTE))
