"""`newswire status`: what the pipeline does now, what is in log and index, what waits, and what was refused."""

from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.output import count, print_json
from pipeline.cli.workspace import open_workspace

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterator

    from rich.console import RenderableType
    from rich.table import Table

    from pipeline.cli.workspace import Workspace
    from pipeline.index.samples import SampleStore
    from pipeline.monitoring.stage_report import StageReport
    from pipeline.monitoring.status import Status

COUNT_EVERY = 15
"""Looks between two counts of the dead letters, which have to be read for it."""


def status(
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Look again and again, until Ctrl-C.")] = False,
    every: Annotated[float, typer.Option(min=0.5, help="Seconds between two looks with --watch.")] = 2.0,
) -> None:
    """Show each stage (processes, rate, latency, what waits, what is blocked and why), topics, index and dead letters.

    Rates are of the last minute, retries and refusals of the last ten. They come from the samples that every process
    writes; without them (NEWSWIRE_METRICS_INTERVAL_S=0) topics, waiting work and dead letters are shown all the same.

    Example: newswire status --watch
    """
    from pipeline.connections import samples_of

    with open_workspace() as workspace:
        samples = samples_of(workspace.settings)
        try:
            if watch and not as_json:
                _watch(workspace, samples, every)
                return
            report = next(_looks(workspace, samples))
        finally:
            samples.close()
    if as_json:
        print_json(report.as_json())
        return
    from rich.console import Console

    Console(highlight=False).print(describe(report))


def _looks(workspace: "Workspace", samples: "SampleStore") -> "Iterator[Status]":
    """Yield the state at each look."""
    from pipeline.monitoring.status import count_dead_letters, read_status

    letters: Counter[str] | None = None
    number = 0
    while True:
        if letters is None or number % COUNT_EVERY == 0:
            letters = count_dead_letters(workspace.log)
        number += 1
        yield read_status(workspace.log, samples, workspace.clock.now(), workspace.index.count(), letters)


def _watch(workspace: "Workspace", samples: "SampleStore", every_s: float) -> None:
    from rich.console import Console
    from rich.live import Live

    looks = _looks(workspace, samples)
    with Live(console=Console(highlight=False), auto_refresh=False, screen=False) as live:
        while True:
            live.update(describe(next(looks)), refresh=True)
            workspace.clock.sleep(every_s)


def describe(report: "Status") -> "RenderableType":
    """Return what a person sees."""
    from rich.console import Group
    from rich.text import Text

    parts: list[RenderableType] = [_stages(report)]
    parts += [Text(line, style="red" if alarming else "") for line, alarming in _notes(report)]
    parts += [Text(), _topics(report), Text()]
    parts.append(Text(f"index: {report.articles:,} articles" if report.articles is not None else "index: –"))
    if report.dead_letters:
        reasons = sorted(report.dead_letters.items(), key=lambda item: -item[1])
        listed = ", ".join(f"{reason} {number:,}" for reason, number in reasons)
        parts.append(Text(f"dead letters: {listed} (newswire dead-letters list)"))
    else:
        parts.append(Text("no dead letters"))
    return Group(*parts)


def _stages(report: "Status") -> "Table":
    # A heading and its cell stand side by side, so that no figure comes under another one's heading.
    columns: dict[str, Callable[[StageReport], str]] = {
        "stage": lambda stage: stage.stage,
        "processes": lambda stage: stage.states or "not running",
        ">per s": lambda stage: f"{stage.per_second:,.1f}",
        ">p50": lambda stage: _seconds(stage.latency_p50_ms),
        ">p99": lambda stage: _seconds(stage.latency_p99_ms),
        ">waiting": lambda stage: "–" if stage.waiting is None else f"{stage.waiting:,}",
        ">oldest": lambda stage: f"{stage.oldest_s:,.1f} s" if stage.oldest_s else "–",
        ">refused": lambda stage: f"{stage.dead_letters:,}",
        ">memory": lambda stage: f"{stage.memory_bytes / 2**20:,.0f} MiB" if stage.memory_bytes else "–",
    }
    table = _table(*columns)
    for stage in report.stages:
        table.add_row(*(cell(stage) for cell in columns.values()))
    return table


def _notes(report: "Status") -> "Iterator[tuple[str, bool]]":
    """Yield what somebody should know, and whether it needs doing something."""
    if report.unknown:
        yield f"rates are unknown: {report.unknown}", True
    for stage in report.stages:
        if stage.waiting and not stage.processes and not report.unknown:
            yield f"{stage.stage}: {stage.waiting:,} wait and no process works on them", True
        for trouble in stage.troubles:
            if trouble.blocked:
                yield f"{stage.stage} ({trouble.process}) is blocked at {trouble.where}: {trouble.why}", True
            else:
                yield f"{stage.stage} ({trouble.process}) last error, {trouble.at:%H:%M:%S}: {trouble.why}", False
        yield from _counts(stage)


def _counts(stage: "StageReport") -> "Iterator[tuple[str, bool]]":
    if stage.pool_restarts:
        broken = count(stage.pool_restarts, "enrichment process", "enrichment processes")
        yield f"{stage.stage}: {broken} broke in the last ten minutes", True
    if stage.retries:
        yield f"{stage.stage}: {count(stage.retries, 'attempt')} had to be repeated in the last ten minutes", False
    if stage.conflicts:
        yield f"{stage.stage}: {count(stage.conflicts, 'write')} decided again after another writer", False
    if stage.alerts:
        listed = ", ".join(f"{number:,} {end}" for end, number in stage.alerts.items() if number)
        yield f"{stage.stage}: {listed} in the last ten minutes", bool(stage.alerts["failed"])
    if stage.cache_hit_share is not None:
        yield f"{stage.stage}: {stage.cache_hit_share:.0%} of the paragraphs were known already", False


def _topics(report: "Status") -> "Table":
    table = _table("topic", ">messages", "waiting for")
    for name, topic in report.topics.items():
        waiting = ", ".join(f"{group} {number:,}" for group, number in topic.lag.items()) or "–"
        table.add_row(name, f"{topic.messages:,}", waiting)
    return table


def _table(*headings: str) -> "Table":
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for heading in headings:
        table.add_column(heading.removeprefix(">"), justify="right" if heading.startswith(">") else "left")
    return table


def _seconds(milliseconds: float | None) -> str:
    if milliseconds is None:
        return "–"
    return f"{milliseconds / 1000:,.1f} s" if milliseconds >= 1000 else f"{milliseconds:,.0f} ms"
