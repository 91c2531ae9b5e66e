"""`newswire run`: poller, all roles and the pages in one process, on the embedded log."""

from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.feeds_run import leave_on_signals
from pipeline.cli.output import count, is_interactive, note
from pipeline.cli.serve import serving_beside
from pipeline.cli.workspace import open_workspace

if TYPE_CHECKING:
    from pipeline.cli.feeds_watch import Watch
    from pipeline.cli.workspace import Workspace
    from pipeline.settings import Settings


def run(
    once: Annotated[
        bool, typer.Option("--once", help="Poll what is due, enrich and index all that waits, and end.")
    ] = False,
    serve: Annotated[
        bool, typer.Option("--serve/--no-serve", help="Show the pages too, as newswire serve does.")
    ] = True,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port of the pages; 0 picks a free one.")] = None,
) -> None:
    """Poll feeds, enrich, index and group what they bring, send alerts, and show the pages, until Ctrl-C or SIGTERM.

    Articles are searchable seconds after they were found. What is not finished when it ends stays in the log; the
    same command goes on there.

    Example: newswire run --port 8720
    """
    import asyncio

    from pipeline.cli.feeds_watch import draw_watch
    from pipeline.fetch.state import FeedStore

    with open_workspace() as workspace:
        _check_log(workspace.settings)
        with FeedStore(workspace.settings.feeds_path) as store:
            feeds, _ = store.counts()
        if not feeds:
            note("there are no feeds; newswire feeds import FILE.opml or newswire feeds add URL subscribes to some")
        if is_interactive():
            note("starting the language models …")
        pages = serving_beside(workspace, port) if serve and not once else nullcontext()
        with pages, draw_watch(workspace.clock, feeds) as watch:
            asyncio.run(_run(workspace, watch, once=once))
        held = workspace.index.count()
    typer.echo(f"{watch.summary()}; the index holds {count(held, 'article')}")


async def _run(workspace: "Workspace", watch: "Watch", *, once: bool) -> None:
    import asyncio

    from pipeline.cli.feeds_watch import STAGE
    from pipeline.fetch.wiring import open_poller
    from pipeline.monitoring.observe import observe_poller
    from pipeline.probe import HOST
    from pipeline.runtime import EmbeddedRuntime

    stop = asyncio.Event()
    leave_on_signals(stop)
    resources = workspace.settings, workspace.log, workspace.index, workspace.clock
    runtime = EmbeddedRuntime(*resources, watch.metrics)
    async with (
        observe_poller(workspace.settings, workspace.clock, watch.metrics, STAGE) as port,
        open_poller(workspace.settings, workspace.log, workspace.clock, watch.add) as poller,
    ):
        watch.load = poller.load
        if not once:
            note(f"metrics on http://{HOST}:{port}/metrics")
        await runtime.run_beside(poller.run(stop, once=once), drains=once)


def _check_log(settings: "Settings") -> None:
    from schemas.errors import ConfigurationError

    if not settings.resolved_log_url.startswith("sqlite:"):
        msg = (
            f"newswire run is for the embedded log, and the log is {settings.resolved_log_url}: "
            "start newswire feeds run, newswire worker enrich, index, group and alert, and newswire serve"
        )
        raise ConfigurationError(msg)
