"""How the panels of a dashboard stand, and what each says about itself → faults. Pure."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from pipeline.dashboards.board import COLUMNS, FOLD, AnyPanel, Board, MarkdownPanel
from pipeline.dashboards.fault import Fault
from pipeline.dashboards.times import read_span

MAX_ABOVE_FOLD: Final = 12
"""Panels on a first screen; more of them are looked at by nobody."""
_ANY_TIME: Final = datetime(2026, 1, 1, tzinfo=UTC)


def check_layout(name: str, board: Board) -> Iterator[Fault]:
    """Yield the faults of one dashboard: ids, places, texts, time range."""
    ids = Counter([panel.id for panel in board.panels] + [control.id for control in board.pinned_panels])
    yield from (
        Fault(name, each, "", f"has an id that {count} panels have") for each, count in ids.items() if count > 1
    )
    yield from _check_texts(name, board)
    yield from _check_grid(name, board)
    try:
        read_span(board.time_range.from_, board.time_range.to, _ANY_TIME)
    except ValueError as error:
        yield Fault(name, "", "", str(error))


def _check_texts(name: str, board: Board) -> Iterator[Fault]:
    if not board.description.strip():
        yield Fault(name, "", "", "has no description")
    if not any(isinstance(panel, MarkdownPanel) for panel in board.panels):
        yield Fault(name, "", "", "has no text that says how to read it")
    for panel in board.panels:
        if isinstance(panel, MarkdownPanel):
            continue
        if not panel.config.title.strip():
            yield Fault(name, panel.id, "", "has no title")
        if not panel.config.description.strip():
            yield Fault(name, panel.id, "", "has no description")


def _check_grid(name: str, board: Board) -> Iterator[Fault]:
    taken: dict[tuple[int, int], str] = {}
    overlaps: dict[tuple[str, str], None] = {}
    for panel in board.panels:
        if panel.grid.x + panel.grid.w > COLUMNS:
            yield Fault(name, panel.id, "", f"reaches beyond the {COLUMNS} columns of the grid")
        for cell in _cells(panel):
            if cell in taken:
                overlaps[taken[cell], panel.id] = None
            taken[cell] = panel.id
    yield from (Fault(name, one, "", f"overlaps panel {other}") for other, one in overlaps)
    height = max(panel.grid.y + panel.grid.h for panel in board.panels)
    hole = next(((x, y) for y in range(height) for x in range(COLUMNS) if (x, y) not in taken), None)
    if hole is not None:
        yield Fault(name, "", "", f"has a hole in its grid at column {hole[0]}, row {hole[1]}")
    above = sum(panel.grid.y < FOLD for panel in board.panels)
    if above > MAX_ABOVE_FOLD:
        yield Fault(name, "", "", f"has {above} panels on its first screen, more than {MAX_ABOVE_FOLD}")


def _cells(panel: AnyPanel) -> Iterator[tuple[int, int]]:
    grid = panel.grid
    yield from ((x, y) for y in range(grid.y, grid.y + grid.h) for x in range(grid.x, grid.x + grid.w))
