"""`newswire sources`: the registry of outlets and agencies."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Final

import typer

from pipeline.cli.output import count, note, print_json, print_table
from pipeline.cli.workspace import open_workspace

if TYPE_CHECKING:
    from pipeline.search.reprints import Reprints

MOST_NAMES: Final = 8

app = typer.Typer(help="The registry of outlets and agencies.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_sources(
    kind: Annotated[str | None, typer.Option(help="Only this kind: agency, newspaper, broadcaster, …")] = None,
    country: Annotated[str | None, typer.Option(help="Only this country (two letters).")] = None,
    language: Annotated[str | None, typer.Option(help="Only this language (two letters).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """List the sources that the registry knows.

    Example: newswire sources list --kind agency --country FR
    """
    with open_workspace() as workspace:
        chosen = [
            source
            for source in workspace.registry.sources
            if (not kind or source.kind == kind.lower())
            and (not country or (source.country or "").lower() == country.lower())
            and (not language or (source.language or "").lower() == language.lower())
        ]
    if as_json:
        print_json([source.model_dump(mode="json") for source in chosen])
        return
    print_table(
        [(s.id, s.name, s.kind, s.country, s.language, " ".join(s.domains[:2])) for s in chosen],
        ("id", "name", "kind", "country", "language", "domains"),
    )
    note(count(len(chosen), "source"))


@app.command("show")
def show_source(
    wanted: Annotated[str, typer.Argument(metavar="ID|NAME|DOMAIN", help="How you call it.")],
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Show what the registry knows of one source, what it reprints from whom, and who reprints it.

    Example: newswire sources show reuters.com
    """
    from pipeline.search.reprints import find_reprints
    from schemas.errors import NewswireError

    with open_workspace() as workspace:
        registry = workspace.registry
        source = registry.get(wanted) or registry.publisher(domain=wanted) or registry.find_name(wanted)
        if source is None:
            msg = f"the registry knows no source {wanted!r}; `newswire sources list` prints all"
            raise NewswireError(msg)
        found = find_reprints(workspace.index, registry, source, workspace.clock.now())
    record = source.model_dump(mode="json")
    if as_json:
        counts = {"articles_published": found.articles, "articles_originated": found.made_for_others}
        print_json({**record, **counts, "reprints": found.model_dump(mode="json")})
        return
    for name, value in record.items():
        if value:
            typer.echo(f"{name:<11} {', '.join(value) if isinstance(value, list) else value}")
    for line in _describe_reprints(found):
        typer.echo(line)


def _describe_reprints(found: "Reprints") -> Iterator[str]:
    """Yield what the source takes from others, and they from it."""
    yield f"{'articles':<11} {found.articles:,} published, {found.made_for_others:,} of others name it as their origin"
    if found.looked_at:
        of = "" if found.looked_at == found.articles else f" of the newest {found.looked_at:,}"
        yield f"{'reprinted':<11} {found.share:.0%}{of}: {found.reprinted:,}, {found.copies:,} known by their text"
    for name, facets in (("taken from", found.taken_from), ("origins", found.origins), ("taken by", found.taken_by)):
        if facets:
            yield f"{name:<11} {', '.join(f'{each.value} {each.count:,}' for each in facets[:MOST_NAMES])}"
