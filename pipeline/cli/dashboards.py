"""`newswire dashboards`: checked, written as files, brought into Kibana, drawn without it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.output import count, note, print_json, print_table
from pipeline.cli.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from pipeline.dashboards.deployment import Deployment
    from pipeline.dashboards.fault import Fault
    from pipeline.dashboards.times import Span
    from pipeline.index.elastic_panels import ElasticPanels

app = typer.Typer(
    help="Kibana dashboards: check them, write them as files, bring them into Kibana, draw them without it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

JsonOption = Annotated[bool, typer.Option("--json", help="As JSON.")]
FolderOption = Annotated[
    Path | None, typer.Option("--from", help="A folder with dashboards (*.json) instead of the shipped ones.")
]
SinceOption = Annotated[str | None, typer.Option(help="Start of the time shown: now-7d, 2026-11-01.")]
UntilOption = Annotated[str, typer.Option(help="End of the time shown.")]


@app.command("check")
def check(
    folder: FolderOption = None,
    static: Annotated[bool, typer.Option("--static", help="Only against the mappings, without Elasticsearch.")] = False,
    need_rows: Annotated[bool, typer.Option("--need-rows", help="A panel that shows nothing is a fault.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Check the dashboards: layout, references, every field against the mappings; then each panel on Elasticsearch.

    The second part runs when the index is an Elasticsearch: each panel is asked for over all that the index holds.

    Example: newswire dashboards check --static
    """
    from pipeline.dashboards.check import check_boards
    from pipeline.dashboards.shipped import load_boards
    from pipeline.dashboards.views import shipped_views

    boards = load_boards(folder)
    faults = check_boards(boards, shipped_views())
    panels = sum(len(board.panels) for board in boards.values())
    empty: list[Fault] = []
    asked = False
    with open_workspace() as workspace:
        if not faults and not static and _is_elastic(workspace):
            asked = True
            refused, empty = _check_live(workspace, folder)
            faults = [*refused, *(empty if need_rows else [])]
    if as_json:
        print_json({"dashboards": len(boards), "panels": panels, "asked": asked, **_as_text(faults, empty)})
    else:
        for fault in faults:
            typer.echo(str(fault))
        if not need_rows:
            for fault in empty:
                note(f"empty here: {fault}")
        where = "the mappings and on Elasticsearch" if asked else "the mappings"
        typer.echo(
            f"{count(len(boards), 'dashboard')}, {count(panels, 'panel')} checked against {where}: "
            f"{count(len(faults), 'fault') if faults else 'no fault'}"
        )
    if faults:
        raise typer.Exit(1)


@app.command("build")
def build(
    out: Annotated[Path, typer.Option("--out", help="Folder for the files.")] = Path("dashboards"),
    folder: FolderOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write what `apply` sends: newswire.ndjson for Kibana 8.11 to 9.4, and JSON for the APIs of 9.5 and later.

    The same dashboards give the same bytes.

    Example: newswire dashboards build --out dashboards
    """
    from pipeline.dashboards.build import build_files
    from pipeline.dashboards.shipped import load_boards

    boards = load_boards(folder)
    with open_workspace() as workspace:
        files = build_files(boards, _deployment(workspace))
    for name, content in files.items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    if as_json:
        print_json({"files": [str(out / name) for name in files]})
        return
    for name, content in files.items():
        typer.echo(f"{out / name}  {len(content):,} bytes")


@app.command("apply")
def apply(folder: FolderOption = None, as_json: JsonOption = False) -> None:
    """Bring data views and dashboards into the Kibana of the setting kibana_url; what is there already stays.

    The form is chosen by the server's version. What people changed in these dashboards is replaced; copy a dashboard in
    Kibana to change it.

    Example: NEWSWIRE_KIBANA_URL=http://127.0.0.1:5601 newswire dashboards apply
    """
    from dataclasses import asdict

    from pipeline.dashboards.apply import apply_boards
    from pipeline.dashboards.check import check_boards
    from pipeline.dashboards.kibana import Kibana
    from pipeline.dashboards.shipped import load_boards
    from schemas.errors import ConfigurationError

    boards = load_boards(folder)
    with open_workspace() as workspace:
        settings, deployment = workspace.settings, _deployment(workspace)
        if settings.kibana_url is None:
            msg = "kibana_url is not set: NEWSWIRE_KIBANA_URL=https://host:5601"
            raise ConfigurationError(msg)
        faults = check_boards(boards, deployment.views)
        if faults:
            msg = f"{faults[0]} (newswire dashboards check names all {len(faults)})"
            raise ConfigurationError(msg)
        kibana = Kibana(
            settings.kibana_url,
            api_key=settings.kibana_api_key,
            ca_file=settings.kibana_ca_file,
            space=settings.kibana_space,
        )
        applied = apply_boards(kibana, boards, deployment)
    if as_json:
        print_json([asdict(each) for each in applied])
        return
    print_table([(each.outcome, each.kind, each.id) for each in applied], ("outcome", "", "id"))


@app.command("preview")
def preview(
    out: Annotated[Path | None, typer.Option("--out", help="Folder for the pages.")] = None,
    since: SinceOption = None,
    until: UntilOption = "now",
    everything: Annotated[bool, typer.Option("--all", help="All the time that the index holds.")] = False,
    folder: FolderOption = None,
    as_json: JsonOption = False,
) -> None:
    """Draw each dashboard as a page of its own, without Kibana, from the queries that Kibana would send.

    Example: newswire dashboards preview --all --out preview
    """
    from pipeline.dashboards.live import ask_board, spans_of
    from pipeline.dashboards.preview import Look, render_board
    from pipeline.dashboards.shipped import load_boards

    boards = load_boards(folder)
    titles = {name: board.title for name, board in boards.items()}
    pages: list[str] = []
    with _panel_source() as (workspace, source):
        deployment = _deployment(workspace)
        target = out or workspace.settings.data_dir / "dashboards"
        target.mkdir(parents=True, exist_ok=True)
        for name, board in boards.items():
            start = since or board.time_range.from_
            span = _read_span(start, until if since else board.time_range.to, workspace)
            spans = spans_of(source, deployment.views, span, whole=everything)
            answers = list(ask_board(name, board, source, deployment.views, spans))
            look = Look(deployment.views, spans, workspace.settings.web_url)
            path = target / f"{name}.html"
            path.write_text(render_board(name, board, answers, look, titles), encoding="utf-8")
            pages.append(str(path))
    if as_json:
        print_json({"pages": pages})
        return
    for page in pages:
        typer.echo(page)


def _read_span(start: str, end: str, workspace: Workspace) -> "Span":
    from pipeline.dashboards.times import read_span
    from schemas.errors import ConfigurationError

    try:
        return read_span(start, end, workspace.clock.now())
    except ValueError as error:
        raise ConfigurationError(str(error)) from error


def _check_live(workspace: Workspace, folder: Path | None) -> "tuple[list[Fault], list[Fault]]":
    """Return what Elasticsearch refused, and the panels that show nothing."""
    from pipeline.dashboards.fault import Fault
    from pipeline.dashboards.live import ask_board, find_empty, spans_of
    from pipeline.dashboards.shipped import load_boards

    refused: list[Fault] = []
    empty: list[Fault] = []
    deployment = _deployment(workspace)
    with _open_source(workspace) as source:
        for name, board in load_boards(folder).items():
            span = _read_span(board.time_range.from_, board.time_range.to, workspace)
            spans = spans_of(source, deployment.views, span, whole=True)
            for answer in ask_board(name, board, source, deployment.views, spans):
                if isinstance(answer, Fault):
                    refused.append(answer)
                else:
                    empty.extend(find_empty(answer))
    return refused, empty


def _as_text(faults: "list[Fault]", empty: "list[Fault]") -> dict[str, list[str]]:
    return {"faults": [str(fault) for fault in faults], "empty": [str(fault) for fault in empty]}


def _is_elastic(workspace: Workspace) -> bool:
    return workspace.settings.resolved_index_url.startswith(("http://", "https://"))


def _deployment(workspace: Workspace) -> "Deployment":
    from pipeline.dashboards.deployment import Deployment
    from pipeline.dashboards.views import shipped_views

    settings = workspace.settings
    return Deployment(shipped_views(), settings.index_prefix, settings.web_url)


@contextmanager
def _panel_source() -> "Iterator[tuple[Workspace, ElasticPanels]]":
    from schemas.errors import ConfigurationError

    with open_workspace() as workspace:
        if not _is_elastic(workspace):
            msg = "dashboards show what is in Elasticsearch; set NEWSWIRE_INDEX_URL=http://host:9200"
            raise ConfigurationError(msg)
        with _open_source(workspace) as source:
            yield workspace, source


@contextmanager
def _open_source(workspace: Workspace) -> "Iterator[ElasticPanels]":
    from pipeline.connections import panels_of

    source = panels_of(workspace.settings)
    try:
        yield source
    finally:
        source.close()
