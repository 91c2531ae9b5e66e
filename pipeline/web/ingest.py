"""POST /ingest: programs push articles, which are durable in the log before the answer is sent.

Sending a request again is harmless: the ledger knows what was sent, and the article's id decides where it goes. When
more waits than the pipeline can work off, senders are told to wait.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request

from pipeline import roles
from pipeline.producers.ledger import Ledger
from pipeline.producers.publish import Publisher
from pipeline.web.access import has_token
from pipeline.web.answers import ErrorAnswer, IngestAnswer, IngestItem
from pipeline.web.push import Pushed, read_push
from pipeline.web.site import Site, site_of
from schemas.article import RawArticle
from schemas.errors import TOO_LARGE, Rejected

BODY_TIMEOUT_S: Final = 30.0
"""How long a sender may take for its body; slower ones would hold a connection each."""
BUSY_RETRY_S: Final = 30
_SCHEMA: Final = {
    "type": "object",
    "description": "An article, with the keys of a JSONL file (title, text or html, url, published, source, …).",
    "additionalProperties": True,
}
_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"anyOf": [_SCHEMA, {"type": "array", "items": _SCHEMA}]}},
            "application/x-ndjson": {"schema": {"type": "string", "description": "One article a line."}},
        },
    },
    "security": [{"ingest": []}],
}
_ERRORS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": ErrorAnswer, "description": why}
    for status, why in {
        400: "The body is no JSON.",
        401: "The token is missing or wrong.",
        403: "Pushing is switched off: the server has no NEWSWIRE_INGEST_TOKEN; or another site's page asks.",
        408: "The body took too long.",
        413: "The body is too large.",
        422: "A header has the wrong form.",
        429: "Too much waits; Retry-After says when to send again.",
        503: "The log does not answer; send again.",
    }.items()
}
router = APIRouter(responses=_ERRORS, tags=["ingest"])


@router.post("/ingest", summary="Push articles", openapi_extra=_BODY)
async def ingest(
    request: Request,
    site: Annotated[Site, Depends(site_of)],
    authorization: Annotated[str, Header(description="Bearer and the token.")] = "",
) -> IngestAnswer:
    """Send one article, an array of them, or one a line (application/x-ndjson); answers for each, in order.

    `accepted` articles are durable, `unchanged` ones were sent before, `rejected` ones say why and cost themselves.
    """
    _check_token(site, authorization)
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            body = await request.body()
    except TimeoutError as error:
        raise HTTPException(408, "the body took too long") from error
    return await run_in_threadpool(_take, site, body, request.headers.get("content-type", ""))


def _check_token(site: Site, authorization: str) -> None:
    token = site.settings.ingest_token
    if token is None:
        raise HTTPException(403, "pushing is switched off; set NEWSWIRE_INGEST_TOKEN on the server")
    if not has_token(authorization, token):
        raise HTTPException(401, "a Bearer token is needed", {"WWW-Authenticate": 'Bearer realm="newswire"'})


def _take(site: Site, body: bytes, content_type: str) -> IngestAnswer:
    _check_backlog(site)
    try:
        pushed = read_push(body, content_type.lower(), site.clock.now())
    except Rejected as error:
        if error.reason == TOO_LARGE:
            raise HTTPException(413, error.detail) from error
        raise
    statuses = _publish(site, [each.article for each in pushed if each.article is not None])
    items = [_item(each, statuses) for each in pushed]
    counts = {status: sum(item.status == status for item in items) for status in ("accepted", "unchanged", "rejected")}
    return IngestAnswer(**counts, items=tuple(items))


def _check_backlog(site: Site) -> None:
    waiting = sum(site.open_log().lag(roles.ENRICH.group, [topic.name for topic in roles.ENRICH.inputs]).values())
    if waiting >= site.settings.ingest_backlog:
        message = f"{waiting:,} articles wait to be enriched; send this again later"
        raise HTTPException(429, message, {"Retry-After": str(BUSY_RETRY_S)})


def _publish(site: Site, articles: Sequence[RawArticle]) -> Iterator[str]:
    """Send the articles, and return what became of each, in order.

    The publisher counts an article before it takes the next one, so that the counts in between tell of each.
    """
    found: list[str] = []
    names = {"sent": "accepted", "unchanged": "unchanged", "bad": "rejected"}
    with Ledger(site.settings.ledger_path) as ledger:
        publisher = Publisher(site.open_log(), ledger, site.clock)

        def each() -> Iterator[RawArticle]:
            for article in articles:
                before = asdict(publisher.counts)
                yield article
                after = asdict(publisher.counts)
                found.append(next(status for count, status in names.items() if after[count] > before[count]))

        publisher.publish(each())
    return iter(found)


def _item(pushed: Pushed, statuses: Iterator[str]) -> IngestItem:
    if pushed.article is None:
        error = pushed.error or Rejected("bad-input", "no article")
        return IngestItem(item=pushed.item, status="rejected", reason=error.reason, message=error.detail)
    status = next(statuses)
    too_large = status == "rejected"
    return IngestItem(
        item=pushed.item,
        status=status,
        article_id=pushed.article.article_id,
        reason=TOO_LARGE if too_large else None,
        message="the article is larger than a message of the log may be" if too_large else None,
    )
