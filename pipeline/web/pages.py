"""Pages for people: the same answers as the JSON routes, rendered on the server. Works without JavaScript."""

from datetime import datetime
from typing import get_args

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from pipeline.web.api_guide import build_guide
from pipeline.web.article import load_article
from pipeline.web.article_text import build_blocks
from pipeline.web.charts import build_chart
from pipeline.web.entity import EntityKind, load_entity
from pipeline.web.errors import NotFound
from pipeline.web.links import link, search_link
from pipeline.web.params import SearchParams, read_params
from pipeline.web.rendering import render
from pipeline.web.search_page import build_search_page, format_moment
from pipeline.web.searching import run_search
from pipeline.web.site import site_of
from pipeline.web.source import load_source, load_sources
from pipeline.web.status import load_status
from pipeline.web.story import load_story
from pipeline.web.trends import WINDOWS, WindowName, read_day, trends_of
from schemas.errors import Rejected
from schemas.query import HistogramBucket, Interval

router = APIRouter(include_in_schema=False)


@router.get("/")
def search(request: Request) -> HTMLResponse:
    """Show the search page; what cannot be read in the address is left out, and said."""
    with request.app.state.page_turns:
        return _search(request)


def _search(request: Request) -> HTMLResponse:
    site, reading = site_of(request), read_params(request.query_params.multi_items())
    params, notes = reading.params, list(reading.notes)
    try:
        answer = run_search(site, params)
    except Rejected as error:
        notes.append(error.detail)
        params = params.model_copy(update={"since": None, "until": None, "cursor": None})
        answer = run_search(site, params)
    held = 0 if answer.total else site.index.count()
    return render(request, "search.html", {"page": build_search_page(params, answer, notes), "held": held})


@router.get("/articles/{article_id}")
def article(request: Request, article_id: str) -> HTMLResponse:
    """Show an article: names and quotes marked in the text, zones for what they are, origin and times with evidence."""
    answer = load_article(site_of(request), article_id)
    content = {"answer": answer, "article": answer.article, "blocks": build_blocks(answer.article)}
    return render(request, "article.html", content)


@router.get("/stories/{story_id}")
def story(request: Request, story_id: str) -> HTMLResponse:
    """Show who published a story first, its copies, and how they differ."""
    return render(request, "story.html", {"story": load_story(site_of(request), story_id)})


@router.get("/entity")
def entity(request: Request) -> HTMLResponse:
    """Show when a name was in the news, with whom, and the quotes by and about it."""
    kind, name = request.query_params.get("kind", "all"), request.query_params.get("name", "").strip()
    known = next((each for each in get_args(EntityKind) if each == kind), None)
    if known is None or not name:
        msg = "the address does not say whose page this is; look the name up with the search"
        raise NotFound(msg)
    answer = load_entity(site_of(request), known, name[:512])
    selected = SearchParams(q=f'{"entity" if kind in {"all", "event", "other"} else kind}:"{name[:500]}"')
    chart = _chart(answer.histogram, answer.histogram_interval, selected)
    content = {"entity": answer, "chart": chart, "search_href": search_link(selected)}
    return render(request, "entity.html", content)


@router.get("/sources")
def sources(request: Request) -> HTMLResponse:
    """Show the sources that have articles."""
    return render(request, "sources.html", {"answer": load_sources(site_of(request))})


@router.get("/source")
def source(request: Request) -> HTMLResponse:
    """Show what a source publishes, how fast it is seen, and from whom it reprints."""
    answer = load_source(site_of(request), request.query_params.get("id", "")[:512])
    selected = SearchParams(source=[answer.name[:512]])
    chart = _chart(answer.histogram, answer.histogram_interval, selected)
    content = {"source": answer, "chart": chart, "search_href": search_link(selected)}
    return render(request, "source.html", content)


@router.get("/trends")
def trends(request: Request) -> HTMLResponse:
    """Show what is named significantly more than before."""
    wanted = request.query_params.get("window", "7d")
    window: WindowName = next((name for name in WINDOWS if name == wanted), "7d")
    day = read_day(request.query_params.get("until", ""))
    pairs = [] if day is None else [("until", day.isoformat())]
    windows = [
        (link("/trends", [("window", name), *pairs]), label, name == window) for name, (_, label) in WINDOWS.items()
    ]
    content = {
        "answer": trends_of(request).read(window, day),
        "window": window,
        "day": day,
        "label": WINDOWS[window][1],
        "windows": windows,
        "json_href": link("/trends.json", [("window", window), *pairs]),
    }
    return render(request, "trends.html", content)


@router.get("/status")
def status(request: Request) -> HTMLResponse:
    """Show what is where, what waits, and what was refused."""
    return render(request, "status.html", {"status": load_status(site_of(request))})


@router.get("/api")
def guide(request: Request) -> HTMLResponse:
    """Show what programs can ask for, from the OpenAPI document."""
    return render(request, "api.html", {"guide": build_guide(request.app.openapi())})


def _chart(buckets: tuple[HistogramBucket, ...], interval: Interval | None, params: SearchParams) -> object:
    """Return a chart whose bars lead to the search for their time, None for fewer than two bars."""
    if interval is None or len(buckets) < 2:
        return None

    def narrow(start: datetime, end: datetime) -> str:
        return search_link(params, since=format_moment(start), until=format_moment(end))

    return build_chart(buckets, interval, narrow)
