"""`newswire demo`: the seeds through the whole embedded pipeline, then a report of what it found."""

from typing import TYPE_CHECKING, Annotated, Final

import typer

from pipeline.cli.ingest import publish_and_process
from pipeline.cli.output import note, print_json
from pipeline.cli.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.cli.workspace import Workspace

SAMPLE_QUERY: Final = 'Odette "without power"'
SAMPLE_HITS: Final = 3


def demo(as_json: Annotated[bool, typer.Option("--json", help="The counts as JSON.")] = False) -> None:
    """Run the shipped articles through the whole pipeline on this machine, and report what was found.

    Needs no service. Running it again changes nothing: what was sent before is not sent again.

    Example: newswire demo --json
    """
    from time import perf_counter

    from pipeline.cli.demo_report import read_report
    from pipeline.cli.demo_text import describe_report
    from pipeline.sources.registry import seeds_folder

    started = perf_counter()
    with open_workspace() as workspace:
        _require_embedded(workspace)
        seeds = seeds_folder()
        counts = publish_and_process(workspace, [seeds / "articles", seeds / "pages"])
        report = read_report(workspace.index, workspace.log, seeds)
        seconds = perf_counter() - started
        if as_json:
            print_json({**report.counts(), "seconds": round(seconds, 1)})
            return
        if not counts.sent:
            note("nothing was sent: all of this was processed before")
        for line in (*describe_report(report, seconds), "", *_describe_sample(workspace), "", *_next_steps(workspace)):
            typer.echo(line)


def _require_embedded(workspace: "Workspace") -> None:
    from schemas.errors import ConfigurationError

    if not workspace.settings.resolved_log_url.startswith("sqlite:"):
        msg = "the demo runs on the embedded log; unset NEWSWIRE_LOG_URL, or send your own files with newswire ingest"
        raise ConfigurationError(msg)


def _describe_sample(workspace: "Workspace") -> "Iterator[str]":
    from pipeline.cli.search import describe_page
    from pipeline.search.service import find

    yield f"$ newswire search '{SAMPLE_QUERY}' --limit {SAMPLE_HITS}"
    answer = find(workspace.index, SAMPLE_QUERY, now=workspace.clock.now(), limit=SAMPLE_HITS)
    yield from describe_page(answer.page)


def _next_steps(workspace: "Workspace") -> "Iterator[str]":
    yield "next (the command is .venv/bin/newswire; everything lives in " + str(workspace.settings.data_dir) + ")"
    yield "  newswire search 'origin:Reuters OR speaker:*' --json   the query language: README, Search"
    yield "  newswire show ID                     one article with all that was found, and the evidence"
    yield "  newswire ingest PATH…                your own HTML, text or JSONL files"
    yield "  newswire status; newswire doctor     what is where; what is wrong with a set-up"
