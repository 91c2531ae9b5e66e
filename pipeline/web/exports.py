"""Any search as a feed or a file: RSS and Atom of the newest, CSV and JSON lines of everything, streaming."""

from collections.abc import Iterator
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from pipeline.search.export import write_csv, write_jsonl
from pipeline.search.syndication import Channel, write_atom, write_rss
from pipeline.web.api import ERRORS
from pipeline.web.links import article_link, link, search_link, web_address
from pipeline.web.params import MAX_PAGE_LIMIT, SearchParams
from pipeline.web.searching import ask
from pipeline.web.site import Site, site_of
from schemas.query import Hit, SearchPage

FEED_ENTRIES: Final = 50
MAX_EXPORTED: Final = 100_000
"""Articles in one file; who needs more asks by time."""
router = APIRouter(responses=ERRORS, tags=["exports"])
Params = Annotated[SearchParams, Query()]
TheSite = Annotated[Site, Depends(site_of)]


def _contents(media_type: str) -> dict[int | str, dict[str, Any]]:
    return {200: {"description": "The articles.", "content": {media_type: {"schema": {"type": "string"}}}}}


@router.get("/search.rss", summary="Search as RSS", response_class=Response, responses=_contents("application/rss+xml"))
def rss(request: Request, site: TheSite, params: Params) -> Response:
    """Return the newest articles of a search as RSS 2.0."""
    return Response(write_rss(*_feed(request, site, params)), media_type="application/rss+xml; charset=utf-8")


@router.get(
    "/search.atom", summary="Search as Atom", response_class=Response, responses=_contents("application/atom+xml")
)
def atom(request: Request, site: TheSite, params: Params) -> Response:
    """Return the newest articles of a search as Atom."""
    return Response(write_atom(*_feed(request, site, params)), media_type="application/atom+xml; charset=utf-8")


@router.get("/search.csv", summary="Search as CSV", response_class=Response, responses=_contents("text/csv"))
def csv(site: TheSite, params: Params) -> Response:
    """Return all articles of a search as CSV, with cells defused that a spreadsheet would compute."""
    return _file(write_csv(_all_hits(site, params)), "text/csv; charset=utf-8", "search.csv")


@router.get(
    "/search.jsonl", summary="Search as JSON lines", response_class=Response, responses=_contents("application/jsonl")
)
def jsonl(site: TheSite, params: Params) -> Response:
    """Return all articles of a search, one JSON object a line."""
    return _file(write_jsonl(_all_hits(site, params)), "application/jsonl", "search.jsonl")


def _feed(request: Request, site: Site, params: SearchParams) -> tuple[Channel, tuple[Hit, ...]]:
    newest = params.model_copy(update={"sort": "newest", "limit": FEED_ENTRIES, "cursor": None})
    page = ask(site, newest, highlight=False).page
    base = str(request.base_url).rstrip("/")
    channel = Channel(
        title=f"newswire: {params.q}" if params.q else "newswire: latest articles",
        own_url=base + link(request.url.path, params.pairs()),
        page_url=base + search_link(params),
        made_at=site.now(),
        address_of=lambda hit: web_address(hit.url) or base + article_link(hit.article_id),
    )
    return channel, page.hits


def _all_hits(site: Site, params: SearchParams) -> Iterator[Hit]:
    """Return the hits of all pages. The first page is asked for at once, so that its errors are answered as such."""
    params = params.model_copy(update={"limit": MAX_PAGE_LIMIT})
    first = ask(site, params, highlight=False).page
    return _pages(site, params, first)


def _pages(site: Site, params: SearchParams, page: SearchPage) -> Iterator[Hit]:
    sent = 0
    while True:
        yield from page.hits
        sent += len(page.hits)
        if page.cursor is None or sent >= MAX_EXPORTED:
            return
        page = ask(site, params.model_copy(update={"cursor": page.cursor}), highlight=False).page


def _file(lines: Iterator[bytes], media_type: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_gathered(lines), media_type=media_type, headers=headers)


def _gathered(lines: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the lines in larger pieces: each piece costs a change of threads."""
    held: list[bytes] = []
    for line in lines:
        held.append(line)
        if len(held) >= MAX_PAGE_LIMIT:
            yield b"".join(held)
            held = []
    if held:
        yield b"".join(held)
