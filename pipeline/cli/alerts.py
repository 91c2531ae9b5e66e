"""`newswire alerts`: saved searches that tell somebody when a story is found."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.output import count, note, print_json, print_table
from pipeline.cli.workspace import open_workspace

if TYPE_CHECKING:
    from pipeline.alerts.store import AlertStore
    from pipeline.cli.workspace import Workspace
    from schemas.alert import Alert, SavedSearch, Sink

app = typer.Typer(
    help="Save searches, and be told once for each story that they find.", no_args_is_help=True, rich_markup_mode=None
)
_WANTED = typer.Argument(metavar="ID|NAME", help="A saved search, as `newswire alerts list` prints it.")
_JSON = typer.Option("--json", help="As JSON.")
_SHOWN = 20


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="What to call it.")],
    query: Annotated[str, typer.Argument(help="What to look for, as in newswire search; empty is everything.")] = "",
    webhook: Annotated[list[str] | None, typer.Option(help="Address to POST alerts to, signed. Repeatable.")] = None,
    mail: Annotated[list[str] | None, typer.Option(help="Address to mail alerts to. Repeatable.")] = None,
    file: Annotated[bool, typer.Option("--file", help="Append alerts to a file in the data folder.")] = False,
    every_copy: Annotated[bool, typer.Option("--every-copy", help="One alert an article, not one a story.")] = False,
    watch: Annotated[
        str,
        typer.Option(help="search; or sources: one goes quiet or its articles break; or pipeline: it falls behind."),
    ] = "search",
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Save a search; from now on, whoever is named is told of each story that it finds, once.

    Without webhook, mail or file, its alerts are on its page and in its feed (newswire serve). Add since:2d to the
    query to leave out articles that are older when they come in.

    Example: newswire alerts add odette 'odette (power OR flood) since:2d' --webhook https://hooks.example/news
    """
    from pipeline.alerts.saving import check_sinks, choose_watch, read_hints

    with open_workspace() as workspace:
        sinks = _sinks(webhook or [], mail or [], file=file)
        check_sinks(workspace.settings, workspace.clock, sinks)
        for hint in read_hints(query, workspace.clock.now()):
            note(f"hint at {hint.position}: {hint.message}")
        saved = _store(workspace).add(
            name, workspace.clock.now(), query=query, watch=choose_watch(watch), every_copy=every_copy, sinks=sinks
        )
        if as_json:
            print_json(_facts(saved))
            return
        typer.echo(f"saved as {saved.search_id}: {_looks_for(saved)}; told: {_told(saved)}")
    sends = "newswire run, or newswire worker alert, raises its alerts"
    note(f"{sends}; newswire alerts test sends one now" if sinks else sends)


@app.command("list")
def list_searches(as_json: Annotated[bool, _JSON] = False) -> None:
    """List the saved searches, the newest first, with their last alert.

    Example: newswire alerts list --json
    """
    with open_workspace() as workspace:
        store = _store(workspace)
        rows = [(saved, next(iter(store.alerts(1, saved.search_id)), None)) for saved in store.searches()]
    if as_json:
        print_json([{**_facts(saved), "last_alert_at": last and last.raised_at.isoformat()} for saved, last in rows])
        return
    print_table(
        [
            (
                saved.search_id,
                saved.name,
                _looks_for(saved),
                _told(saved),
                "paused" if saved.paused else "on",
                f"{last.raised_at:%Y-%m-%d %H:%M}" if last else None,
            )
            for saved, last in rows
        ],
        ("id", "name", "looks for", "told", "state", "last alert"),
    )
    note(count(len(rows), "saved search", "saved searches"))
    if not rows:
        note("newswire alerts add NAME QUERY saves one")


@app.command("show")
def show(
    wanted: Annotated[str, _WANTED],
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many alerts.")] = _SHOWN,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Show a saved search and its last alerts, with what became of each.

    Example: newswire alerts show odette
    """
    with open_workspace() as workspace:
        store = _store(workspace)
        saved = store.find(wanted)
        alerts = store.alerts(limit, saved.search_id)
        path = workspace.settings.alerts_folder / f"{saved.search_id}.jsonl"
    if as_json:
        print_json({**_facts(saved), "alerts": [one.model_dump(mode="json", exclude={"cause"}) for one in alerts]})
        return
    typer.echo(f"{saved.name}  {saved.search_id}{'  (paused)' if saved.paused else ''}")
    typer.echo(f"looks for  {_looks_for(saved)}")
    typer.echo(f"told       {_told(saved)}")
    if any(sink.kind == "file" for sink in saved.sinks):
        typer.echo(f"file       {path}")
    for alert in alerts:
        typer.echo(f"{alert.raised_at:%Y-%m-%d %H:%M}  {alert.state:<7}  {alert.text}")
        for line in _troubles(alert):
            typer.echo(f"                           {line}")
    note(count(len(alerts), "alert"))


@app.command("test")
def send_test_alert(wanted: Annotated[str, _WANTED], as_json: Annotated[bool, _JSON] = False) -> None:
    """Send a test alert to everybody who is told, and say what came of it; exit 1 when somebody could not be.

    Example: newswire alerts test odette
    """
    import asyncio

    from pipeline.alerts.saving import send_test
    from pipeline.alerts.sinks import Sinks

    with open_workspace() as workspace:
        saved = _store(workspace).find(wanted)
        sinks = Sinks(workspace.settings, workspace.clock)
        results = asyncio.run(send_test(saved, sinks, workspace.clock.now()))
    if as_json:
        print_json([one.model_dump(mode="json") for one in results])
    for one in results if not as_json else ():
        typer.echo(f"{one.sink}: {'sent' if one.sent else one.error}")
    if not results:
        note("nobody is told: its alerts are on its page and in its feed (newswire serve)")
    if not all(one.sent for one in results):
        raise typer.Exit(1)


@app.command("pause")
def pause(wanted: Annotated[str, _WANTED]) -> None:
    """Raise no more alerts until it is resumed; those raised before are still sent.

    Example: newswire alerts pause odette
    """
    with open_workspace() as workspace:
        typer.echo(f"{_store(workspace).pause(wanted).name} is paused")


@app.command("resume")
def resume(wanted: Annotated[str, _WANTED]) -> None:
    """Raise alerts again, for what comes in from now on.

    Example: newswire alerts resume odette
    """
    with open_workspace() as workspace:
        typer.echo(f"{_store(workspace).resume(wanted, workspace.clock.now()).name} is on")


@app.command("remove")
def remove(wanted: Annotated[str, _WANTED]) -> None:
    """Forget a saved search and its alerts.

    Example: newswire alerts remove odette
    """
    with open_workspace() as workspace:
        typer.echo(f"{_store(workspace).remove(wanted).name} is removed")


def _store(workspace: "Workspace") -> "AlertStore":
    from pipeline.alerts.store import AlertStore

    return AlertStore(workspace.index.records)


def _sinks(webhooks: list[str], mails: list[str], *, file: bool) -> "tuple[Sink, ...]":
    from pipeline.alerts.saving import read_sinks

    return read_sinks(webhooks, mails, file=file)


def _looks_for(saved: "SavedSearch") -> str:
    from pipeline.alerts.saving import describe_search

    return describe_search(saved)


def _told(saved: "SavedSearch") -> str:
    from pipeline.alerts.sinks import name_sink

    return ", ".join(name_sink(sink) for sink in saved.sinks) or "feed only"


def _facts(saved: "SavedSearch") -> dict[str, Any]:
    return {**saved.model_dump(mode="json"), "looks_for": _looks_for(saved)}


def _troubles(alert: "Alert") -> list[str]:
    from pipeline.alerts.sinks import name_sink

    return [
        f"{name_sink(one.sink)}: {one.state}, {count(one.attempts, 'attempt')}: {one.error}"
        for one in alert.deliveries
        if one.error
    ]
