"""`newswire sources`: the registry of outlets and agencies."""

from typing import Annotated

import typer

from pipeline.cli.output import count, note, print_json, print_table
from pipeline.cli.workspace import open_workspace

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
    """Show what the registry knows of one source, and how much of it is in the index.

    Example: newswire sources show reuters.com
    """
    from schemas.errors import NewswireError
    from schemas.query import Filter, SearchQuery

    with open_workspace() as workspace:
        registry = workspace.registry
        source = registry.get(wanted) or registry.publisher(domain=wanted) or registry.find_name(wanted)
        if source is None:
            msg = f"the registry knows no source {wanted!r}; `newswire sources list` prints all"
            raise NewswireError(msg)
        now = workspace.clock.now()
        published, made = (
            workspace.index.search(SearchQuery(now=now, filters=(Filter(field, (source.id,)),), limit=0))
            for field in ("source.id", "origin.id")
        )
    record = source.model_dump(mode="json")
    if as_json:
        print_json({**record, "articles_published": published.total, "articles_originated": made.total})
        return
    for name, value in record.items():
        if value:
            typer.echo(f"{name:<10} {', '.join(value) if isinstance(value, list) else value}")
    typer.echo(f"{'articles':<10} {published.total:,} published, {made.total:,} made for others")
