"""The `newswire` command: names the commands, and turns errors into one sentence and an exit code.

Exit codes: 0 ok, 1 failed, 2 wrong use or settings; those of a stage that ended are in `pipeline.delivery.limits`.
Imports stay light; each command loads what it needs when it runs.
"""

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli import (
    alerts,
    dashboards,
    dead_letters,
    demo,
    doctor,
    entities,
    evaluate,
    feeds,
    index_admin,
    ingest,
    replay,
    run,
    search,
    serve,
    setup,
    show,
    sources,
    status,
    stories,
    trace,
    withdraw,
    worker,
)

if TYPE_CHECKING:
    from schemas.errors import NewswireError

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130

app = typer.Typer(
    name="newswire",
    help="Streaming news ingestion: feeds in, enriched and searchable articles out.",
    epilog="Start with: newswire demo    Settings: NEWSWIRE_* variables or newswire.toml (newswire doctor lists them)",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command("demo")(demo.demo)
app.command("ingest")(ingest.ingest)
app.command("run")(run.run)
app.command("search")(search.search)
app.command("serve")(serve.serve)
app.command("show")(show.show)
app.add_typer(feeds.app, name="feeds")
app.add_typer(sources.app, name="sources")
app.add_typer(stories.app, name="stories")
app.add_typer(alerts.app, name="alerts")
app.add_typer(entities.app, name="entities")
app.add_typer(index_admin.app, name="index")
app.add_typer(dashboards.app, name="dashboards")
app.add_typer(dead_letters.app, name="dead-letters")
app.command("status")(status.status)
app.command("trace")(trace.trace)
app.command("withdraw")(withdraw.withdraw)
app.command("setup")(setup.setup)
app.command("worker")(worker.worker)
app.command("doctor")(doctor.doctor)
app.command("replay")(replay.replay)
app.command("evaluate")(evaluate.evaluate)


def _print_version(value: bool) -> None:
    if value:
        from importlib.metadata import version

        typer.echo(f"newswire {version('newswire')}")
        raise typer.Exit


@app.callback()
def root(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """Streaming news ingestion: feeds in, enriched and searchable articles out."""


def main() -> None:
    """Run the command line; errors that were foreseen end in one sentence on stderr."""
    from schemas.errors import NewswireError

    try:
        app()
    except NewswireError as error:
        _fail(str(error), exit_code_of(error))
    except KeyboardInterrupt:
        _fail("interrupted; run the same command again to continue", EXIT_INTERRUPTED)
    except BrokenPipeError:
        # The reader of a pipe left (`newswire search … | head`): nothing went wrong, and stdout must not be flushed.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def exit_code_of(error: "NewswireError") -> int:
    """Return the code that a command ends with: what has to be set is 2, a stage that ended has its own, the rest 1."""
    from schemas.errors import ConfigurationError, Stopped

    match error:
        case ConfigurationError():
            return EXIT_USAGE
        case Stopped():
            return error.exit_code
        case _:
            return EXIT_FAILED


def _fail(sentence: str, code: int) -> None:
    print(f"newswire: {sentence}", file=sys.stderr)  # noqa: T201 - the one place where errors reach a person
    sys.exit(code)
