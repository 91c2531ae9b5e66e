"""`newswire replay`: enrich or index again what the log still holds, behind live traffic."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.moment_option import parse_option
from pipeline.cli.output import count, is_interactive, note, print_json, print_table
from pipeline.cli.progress import draw_progress
from pipeline.cli.workspace import open_workspace

if TYPE_CHECKING:
    from pipeline.cli.workspace import Workspace
    from pipeline.replay.position import Position, PositionFile
    from pipeline.replay.selection import Work

SOURCES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was typed."""

    sources: tuple[str, ...]
    since: str | None
    until: str | None
    stale: bool
    rate: float | None
    dry_run: bool
    restart: bool


def replay(
    re_enrich: Annotated[
        bool, typer.Option("--re-enrich", help="From what was received: enrich with this program, then index.")
    ] = False,
    re_index: Annotated[bool, typer.Option("--re-index", help="From what was enriched: only index again.")] = False,
    source: Annotated[
        list[str] | None, typer.Option(help="Only this publisher: id, name or domain. Repeatable.")
    ] = None,
    since: Annotated[str | None, typer.Option(help="Fetched since: 24h, 7d, 2026-10-01.")] = None,
    until: Annotated[str | None, typer.Option(help="Fetched before: the same forms.")] = None,
    stale: Annotated[
        bool, typer.Option("--stale", help="Only where the index holds an older result than this would give.")
    ] = False,
    rate: Annotated[float | None, typer.Option(min=0.01, help="At most so many messages a second.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would be sent, by source.")] = False,
    restart: Annotated[bool, typer.Option("--restart", help="Begin anew instead of where it was interrupted.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The counts as JSON.")] = False,
) -> None:
    """Enrich or index again the articles that the log still holds (7 days), without disturbing live ones.

    They go to a back-fill topic, which workers read only while live articles do not wait. A newer enrichment replaces
    the document; nothing ever replaces a newer version. Interrupted, the same command goes on where it was.

    Example: newswire replay --re-enrich --stale --source bbc.co.uk --dry-run
    """
    from pipeline.replay.selection import Work
    from schemas.errors import ConfigurationError

    if re_enrich == re_index:
        msg = "name one of --re-enrich (received articles through enrichment) and --re-index (enriched ones only)"
        raise ConfigurationError(msg)
    work = Work.ENRICH if re_enrich else Work.INDEX
    sources = tuple(sorted(name.casefold() for name in source or ()))
    asked = _Asked(sources, since, until, stale, rate, dry_run, restart)
    with open_workspace() as workspace:
        position = _replay(workspace, work, asked)
    if as_json:
        print_json(_as_json(work, position, asked))
        return
    _report(work, position, asked)


def _replay(workspace: "Workspace", work: "Work", asked: _Asked) -> "Position":
    """Send what is asked for, and on an embedded log work until nothing waits."""
    import asyncio

    from pipeline.enrich.version import ENRICHMENT_VERSION
    from pipeline.replay.position import PositionFile
    from pipeline.replay.run import Ends, Replay
    from pipeline.replay.selection import Selection

    settings = workspace.settings
    place = (work.value, settings.resolved_log_url, settings.topic_prefix)
    criteria = {"since": asked.since, "until": asked.until, "stale": asked.stale, "sources": asked.sources}
    file = PositionFile(settings.data_dir / "replay", {"work": place, **criteria})
    position = _position(workspace, work, asked, file)
    since, until = (None if text is None else datetime.fromisoformat(text) for text in (position.since, position.until))
    replay = Replay(
        Ends(workspace.log, workspace.index, workspace.registry, workspace.clock),
        work,
        Selection(frozenset(asked.sources), since, until, asked.stale),
        position,
        enrichment_version=ENRICHMENT_VERSION,
        file=None if asked.dry_run else file,
        rate=asked.rate,
    )
    if asked.dry_run or not settings.resolved_log_url.startswith("sqlite:"):
        return replay.run(_tell_progress(position))
    from pipeline.runtime import EmbeddedRuntime

    runtime = EmbeddedRuntime(settings, workspace.log, workspace.index, workspace.clock)
    with draw_progress() as on_progress:
        asyncio.run(runtime.run_until_drained(replay.run, on_progress))
    return position


def _position(workspace: "Workspace", work: "Work", asked: _Asked, file: "PositionFile") -> "Position":
    from pipeline.replay.run import begin

    if asked.restart and not asked.dry_run:
        file.remove()
    held = None if asked.dry_run or asked.restart else file.load()
    if held is not None:
        note(f"goes on where it was interrupted, with {held.remaining:,} messages to look at; --restart begins anew")
        return held
    position = begin(workspace.log, work)
    now = workspace.clock.now()
    since, until = parse_option("--since", asked.since, now), parse_option("--until", asked.until, now)
    position.since, position.until = (None if moment is None else moment.isoformat() for moment in (since, until))
    return position


def _tell_progress(position: "Position") -> Any:  # noqa: ANN401 - a listener
    total = position.remaining or 1
    told = 0

    def tell(now: "Position") -> None:
        nonlocal told
        tenth = 10 * (total - now.remaining) // total
        if is_interactive() and tenth > told:
            told = tenth
            note(f"{10 * tenth} %: {now.read:,} looked at, {now.selected:,} chosen")

    return tell


def _as_json(work: "Work", position: "Position", asked: _Asked) -> dict[str, object]:
    return {
        "work": work.value,
        "from": work.origin.name,
        "to": work.target.name,
        "looked_at": position.read,
        "selected": position.selected,
        "sent": 0 if asked.dry_run else position.selected,
        "unreadable": position.unreadable,
        "resumed": position.resumed,
        "dry_run": asked.dry_run,
        "by_source": dict(sorted(position.by_source.items(), key=lambda each: (-each[1], each[0]))),
    }


def _report(work: "Work", position: "Position", asked: _Asked) -> None:
    verb = "would be sent" if asked.dry_run else "sent"
    line = f"{count(position.read, 'message')} looked at, {position.selected:,} {verb} to {work.target.name}"
    typer.echo(line + (f", {position.unreadable:,} are no articles" if position.unreadable else ""))
    chosen = sorted(position.by_source.items(), key=lambda each: (-each[1], each[0]))
    if chosen:
        print_table(chosen[:SOURCES_SHOWN], ("source", "articles"))
    if len(chosen) > SOURCES_SHOWN:
        note(f"and {count(len(chosen) - SOURCES_SHOWN, 'more source')}; --json has them all")
