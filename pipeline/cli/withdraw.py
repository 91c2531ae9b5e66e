"""`newswire withdraw`: take an article back, or put it back."""

from typing import Annotated

import typer

from pipeline.cli.output import count, note, print_json
from pipeline.cli.workspace import open_workspace


def withdraw(
    articles: Annotated[list[str], typer.Argument(metavar="ID|URL…", help="Articles, by id or address.")],
    undo: Annotated[bool, typer.Option("--undo", help="Put them back.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="What became of each, as JSON.")] = False,
) -> None:
    """Leave articles out of every search, page, feed and alert, from now on and whatever arrives later.

    A withdrawn article stays in the index with a flag, so that neither a later version of it nor a replay brings it
    back; `newswire trace` tells of it, and --undo puts it back. Ends with exit code 1 when one is not in the index.

    Example: newswire withdraw https://harbour-post.example/a
    """
    from pipeline.cli.trace import find_id
    from pipeline.index.base import Withdrawal, WriteResult

    wanted = {given: find_id(given) for given in articles}
    with open_workspace() as workspace:
        ids = list(dict.fromkeys(wanted.values()))
        outcomes = workspace.index.withdraw([Withdrawal(one, withdrawn=not undo) for one in ids])
        workspace.index.refresh()
    by_id = dict(zip(ids, outcomes, strict=True))
    failed = {given: by_id[one] for given, one in wanted.items() if not isinstance(by_id[one], WriteResult)}
    if as_json:
        told = {given: str(by_id[one]) for given, one in wanted.items()}
        print_json({"undo": undo, "articles": told})
    else:
        changed = sum(one is WriteResult.UPDATED for one in outcomes)
        typer.echo(f"{count(changed, 'article')} {'put back' if undo else 'withdrawn'}")
    for given, why in failed.items():
        note(f"{given}: {why}")
    if failed:
        raise typer.Exit(1)
