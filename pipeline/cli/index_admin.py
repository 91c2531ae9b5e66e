"""`newswire index`: what the index holds by month, dropping what is old, building it anew."""

from typing import Annotated

import typer

from pipeline.cli.output import count, is_interactive, note, print_json, print_table
from pipeline.cli.workspace import open_workspace

app = typer.Typer(
    help="What the index holds by month; drop what is old, build it anew.", no_args_is_help=True, rich_markup_mode=None
)

JsonOption = Annotated[bool, typer.Option("--json", help="As JSON.")]
_MIB = 1024 * 1024
_TOLD_EVERY = 10_000


@app.command("list")
def list_months(as_json: JsonOption = False) -> None:
    """List the months of first sight with their articles and size, the newest first.

    Example: newswire index list
    """
    from dataclasses import asdict

    with open_workspace() as workspace:
        usages = workspace.index.list_indices()
    if as_json:
        print_json([asdict(usage) for usage in usages])
        return
    rows = [
        (
            usage.month,
            usage.name,
            usage.articles,
            None if usage.bytes is None else round(usage.bytes / _MIB, 1),
            "closed" if not usage.is_open else "" if usage.has_alias else "not behind the alias: newswire setup",
        )
        for usage in usages
    ]
    print_table(rows, ("month", "index", "articles", "MiB", ""))


@app.command("prune")
def prune_months(
    keep: Annotated[str, typer.Option(help="What stays: 90d, 12w, 6m, 1y. Whole months go.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Delete the months that had ended before the time to keep, and what was sampled of the pipeline before it.

    The newest month of articles always stays.

    Example: newswire index prune --keep 90d --dry-run
    """
    from contextlib import closing
    from dataclasses import asdict

    from pipeline.connections import samples_of
    from pipeline.search.moments import EXAMPLES, parse_moment
    from schemas.errors import ConfigurationError

    with open_workspace() as workspace, closing(samples_of(workspace.settings)) as kept:
        now = workspace.clock.now()
        span = parse_moment(keep, now)
        if span is None or span.start >= now:
            msg = f"--keep {keep!r} is no time in the past; use {EXAMPLES}"
            raise ConfigurationError(msg)
        gone = workspace.index.prune_before(span.start, dry_run=dry_run)
        samples = kept.prune_before(span.start, dry_run=dry_run)
    if as_json:
        months = [asdict(usage) for usage in gone]
        print_json({"dry_run": dry_run, "before": span.start.isoformat(), "months": months, "samples": samples})
        return
    articles = sum(usage.articles or 0 for usage in gone)
    verb = "would be deleted" if dry_run else "deleted"
    months_gone = f"{count(len(gone), 'month')} with {count(articles, 'article')}"
    typer.echo(f"{months_gone}, and {count(samples, 'sample')} of the pipeline, {verb}")
    for usage in gone:
        typer.echo(f"  {usage.month}  {usage.name}")


@app.command("reindex")
def reindex_months(
    month: Annotated[str | None, typer.Option(help="Only this month, e.g. 2026-10 (Elasticsearch).")] = None,
    as_json: JsonOption = False,
) -> None:
    """Build the index anew with the mappings of this program, from the documents that it holds.

    Searches go on in the old one until the new one is complete. On Elasticsearch each month is copied into a new index
    and swapped behind the alias when the counts agree; workers wait during the last part of the copy.

    Example: newswire index reindex
    """
    told = 0

    def tell(name: str, done: int) -> None:
        nonlocal told
        if is_interactive() and done // _TOLD_EVERY != told:
            told = done // _TOLD_EVERY
            note(f"{name}: {done:,}")

    with open_workspace() as workspace:
        built = workspace.index.reindex(month.replace("-", ".") if month else None, tell)
        held = workspace.index.count()
    if as_json:
        print_json({"built": list(built), "articles": held})
        return
    typer.echo(f"{', '.join(built) or 'nothing'} built anew; the index holds {count(held, 'article')}")
