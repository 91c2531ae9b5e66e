"""/websub/TOKEN: where hubs verify subscriptions, and deliver what feeds have published.

What is delivered is durable before the hub has its answer; the poller sends it on. The token is known to one hub only,
and every delivery is signed with the secret of its subscription.
"""

import asyncio
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from pipeline.feeds.limits import MAX_FEED_BYTES
from pipeline.web.ingest import BODY_TIMEOUT_S, BUSY_RETRY_S
from pipeline.web.site import Site, site_of
from pipeline.websub.protocol import is_signed, read_lease
from pipeline.websub.store import HubStore, Subscription

_MAX_CHALLENGE_CHARS: Final = 4096
router = APIRouter(include_in_schema=False)


@router.get("/websub/{token}")
async def verify(
    token: str,
    site: Annotated[Site, Depends(site_of)],
    mode: Annotated[str, Query(alias="hub.mode")] = "",
    topic: Annotated[str, Query(alias="hub.topic")] = "",
    challenge: Annotated[str, Query(alias="hub.challenge", max_length=_MAX_CHALLENGE_CHARS)] = "",
    lease: Annotated[str | None, Query(alias="hub.lease_seconds")] = None,
    reason: Annotated[str, Query(alias="hub.reason", max_length=1000)] = "",
) -> Response:
    """Answer a hub that asks whether it was we who subscribed (section 5.3), or says that it will not (5.2)."""
    return await run_in_threadpool(_verify, site, token, (mode, topic, challenge, lease, reason))


@router.post("/websub/{token}")
async def deliver(token: str, request: Request, site: Annotated[Site, Depends(site_of)]) -> Response:
    """Keep what a hub delivers (section 7)."""
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            body = await request.body()
    except TimeoutError as error:
        raise HTTPException(408, "the body took too long") from error
    signature, kind = request.headers.get("x-hub-signature"), request.headers.get("content-type")
    return await run_in_threadpool(_deliver, site, token, (body, signature, kind))


def _verify(site: Site, token: str, asked: tuple[str, str, str, str | None, str]) -> Response:
    mode, topic, challenge, lease, reason = asked
    with HubStore(site.settings.hubs_path) as hubs:
        subscription = _find(hubs, token, 404)
        if topic != subscription.topic:
            raise HTTPException(404, "we have not asked for this topic")
        if mode == "denied":
            hubs.refused(subscription.feed_url, f"the hub refuses: {reason or 'no reason given'}", site.clock.now())
            return PlainTextResponse("noted")
        if mode != "subscribe" or subscription.state not in {"asked", "live"} or not challenge:
            raise HTTPException(404, "we have not asked for this")
        hubs.confirmed(subscription.feed_url, read_lease(lease), site.clock.now())
    return PlainTextResponse(challenge)


def _deliver(site: Site, token: str, sent: tuple[bytes, str | None, str | None]) -> Response:
    body, signature, kind = sent
    with HubStore(site.settings.hubs_path) as hubs:
        subscription = _find(hubs, token, 410)
        if len(body) > min(site.settings.fetch_max_bytes, MAX_FEED_BYTES):
            raise HTTPException(413, "the feed is larger than feeds may be")
        if not is_signed(signature, subscription.secret, body):
            raise HTTPException(403, "X-Hub-Signature is not that of the body")
        if not hubs.deliver(subscription.feed_url, kind and kind[:200], body, site.clock.now()):
            raise HTTPException(429, "too much waits for this feed", {"Retry-After": str(BUSY_RETRY_S)})
    return Response(status_code=202)


def _find(hubs: HubStore, token: str, status: int) -> Subscription:
    """Return the subscription of a callback; a hub that is told 410 forgets it (section 7)."""
    subscription = hubs.find(token)
    if subscription is None:
        raise HTTPException(status, "there is no such subscription")
    return subscription
