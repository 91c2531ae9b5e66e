"""`newswire feeds run`: the poller, until it is told to stop."""

from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.output import note, print_json
from pipeline.cli.workspace import open_workspace

if TYPE_CHECKING:
    import asyncio

    from pipeline.cli.feeds_watch import Watch
    from pipeline.cli.workspace import Workspace


def run(
    once: Annotated[bool, typer.Option("--once", help="Poll every feed that is due, once, and end.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Take every feed as due now.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The counts at the end as JSON.")] = False,
) -> None:
    """Poll the feeds, each in its own rhythm, and send new articles to the log, until Ctrl-C or SIGTERM.

    Each article is sent once, also when this is killed and started again. On the embedded log, `newswire run` polls
    and enriches and indexes in one process.

    Example: newswire feeds run --once
    """
    import asyncio

    from pipeline.cli.feeds_watch import draw_watch
    from pipeline.fetch.state import FeedStore

    with open_workspace() as workspace:
        with FeedStore(workspace.settings.feeds_path) as store:
            feeds, _ = store.counts()
            if everything:
                store.make_due(workspace.clock.now())
        if not feeds:
            note("there are no feeds; newswire feeds import FILE.opml or newswire feeds add URL subscribes to some")
        with draw_watch(workspace.clock, feeds) as watch:
            asyncio.run(_run(workspace, watch, once=once))
    if as_json:
        print_json(watch.totals())
    else:
        typer.echo(watch.summary())


async def _run(workspace: "Workspace", watch: "Watch", *, once: bool) -> None:
    import asyncio

    from pipeline.cli.feeds_watch import STAGE
    from pipeline.fetch.wiring import open_poller
    from pipeline.monitoring.observe import observe_poller
    from pipeline.probe import HOST

    stop = asyncio.Event()
    leave_on_signals(stop)
    async with (
        observe_poller(workspace.settings, workspace.clock, watch.metrics, STAGE) as port,
        open_poller(workspace.settings, workspace.log, workspace.clock, watch.add) as poller,
    ):
        watch.load = poller.load
        if not once:
            note(f"metrics on http://{HOST}:{port}/metrics")
        await poller.run(stop, once=once)


def leave_on_signals(stop: "asyncio.Event") -> None:
    """Set the event at the first SIGINT or SIGTERM; a second one ends the process at once, and loses nothing."""
    import asyncio
    import os
    import signal

    def leave() -> None:
        if stop.is_set():
            os._exit(130)
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, leave)
