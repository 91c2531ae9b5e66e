"""JSON routes: the twin of every page, described by OpenAPI at /openapi.json.

Blocking calls to the index run in starlette's threads: these functions are not async on purpose.
"""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query

from pipeline.search.trending import Trends
from pipeline.web.answers import ErrorAnswer, StatusAnswer
from pipeline.web.article import ArticleAnswer, load_article
from pipeline.web.entity import EntityAnswer, EntityKind, load_entity
from pipeline.web.params import SearchParams
from pipeline.web.searching import SearchAnswer, run_search
from pipeline.web.site import Site, site_of
from pipeline.web.source import SourceAnswer, SourcesAnswer, load_source, load_sources
from pipeline.web.status import load_status
from pipeline.web.story import StoryAnswer, load_story
from pipeline.web.trends import TrendDay, TrendReader, WindowName, trends_of

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
NOT_FOUND: Final[dict[int | str, dict[str, Any]]] = {404: {"model": ErrorAnswer, "description": "There is none."}}
TheSite = Annotated[Site, Depends(site_of)]
Id = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="32 hexadecimal digits.")]
Name = Annotated[str, Query(min_length=1, max_length=512)]


@router.get("/search.json", summary="Search", tags=["search"])
def search(site: TheSite, params: Annotated[SearchParams, Query()]) -> SearchAnswer:
    """Return hits, facets with multi-select counts, a histogram, and the cursor of the next page.

    The query language has words, "phrases", OR, -not, parentheses, prefix* and field:value, as in
    `person:"Ida Lund" (ferry OR harbour) -strike since:30d`.
    """
    return run_search(site, params)


@router.get("/articles/{article_id}.json", summary="One article", tags=["articles"], responses=NOT_FOUND)
def article(site: TheSite, article_id: Id) -> ArticleAnswer:
    """Return the article with its zones, entities, quotes, times and origin, its story, and what is related."""
    return load_article(site, article_id)


@router.get("/stories/{story_id}.json", summary="One story", tags=["articles"], responses=NOT_FOUND)
def story(site: TheSite, story_id: Id) -> StoryAnswer:
    """Return the articles of a story, the earliest first, with what each copy changed."""
    return load_story(site, story_id)


@router.get("/entity.json", summary="One name", tags=["names"])
def entity(site: TheSite, kind: EntityKind, name: Name) -> EntityAnswer:
    """Return when a name was in the news, with which others, and the quotes by and about it."""
    return load_entity(site, kind, name)


@router.get("/sources.json", summary="All sources", tags=["sources"])
def sources(site: TheSite) -> SourcesAnswer:
    """Return the sources that have articles, the most productive first."""
    return load_sources(site)


@router.get("/source.json", summary="One source", tags=["sources"], responses=NOT_FOUND)
def source(site: TheSite, wanted: Annotated[str, Query(alias="id", min_length=1, max_length=512)]) -> SourceAnswer:
    """Return what the registry knows of a source, what it publishes, and how it does. `id` may be a domain or name."""
    return load_source(site, wanted)


@router.get("/trends.json", summary="Trends", tags=["names"])
def trends(
    reader: Annotated[TrendReader, Depends(trends_of)],
    window: WindowName = "7d",
    until: Annotated[TrendDay | None, Query(description="The last day of the window; now when left out.")] = None,
) -> Trends:
    """Return names whose stories are significantly more frequent than in the four windows before; copies count once."""
    return reader.read(window, until)


@router.get("/status.json", summary="Status", tags=["status"])
def status(site: TheSite) -> StatusAnswer:
    """Return what is in the log and the index, what waits, and what was refused."""
    return load_status(site)
