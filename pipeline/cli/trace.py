"""`newswire trace`: every step that one article went through, and what has become of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.moment_option import parse_option
from pipeline.cli.output import count, is_interactive, print_json
from pipeline.cli.workspace import open_workspace

if TYPE_CHECKING:
    from pipeline.monitoring.trace import Trace
    from pipeline.monitoring.trace_reading import OnProgress
    from pipeline.monitoring.trace_steps import TraceStep

STEP_TIMES_SHOWN = 3


def trace(
    article: Annotated[str, typer.Argument(metavar="ID|URL", help="The article's id, or its address.")],
    since: Annotated[
        str | None, typer.Option(help="Read the log only from then on: 2026-03-01, 24h, 7d; everything by default.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Show the path of an article: received, enriched, indexed, grouped, alerts, refusals, with times and positions.

    Ends with exit code 1 when neither the log nor the index holds anything of it.

    Example: newswire trace 2ff7b1c9e0d44a5d8a3f6b7c8d9e0f1a --since 7d
    """
    from pipeline.monitoring.trace import State, build_trace
    from pipeline.monitoring.trace_reading import read_evidence

    with open_workspace() as workspace, draw_progress() as on_progress:
        start = parse_option("--since", since, workspace.clock.now())
        found = build_trace(read_evidence(workspace.log, workspace.index, find_id(article), start, on_progress))
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        for line in describe(found):
            typer.echo(line)
    if found.state is State.UNKNOWN and not found.steps:
        raise typer.Exit(1)


def find_id(wanted: str) -> str:
    """Return the id that is meant: given as such, or as the article's address."""
    from pipeline.sources.urls import article_id, canonical_url

    canonical = canonical_url(wanted)
    return article_id(canonical) if canonical else wanted.strip().lower()


def describe(found: "Trace") -> Iterator[str]:
    """Yield the lines that a person reads."""
    yield f"{found.article_id}  {found.title or ''}".rstrip()
    yield found.summary
    if found.index:
        facts = found.index
        yield (
            f"index {facts.get('index') or '–'}, version {facts['version']}, enrichment {facts['enrichment_version']}, "
            f"first seen {facts['first_seen_at']}, written {facts['indexed_at']}"
            + (f", story {facts['story_id']}" if facts.get("story_id") else ", in no story yet")
        )
    before = None
    for step in found.steps:
        gap = "" if before is None else f"+{max(0.0, (step.at - before).total_seconds()):.2f} s"
        before = step.at
        yield ""
        mark = " (back-fill)" if step.backfill else ""
        yield f"{step.at:%Y-%m-%d %H:%M:%S.%f}"[:-3] + f"  {gap:>10}  {step.stage.value}{mark}  {_what(step)}".rstrip()
        yield from (f"{'':37}{line}" for line in _details(step))


def _what(step: "TraceStep") -> str:
    facts = step.facts
    match step.stage.value:
        case "received":
            told = f"version {step.version}, {facts['channel']}" if "channel" in facts else "unreadable"
            return f"{told}, {facts['bytes']:,} bytes"
        case "enriched":
            took = sum(facts.get("milliseconds", {}).values())
            language = facts.get("language", "unknown")
            return f"by enrichment {facts.get('enrichment_version')} in {took:.0f} ms, language {language}"
        case "indexed":
            return f"version {step.version}, enrichment {facts.get('enrichment_version')}"
        case "grouped":
            copy = f", a copy of {facts['copy_of']}" if facts.get("copy_of") else ""
            return f"story {facts['story_id']}{copy}: {facts['reason']}"
        case "alerted":
            return f"by the saved search {facts['saved_search']}"
        case _:
            return f"by {facts.get('stage', '?')}: {facts.get('reason', 'unreadable')}"


def _details(step: "TraceStep") -> Iterator[str]:
    facts = step.facts
    if step.position:
        yield step.position
    for name in ("received_from", "error", "unreadable"):
        if facts.get(name):
            yield str(facts[name])
    if spent := facts.get("milliseconds"):
        slowest = sorted(spent.items(), key=lambda item: -item[1])[:STEP_TIMES_SHOWN]
        yield "slowest: " + ", ".join(f"{name} {ms:.0f} ms" for name, ms in slowest)
    if models := facts.get("models"):
        yield ", ".join(f"{task} {model}" for task, model in models.items())
    if problems := facts.get("problems"):
        yield "without: " + ", ".join(problems)
    if letter := facts.get("letter"):
        tried = f"{count(facts['attempts'], 'attempt')}, {count(facts['replays'], 'replay')}"
        yield f"{tried}; newswire dead-letters show {letter}"


@contextmanager
def draw_progress() -> Iterator["OnProgress | None"]:
    """Yield what draws a bar on a terminal while the log is read; None elsewhere."""
    if not is_interactive():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("reading the log")

        def draw(topic: str, done: int, total: int) -> None:
            progress.update(bar, description=topic, completed=done, total=total)

        yield draw
