"""`newswire show --versions`: what an article said before, and what each version changed."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from pipeline.cli.output import count, print_json

if TYPE_CHECKING:
    from pipeline.index.base import StoredArticle


def show_versions(stored: "StoredArticle", earlier: "Sequence[StoredArticle]", *, as_json: bool) -> None:
    """Print the history, the earliest version first; as JSON with the whole record of each version."""
    from pipeline.stories.history import build_history, describe_version
    from schemas.article import EnrichedArticle
    from schemas.codec import decode

    history = build_history(earlier, stored)
    if as_json:
        records = {each.version: each.stored for each in (*earlier, stored)}
        versions = [
            {
                **version.model_dump(mode="json"),
                "article": decode(EnrichedArticle, records[version.version].encode()).model_dump(mode="json"),
            }
            for version in history
        ]
        print_json({"article_id": stored.article_id, "versions": versions})
        return
    typer.echo(history[-1].title)
    typer.echo("=" * min(len(history[-1].title), 100))
    typer.echo(f"id          {stored.article_id}")
    typer.echo(f"history     {count(len(history), 'version')}, the earliest first")
    for version in history:
        for line in describe_version(version):
            typer.echo(line)
