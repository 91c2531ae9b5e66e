"""Pages for people: the same answers as the JSON routes, rendered on the server. Works without JavaScript."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from pipeline.web.params import read_params
from pipeline.web.rendering import render
from pipeline.web.search_page import build_search_page
from pipeline.web.searching import run_search
from pipeline.web.site import site_of
from schemas.errors import Rejected

router = APIRouter(include_in_schema=False)


@router.get("/")
def search(request: Request) -> HTMLResponse:
    """Show the search page; what cannot be read in the address is left out, and said."""
    site, reading = site_of(request), read_params(request.query_params.multi_items())
    params, notes = reading.params, list(reading.notes)
    try:
        answer = run_search(site, params)
    except Rejected as error:
        notes.append(error.detail)
        params = params.model_copy(update={"since": None, "until": None, "cursor": None})
        answer = run_search(site, params)
    return render(request, "search.html", {"page": build_search_page(params, answer, notes)})
