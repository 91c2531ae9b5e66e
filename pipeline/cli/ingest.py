"""`newswire ingest`: files, folders and globs to the log, and on the embedded log through the whole pipeline."""

from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.output import count, is_interactive, note, print_json
from pipeline.cli.progress import draw_progress
from pipeline.cli.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from pipeline.cli.workspace import Workspace
    from pipeline.producers.arrival import Arrived
    from pipeline.producers.ledger import Sent
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
    wait: Annotated[
        bool, typer.Option("--wait", help="On Kafka, return when what was sent can be found (embedded: always).")
    ] = False,
    wait_limit: Annotated[
        float, typer.Option("--wait-limit", min=0, help="Seconds that --wait waits at most; then the exit code is 1.")
    ] = 300.0,
    as_json: Annotated[bool, typer.Option("--json", help="The counts as JSON.")] = False,
) -> None:
    """Read articles, send them to the log, and on the embedded log enrich and index them before returning.

    Pages, texts, JSONL, JSON, CSV, saved feeds (RSS, Atom, RDF, JSON Feed), NewsML-G2, NITF, ninjs, WARC and ARC files.
    A line of JSONL is an object with title, text or html, url, published, source, authors, language (and synonyms);
    the columns of a CSV file have the same names.
    What cannot be read becomes a dead letter that names file and line, and the rest goes on.

    On Kafka, the workers do the rest: this returns when the brokers have everything, with --wait when it can be found.

    Example: newswire ingest seeds/articles 'archive/2026-*.jsonl.gz'
    """
    from time import perf_counter

    started = perf_counter()
    arrived = indexed = None
    with open_workspace() as workspace:
        if _is_embedded(workspace):
            counts = publish_and_process(workspace, paths, format_=format_, again=again)
            indexed = workspace.index.count()
        else:
            wait_s = wait_limit if wait else None
            counts, arrived = publish_and_follow(workspace, paths, format_=format_, again=again, wait_s=wait_s)
    seconds = perf_counter() - started
    if as_json:
        facts = {"read": counts.read, "sent": counts.sent, "unchanged": counts.unchanged, "bad": counts.bad}
        print_json({**facts, **_result(indexed, arrived), "seconds": round(seconds, 1)})
    else:
        typer.echo(
            f"{count(counts.read, 'article')} read: {counts.sent:,} sent, {counts.unchanged:,} unchanged, "
            f"{counts.bad:,} unreadable{_describe(indexed, arrived)} ({seconds:.1f} s)"
        )
        _advise(counts, arrived, waiting=counts.sent > 0 and indexed is None and arrived is None)
    if arrived and arrived.missing:
        note(
            f"{count(arrived.missing, 'article')} cannot be found after {wait_limit:g} s; nothing is lost: newswire "
            "status shows what waits for which role, and newswire worker ROLE starts one that is not running"
        )
        raise typer.Exit(1)


def _is_embedded(workspace: "Workspace") -> bool:
    return workspace.settings.resolved_log_url.startswith("sqlite:")


def _result(indexed: int | None, arrived: "Arrived | None") -> dict[str, int]:
    if arrived:
        return {"searchable": arrived.searchable, "refused": arrived.refused, "missing": arrived.missing}
    return {} if indexed is None else {"indexed": indexed}


def _describe(indexed: int | None, arrived: "Arrived | None") -> str:
    if arrived:
        held = count(arrived.searchable, "article")
        return f"; of what was sent, {held} can be found and {arrived.refused:,} were refused"
    return "" if indexed is None else f"; the index holds {indexed:,}"


def _advise(counts: "Counts", arrived: "Arrived | None", *, waiting: bool) -> None:
    if counts.bad:
        note("why they could not be read: newswire dead-letters list --reason bad-input")
    if arrived and arrived.refused:
        note("why they were refused: newswire dead-letters list")
    if counts.unchanged and not counts.sent:
        note("all of this was sent before; --again sends it once more")
    if waiting:
        note("the workers enrich and index what was sent: newswire status shows how much waits, --wait waits for it")


def publish_and_process(
    workspace: "Workspace", paths: "Iterable[str | Path]", *, format_: str = "auto", again: bool = False
) -> "Counts":
    """Send what the paths hold to an embedded log and work until nothing waits; return what was read and sent.

    Raises:
        ConfigurationError: a path does not exist, or the format is unknown.
        NewswireError: a role stopped; the same command goes on where it was.
    """
    import asyncio

    from pipeline.runtime import EmbeddedRuntime

    counts: list[Counts] = []
    feed = _build_feed(workspace, paths, format_=format_, again=again)
    if is_interactive():
        note("starting the language models …")
    runtime = EmbeddedRuntime(workspace.settings, workspace.log, workspace.index, workspace.clock)
    with draw_progress() as on_progress:
        asyncio.run(runtime.run_until_drained(lambda: counts.append(feed(None)), on_progress))
    return counts[0]


def publish_and_follow(
    workspace: "Workspace",
    paths: "Iterable[str | Path]",
    *,
    format_: str = "auto",
    again: bool = False,
    wait_s: float | None = None,
) -> "tuple[Counts, Arrived | None]":
    """Send what the paths hold to Kafka; with `wait_s`, wait so long at most until it can be found.

    Raises:
        ConfigurationError: a path does not exist, the format is unknown, or the topics are not there.
        Unavailable: Kafka or the index does not answer; the same command sends what is missing.
    """
    feed = _build_feed(workspace, paths, format_=format_, again=again)
    if wait_s is None:
        return feed(None), None
    from pipeline.producers.arrival import Arrivals
    from pipeline.runtime import Progress

    arrivals = Arrivals(workspace.log, workspace.index, workspace.clock)
    counts = feed(arrivals.expect)
    with draw_progress() as draw:
        on_look = (lambda arrived: draw(Progress({"arrive": arrived.missing}))) if draw else None
        return counts, arrivals.wait(wait_s, on_look)


def _build_feed(
    workspace: "Workspace", paths: "Iterable[str | Path]", *, format_: str, again: bool
) -> "Callable[[Callable[[Sequence[Sent]], None] | None], Counts]":
    """Return what sends all that the paths hold, in batches across files, and tells somebody what was sent."""
    from pipeline.producers.files import expand, read_path
    from pipeline.producers.ledger import Ledger
    from pipeline.producers.publish import Publisher

    files = expand(paths, format_)

    def feed(on_sent: "Callable[[Sequence[Sent]], None] | None") -> "Counts":
        with Ledger(workspace.settings.ledger_path) as ledger:
            publisher = Publisher(workspace.log, ledger, workspace.clock, again=again, on_sent=on_sent)
            return publisher.publish(item for file in files for item in read_path(file, format_))

    return feed
