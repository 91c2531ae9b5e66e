"""Routes of saved searches: the API, the feed of each, and the pages with their forms, which need no JavaScript.

What writes is refused by the guard when another site's page sends it. A form is answered by a redirect, so that loading
the page again repeats nothing.
"""

from typing import Annotated, Any, Final
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Path
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from pipeline.alerts.saving import TestResult, send_test
from pipeline.alerts.sinks import Sinks
from pipeline.alerts.store import AlertStore
from pipeline.search.syndication import Channel, write_atom, write_rss
from pipeline.web.alerts import (
    AlertsAnswer,
    AlertShown,
    ChangeSearch,
    NewSearch,
    SavedSearchAnswer,
    SearchShown,
    change,
    find,
    load_alerts,
    load_saved_search,
    remove,
    save,
    told,
)
from pipeline.web.api import ERRORS, NOT_FOUND
from pipeline.web.errors import NotFound
from pipeline.web.links import link, web_address
from pipeline.web.params import BY_NAME, FACETS
from pipeline.web.rendering import render
from pipeline.web.search_page import label_value
from pipeline.web.site import Site, site_of
from schemas.errors import Rejected
from schemas.query import Hit

MAX_FORM_BYTES: Final = 64 * 1024
MAX_FORM_FIELDS: Final = 300
_LISTS: Final = frozenset({"webhooks", "mails", *BY_NAME})
router = APIRouter(responses=ERRORS, tags=["alerts"])
pages = APIRouter(include_in_schema=False)
TheSite = Annotated[Site, Depends(site_of)]
Id = Annotated[str, Path(pattern="^[0-9a-f]{16}$", description="16 hexadecimal digits.")]


def _contents(media_type: str) -> dict[int | str, dict[str, Any]]:
    content: dict[str, Any] = {media_type: {"schema": {"type": "string"}}}
    return {**NOT_FOUND, 200: {"description": "The alerts.", "content": content}}


@router.get("/alerts.json", summary="All saved searches")
def list_searches(site: TheSite) -> AlertsAnswer:
    """Return the saved searches, and the last alerts of all."""
    return load_alerts(site)


@router.post("/alerts.json", summary="Save a search")
def create_search(site: TheSite, new: NewSearch) -> SearchShown:
    """Save a search: from now on, whoever is named is told once for each story that it finds."""
    return save(site, new)


@router.get("/alerts/{search_id}.json", summary="One saved search", responses=NOT_FOUND)
def show_search(site: TheSite, search_id: Id) -> SavedSearchAnswer:
    """Return a saved search with its last alerts, and what became of each."""
    return load_saved_search(site, search_id)


@router.patch("/alerts/{search_id}.json", summary="Pause or resume a saved search", responses=NOT_FOUND)
def change_search(site: TheSite, search_id: Id, changes: ChangeSearch) -> SearchShown:
    """Raise no more alerts, or raise them again for what comes in from now on."""
    return change(site, search_id, paused=changes.paused)


@router.delete("/alerts/{search_id}.json", summary="Remove a saved search", responses=NOT_FOUND)
def remove_search(site: TheSite, search_id: Id) -> SearchShown:
    """Forget a saved search and its alerts; returns what it was."""
    return remove(site, search_id)


@router.post("/alerts/{search_id}/test.json", summary="Send a test alert", responses=NOT_FOUND)
async def test_search(site: TheSite, search_id: Id) -> list[TestResult]:
    """Send a test alert to everybody who is told, once, and say what came of it."""
    return await _test(site, search_id)


@router.get(
    "/alerts/{search_id}.rss",
    summary="Alerts as RSS",
    response_class=Response,
    responses=_contents("application/rss+xml"),
)
def rss(request: Request, site: TheSite, search_id: Id) -> Response:
    """Return the last alerts of a saved search as RSS 2.0."""
    return Response(write_rss(*_feed(request, site, search_id)), media_type="application/rss+xml; charset=utf-8")


@router.get(
    "/alerts/{search_id}.atom",
    summary="Alerts as Atom",
    response_class=Response,
    responses=_contents("application/atom+xml"),
)
def atom(request: Request, site: TheSite, search_id: Id) -> Response:
    """Return the last alerts of a saved search as Atom."""
    return Response(write_atom(*_feed(request, site, search_id)), media_type="application/atom+xml; charset=utf-8")


@pages.get("/alerts")
def show_all(request: Request) -> HTMLResponse:
    """Show the saved searches with their forms, and the last alerts."""
    return _page(request)


@pages.post("/alerts")
async def save_form(request: Request) -> Response:
    """Save what the form says, and show it; what is wrong with it is said above the form."""
    values = _read_form(await request.body())
    try:
        saved = await run_in_threadpool(save, site_of(request), NewSearch.model_validate(values))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        problem = f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    except Rejected as error:
        problem = error.detail
    else:
        return RedirectResponse(link("/alerts", [("saved", saved.search_id)]), 303)
    return await run_in_threadpool(_page, request, problem, values, 400)


@pages.get("/alerts/{search_id}")
def show_one(request: Request, search_id: str) -> HTMLResponse:
    """Show a saved search and its alerts."""
    answer = load_saved_search(site_of(request), search_id)
    return render(request, "alert.html", {"answer": answer, "told": told(answer.search.told), "results": None})


@pages.post("/alerts/{search_id}/{action}")
async def act(request: Request, search_id: str, action: str) -> Response:
    """Pause, resume, remove or test a saved search, and show what is now."""
    site = site_of(request)
    if action == "test":
        results = await _test(site, search_id)
        answer = await run_in_threadpool(load_saved_search, site, search_id)
        return render(request, "alert.html", {"answer": answer, "told": told(answer.search.told), "results": results})
    if action == "remove":
        removed = await run_in_threadpool(remove, site, search_id)
        return RedirectResponse(link("/alerts", [("removed", removed.name)]), 303)
    if action not in {"pause", "resume"}:
        msg = f"nothing is done by {action!r}"
        raise NotFound(msg)
    await run_in_threadpool(lambda: change(site, search_id, paused=action == "pause"))
    return RedirectResponse("/alerts", 303)


async def _test(site: Site, search_id: str) -> list[TestResult]:
    saved = await run_in_threadpool(find, AlertStore(site.index.records), search_id)
    return await send_test(saved, Sinks(site.settings, site.clock), site.clock.now())


def _page(
    request: Request, problem: str | None = None, values: dict[str, Any] | None = None, status: int = 200
) -> HTMLResponse:
    answer = load_alerts(site_of(request))
    asked = request.query_params
    saved = next((one for one in answer.searches if one.search_id == asked.get("saved")), None)
    filled = values if values is not None else _read_pairs(list(asked.multi_items()))
    content = {
        "answer": answer,
        "problem": problem,
        "values": filled,
        "facets": [
            (facet, [(value, label_value(facet.name, value)) for value in filled[facet.name]])
            for facet in FACETS
            if filled.get(facet.name)
        ],
        "saved": saved,
        "removed": asked.get("removed"),
        "told": told,
    }
    return render(request, "alerts.html", content, status=status)


def _read_form(body: bytes) -> dict[str, Any]:
    """Return a form's values; what is no form has none."""
    try:
        pairs = parse_qsl(body[:MAX_FORM_BYTES].decode(), keep_blank_values=False, max_num_fields=MAX_FORM_FIELDS)
    except ValueError:
        pairs = []
    return _read_pairs(pairs)


def _read_pairs(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """Return the values of names that a search to save has; lists collect theirs, addresses by blanks and commas."""
    values: dict[str, Any] = {}
    for name, text in pairs:
        if name in {"webhooks", "mails"}:
            values[name] = [*values.get(name, []), *text.replace(",", " ").split()]
        elif name in _LISTS:
            values[name] = [*values.get(name, []), text]
        elif name in NewSearch.model_fields:
            values[name] = text.strip()
    return values


def _feed(request: Request, site: Site, search_id: str) -> tuple[Channel, tuple[Hit, ...]]:
    answer = load_saved_search(site, search_id)
    base = str(request.base_url).rstrip("/")
    page = f"{base}/alerts/{answer.search.search_id}"
    addresses = {one.alert_id: _address(base, page, one) for one in answer.alerts}
    channel = Channel(
        title=f"newswire alerts: {answer.search.name}",
        own_url=base + request.url.path,
        page_url=page,
        made_at=site.now(),
        address_of=lambda hit: addresses[hit.article_id],
        kind="alert",
    )
    return channel, tuple(_entry(one) for one in answer.alerts)


def _address(base: str, page: str, alert: AlertShown) -> str:
    if alert.article is None:
        return page
    return web_address(alert.article.url) or f"{base}/articles/{alert.article.article_id}"


def _entry(alert: AlertShown) -> Hit:
    """Return an alert as an entry of a feed: dated when it was raised, since that is when it is news."""
    article = alert.article
    return Hit(
        article_id=alert.alert_id,
        title=alert.title,
        summary=alert.text,
        source=article.source if article else "newswire",
        origin=article.origin if article else None,
        language=article.language if article else None,
        published_at=alert.raised_at,
    )
