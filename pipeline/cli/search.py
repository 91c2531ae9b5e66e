"""`newswire search`: ask the index, from the terminal."""

import html
import re
from typing import TYPE_CHECKING, Annotated, Final

import typer

from pipeline.cli.output import count, date_as_known, note, print_json
from pipeline.cli.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemas.query import Hit, SearchPage

FACETS: Final = (
    "source.name",
    "origin.name",
    "language",
    "entities.person",
    "entities.org",
    "entities.place",
    "is_copy",
)
# What fits under a result list: facets with one value say nothing, and more than five values bury the hits.
FACET_VALUES_SHOWN: Final = 5
_MARK: Final = re.compile(r"</?mark>")


def search(
    query: Annotated[str, typer.Argument(help='Words, "phrases", OR, -not, prefix*, field:value; * is everything.')],
    source: Annotated[
        list[str] | None, typer.Option(help="Only this publisher: id, name or domain. Repeatable.")
    ] = None,
    since: Annotated[str | None, typer.Option(help="Published since: 24h, 7d, 2026-10-01.")] = None,
    until: Annotated[str | None, typer.Option(help="Published before: the same forms.")] = None,
    sort: Annotated[str, typer.Option(help="relevance, newest or oldest.")] = "relevance",
    limit: Annotated[int, typer.Option(min=0, max=1000, help="Hits on a page.")] = 10,
    cursor: Annotated[str | None, typer.Option(help="The next page: the cursor that --json printed.")] = None,
    copies: Annotated[bool, typer.Option("--copies", help="Every copy, not one hit per story.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Search the articles: title, summary and text, people, places, sources and origins.

    Example: newswire search 'person:"Ida Lund" (ferry OR harbour) -strike since:30d'
    """
    from pipeline.search.locate import locate_in
    from pipeline.search.outlets import find_outlet_in
    from pipeline.search.service import find
    from schemas.errors import ConfigurationError
    from schemas.query import Interval, Sort

    if sort not in {known.value for known in Sort}:
        msg = f"--sort {sort}: one of {', '.join(known.value for known in Sort)}"
        raise ConfigurationError(msg)
    with open_workspace() as workspace:
        answer = find(
            workspace.index,
            query,
            now=workspace.clock.now(),
            sources=tuple(source or ()),
            since=since,
            until=until,
            sort=Sort(sort),
            limit=limit,
            cursor=cursor,
            collapse=not copies,
            facets=FACETS,
            histogram=Interval.MONTH,
            find_outlet=lambda name: find_outlet_in(workspace.registry, name),
            locate=locate_in(workspace.index, workspace.clock.now()),
        )
    if as_json:
        hints = [{"position": hint.position, "message": hint.message} for hint in answer.hints]
        print_json({**answer.page.model_dump(mode="json"), "query": answer.reading, "hints": hints})
        return
    for hint in answer.hints:
        note(f"hint at {hint.position}: {hint.message}")
    for line in describe_page(answer.page):
        typer.echo(line)
    if not answer.page.total:
        note(f"read as: {answer.reading}")


def describe_page(page: "SearchPage") -> "Iterator[str]":
    """Yield the lines of a result page for a person: hits first, then what they have in common."""
    at_least = "at least " if page.relation == "gte" else ""
    stories = f" in {count(page.stories, 'story', 'stories')}" if page.stories is not None else ""
    yield f"{at_least}{count(page.total, 'article')}{stories}, {page.took_ms:.0f} ms"
    for number, hit in enumerate(page.hits, start=1):
        yield ""
        yield from _describe_hit(number, hit)
    facets = [(name, values) for name, values in page.facets.items() if len(values) > 1]
    if facets:
        yield ""
    for name, values in facets:
        shown = ", ".join(f"{facet.value} {facet.count:,}" for facet in values[:FACET_VALUES_SHOWN])
        yield f"{name:<16} {shown}"


def _describe_hit(number: int, hit: "Hit") -> "Iterator[str]":
    yield f"{number:>3}. {hit.title}"
    published = date_as_known(hit.published_at, hit.published_precision) if hit.published_at else "date unknown"
    parts = [hit.source or hit.source_domain or "unknown source", published]
    if hit.origin:
        parts.append(f"from {hit.origin}")
    if hit.story_size and hit.story_size > 1:
        parts.append(f"{hit.story_size} articles of one story")
    parts.append(hit.article_id)
    yield f"     {' · '.join(parts)}"
    fragments = [*hit.highlights.get("body", ()), *hit.highlights.get("summary", ())]
    if fragments:
        plain = html.unescape(_MARK.sub("*", fragments[0]))
        yield f"     {' '.join(plain.split())}"
