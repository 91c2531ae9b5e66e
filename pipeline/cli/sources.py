"""`newswire sources`: the registry of outlets and agencies."""

import csv
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli import sources_lists
from pipeline.cli.output import count, note, print_json, print_table
from pipeline.cli.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from schemas.source import Source

app = typer.Typer(help="The registry of outlets and agencies.", no_args_is_help=True, rich_markup_mode=None)

Kind = Annotated[str | None, typer.Option(help="Only this kind: agency, newspaper, broadcaster, …")]
Country = Annotated[str | None, typer.Option(help="Only this country (two letters).")]
Language = Annotated[str | None, typer.Option(help="Only this language (two letters).")]
Provisional = Annotated[bool, typer.Option("--provisional", help="Only those known from their own feeds alone.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]


@app.command("list")
def list_sources(
    kind: Kind = None,
    country: Country = None,
    language: Language = None,
    provisional: Provisional = False,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the sources that the registry knows: its own, then those of imported lists, then provisional ones.

    Example: newswire sources list --kind agency --country FR
    """
    with open_workspace() as workspace:
        chosen = list(_chosen(workspace, kind, country, language, provisional=provisional))
    shown = chosen[:limit]
    if as_json:
        print_json([source.model_dump(mode="json") for source in shown])
        return
    print_table(
        [(s.id, s.name, _kind(s), s.country, s.language, " ".join(s.domains[:2])) for s in shown],
        ("id", "name", "kind", "country", "language", "domains"),
    )
    only_fed = sum(source.provisional for source in chosen)
    said = count(len(chosen) - only_fed, "source") if len(chosen) > only_fed or not provisional else ""
    fed = f"{only_fed:,} provisional" if only_fed or provisional else ""
    note(", ".join(filter(None, (said, fed))) + (f"; {len(shown):,} shown" if len(shown) < len(chosen) else ""))


app.command("import")(sources_lists.import_sources)
app.command("lists")(sources_lists.print_lists)
app.command("confirm")(sources_lists.confirm_source)


@app.command("export")
def export_sources(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="Where to; by default, stdout.")] = None,
    kind: Kind = None,
    country: Country = None,
    language: Language = None,
    provisional: Provisional = False,
) -> None:
    """Write the sources as CSV in the form of seeds/sources.csv, lists merged; provisional ones only when asked for.

    Example: newswire sources export outlets.csv --country DE
    """
    from pipeline.sources.rows import COLUMNS

    with open_workspace() as workspace:
        found = _chosen(workspace, kind, country, language, provisional=provisional)
        chosen = [source for source in found if source.provisional == provisional]
    with file.open("w", encoding="utf-8", newline="") if file else nullcontext(sys.stdout) as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        for source in chosen:
            values = source.model_dump(mode="json")
            writer.writerow("|".join(v) if isinstance(v := values[name], list) else v or "" for name in COLUMNS)
    note(f"{count(len(chosen), 'source')} written" + (f" to {file}" if file else ""))


@app.command("show")
def show_source(
    wanted: Annotated[str, typer.Argument(metavar="ID|NAME|DOMAIN", help="How you call it.")],
    as_json: AsJson = False,
) -> None:
    """Show what the registry knows of one source, which lists say so, what it reprints, and who reprints it.

    Example: newswire sources show reuters.com
    """
    from pipeline.cli.sources_text import load_shown, print_shown

    with open_workspace() as workspace:
        shown = load_shown(workspace, wanted)
    if as_json:
        print_json(shown.as_json())
    else:
        print_shown(shown)


def _chosen(
    workspace: Workspace, kind: str | None, country: str | None, language: str | None, *, provisional: bool
) -> "Iterator[Source]":
    from pipeline.outlets.open import all_sources

    for source in all_sources(workspace.registry, workspace.settings.listed_sources_path):
        if (
            (not kind or (source.kind == kind.lower() and not source.provisional))
            and (not country or (source.country or "").lower() == country.lower())
            and (not language or (source.language or "").lower() == language.lower())
            and (not provisional or source.provisional)
        ):
            yield source


def _kind(source: "Source") -> str:
    return "provisional" if source.provisional else source.kind
