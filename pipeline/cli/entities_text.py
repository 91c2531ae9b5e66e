"""What `newswire entities` tells a person: corrections in words, and what applying them did."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from pipeline.cli.output import count, is_interactive, note, print_json

if TYPE_CHECKING:
    from pipeline.corrections.sweep import Swept
    from schemas.corrections import EntityCorrection

_TOLD_EVERY = 1000


def draw_sweep(done: "Swept") -> None:
    """Draw progress at a terminal."""
    if is_interactive() and done.looked_at % _TOLD_EVERY == 0:
        note(f"{done.looked_at:,} articles looked at, {done.corrected:,} corrected")


def tell_sweep(done: "Swept", *, as_json: bool) -> None:
    """Print what a sweep did."""
    if as_json:
        print_json(asdict(done))
        return
    typer.echo(f"{count(done.corrected, 'article')} corrected of {done.looked_at:,} looked at; new ones will be, too")
    if done.refused:
        note(f"{count(done.refused, 'article')} could not be corrected, the last because of {done.reason}")


def describe_correction(one: "EntityCorrection") -> str:
    """Return what the correction means, in a few words."""
    match one.kind.value:
        case "merge":
            return f"is {one.target_id} ({one.name})"
        case "rename":
            return f"is called {one.name}"
        case "split":
            scope = (("written", one.texts), ("in", one.articles), ("by", one.sources))
            where = ", ".join(f"{word} {' or '.join(values)}" for word, values in scope if values)
            return f"{where}: is {one.name}"
        case _:
            return "is no entity"
