"""JSON routes: the twin of every page, described by OpenAPI at /openapi.json.

Blocking calls to the index run in starlette's threads: these functions are not async on purpose.
"""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query

from pipeline.web.answers import ErrorAnswer
from pipeline.web.params import SearchParams
from pipeline.web.searching import SearchAnswer, run_search
from pipeline.web.site import Site, site_of

ERRORS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": ErrorAnswer, "description": why}
    for status, why in {
        400: "A parameter cannot be used: a time that is none, a cursor of another search.",
        401: "The server asks for a token.",
        414: "The address is too long.",
        422: "A parameter has the wrong form.",
        429: "Too many requests; Retry-After says when to go on.",
        503: "The index does not answer; Retry-After says when to try again.",
    }.items()
}
router = APIRouter(responses=ERRORS)
TheSite = Annotated[Site, Depends(site_of)]


@router.get("/search.json", summary="Search", tags=["search"])
def search(site: TheSite, params: Annotated[SearchParams, Query()]) -> SearchAnswer:
    """Return hits, facets with multi-select counts, a histogram, and the cursor of the next page.

    The query language has words, "phrases", OR, -not, parentheses, prefix* and field:value, as in
    `person:"Ida Lund" (ferry OR harbour) -strike since:30d`.
    """
    return run_search(site, params)
