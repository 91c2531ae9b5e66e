"""How far a run has come, drawn on a terminal; silent elsewhere. Imports rich when it draws."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pipeline.cli.output import is_interactive

if TYPE_CHECKING:
    from pipeline.runtime import Progress


@contextmanager
def draw_progress() -> "Iterator[Callable[[Progress], None] | None]":
    """Yield what the runtime is to call with its progress, or None when nobody is watching."""
    if not is_interactive():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description:<8}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks = {}
        most: dict[str, int] = {}

        def show(progress: "Progress") -> None:
            for role, waiting in progress.waiting.items():
                if role not in tasks:
                    tasks[role] = bars.add_task(role, total=None)
                # What waits can grow while it is worked on: the bar is measured against the most that ever waited.
                most[role] = max(most.get(role, 0), waiting)
                bars.update(tasks[role], total=most[role] or None, completed=most[role] - waiting)

        yield show
