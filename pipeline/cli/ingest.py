"""`newswire ingest`: files, folders and globs to the log, and on the embedded log through the whole pipeline."""

from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.output import count, is_interactive, note, print_json
from pipeline.cli.progress import draw_progress
from pipeline.cli.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pipeline.cli.workspace import Workspace
    from pipeline.producers.publish import Counts


def ingest(
    paths: Annotated[list[str], typer.Argument(metavar="PATH…", help="Files, folders or globs; .gz is read as it is.")],
    format_: Annotated[
        str,
        typer.Option(
            "--format",
            help="auto (by ending and content), html, text, jsonl, json, csv, feed, newsml, nitf, ninjs or warc.",
        ),
    ] = "auto",
    again: Annotated[bool, typer.Option("--again", help="Send what was sent before and has not changed, too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The counts as JSON.")] = False,
) -> None:
    """Read articles, send them to the log, and on the embedded log enrich and index them before returning.

    Pages, texts, JSONL, JSON, CSV, saved feeds (RSS, Atom, RDF, JSON Feed), NewsML-G2, NITF, ninjs, WARC and ARC files.
    A line of JSONL is an object with title, text or html, url, published, source, authors, language (and synonyms);
    the columns of a CSV file have the same names.
    What cannot be read becomes a dead letter that names file and line, and the rest goes on.

    Example: newswire ingest seeds/articles 'archive/2026-*.jsonl.gz'
    """
    from time import perf_counter

    started = perf_counter()
    with open_workspace() as workspace:
        counts = publish_and_process(workspace, paths, format_=format_, again=again)
        indexed = workspace.index.count()
    seconds = perf_counter() - started
    if as_json:
        facts = {"read": counts.read, "sent": counts.sent, "unchanged": counts.unchanged, "bad": counts.bad}
        print_json({**facts, "indexed": indexed, "seconds": round(seconds, 1)})
        return
    typer.echo(
        f"{count(counts.read, 'article')} read: {counts.sent:,} sent, {counts.unchanged:,} unchanged, "
        f"{counts.bad:,} unreadable; the index holds {indexed:,} ({seconds:.1f} s)"
    )
    if counts.bad:
        note("why they could not be read: newswire dead-letters list --reason bad-input")
    if counts.unchanged and not counts.sent:
        note("all of this was sent before; --again sends it once more")


def publish_and_process(
    workspace: "Workspace", paths: "Iterable[str | Path]", *, format_: str = "auto", again: bool = False
) -> "Counts":
    """Send what the paths hold, and on an embedded log work until nothing waits; return what was read and sent.

    Raises:
        ConfigurationError: a path does not exist, or the format is unknown.
        NewswireError: a role stopped; the same command goes on where it was.
    """
    import asyncio

    from pipeline.producers.files import expand, read_path
    from pipeline.producers.ledger import Ledger
    from pipeline.producers.publish import Publisher

    files = expand(paths, format_)
    settings = workspace.settings
    with Ledger(settings.ledger_path) as ledger:
        publisher = Publisher(workspace.log, ledger, workspace.clock, again=again)

        def feed() -> None:
            for file in files:
                publisher.publish(read_path(file, format_))

        if not settings.resolved_log_url.startswith("sqlite:"):
            feed()
            return publisher.counts
        from pipeline.runtime import EmbeddedRuntime

        if is_interactive():
            note("starting the language models …")
        runtime = EmbeddedRuntime(settings, workspace.log, workspace.index, workspace.clock)
        with draw_progress() as on_progress:
            asyncio.run(runtime.run_until_drained(feed, on_progress))
        return publisher.counts
