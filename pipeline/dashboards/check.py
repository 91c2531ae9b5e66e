"""Dashboards against the mappings of the index → faults, without any server. Pure.

Every field must exist, be countable and of a kind that its operation takes; every data view and every metric that
something refers to must be there.
"""

import difflib
from collections.abc import Iterator, Mapping
from typing import Final

from pipeline.dashboards.board import Board, ChartPanel
from pipeline.dashboards.charts import MetricChart, XyChart, layers_of
from pipeline.dashboards.check_layout import check_layout
from pipeline.dashboards.fault import Fault
from pipeline.dashboards.operations import KINDS, RankByMetric, Terms
from pipeline.dashboards.uses import COLUMN, Use, uses_of
from pipeline.dashboards.views import NESTED, OTHER, TEXT, DataView, FieldType

_MISFITS: Final = {
    TEXT: "is a text, which cannot be counted; use a keyword",
    NESTED: "is inside a nested object, which Kibana's charts cannot read",
    OTHER: "is not indexed so that it could be counted",
}


def check_boards(boards: Mapping[str, Board], views: Mapping[str, DataView]) -> list[Fault]:
    """Return all faults of the dashboards."""
    faults: list[Fault] = []
    for name, board in boards.items():
        faults.extend(check_layout(name, board))
        faults.extend(_check_uses(name, board, views))
        faults.extend(_check_metrics(name, board))
    titles = [board.title for board in boards.values()]
    faults.extend(
        Fault(name, "", "", f"has the title of another dashboard: {board.title}")
        for name, board in boards.items()
        if titles.count(board.title) > 1
    )
    return faults


def _check_uses(name: str, board: Board, views: Mapping[str, DataView]) -> Iterator[Fault]:
    fields = {view.id: view.fields for view in views.values()}
    missing = set()
    for use in uses_of(board):
        if use.problem:
            yield Fault(name, use.panel, "", use.problem)
        elif use.view not in views:
            if (use.panel, use.view) not in missing:
                yield Fault(name, use.panel, "", f"reads data view {use.view!r}, which is not shipped")
            missing.add((use.panel, use.view))
        elif sentence := _misfit(use, fields[use.view]):
            yield Fault(name, use.panel, use.field, sentence)


def _misfit(use: Use, fields: Mapping[str, FieldType]) -> str | None:
    found = fields.get(use.field)
    if found is None:
        near = difflib.get_close_matches(use.field, fields, n=1)
        return f"does not exist in {use.view}" + (f"; did you mean {near[0]}?" if near else "")
    if use.operation == COLUMN:
        return None if found.kind != OTHER else "cannot be shown as a column"
    if found.kind in _MISFITS:
        return _MISFITS[found.kind]
    if not found.is_countable:
        return _MISFITS[OTHER]
    wanted = KINDS[use.operation]
    if found.kind not in wanted:
        return f"is a {found.kind}, and {use.operation} takes a {' or '.join(sorted(wanted))}"
    return None


def _check_metrics(name: str, board: Board) -> Iterator[Fault]:
    for panel in board.charts():
        for layer in layers_of(panel.config):
            for bucket in layer.buckets:
                if not isinstance(bucket, Terms) or not isinstance(bucket.rank_by, RankByMetric):
                    continue
                number = bucket.rank_by.metric_index
                if number >= len(layer.metrics):
                    yield Fault(name, panel.id, bucket.field, f"is ranked by metric {number}, which does not exist")
                elif layer.metrics[number].time_shift:
                    yield Fault(name, panel.id, bucket.field, f"is ranked by metric {number}, which is of another time")
        yield from _check_kind(name, panel)


def _check_kind(name: str, panel: ChartPanel) -> Iterator[Fault]:
    chart = panel.config
    if isinstance(chart, MetricChart):
        if [metric.type for metric in chart.metrics] != ["primary", "secondary"][: len(chart.metrics)]:
            yield Fault(name, panel.id, "", "needs a primary metric first, and then a secondary one")
        return
    if any(metric.type is not None for layer in layers_of(chart) for metric in layer.metrics):
        yield Fault(name, panel.id, "", "has a primary or secondary metric, which only a metric panel has")
    if isinstance(chart, XyChart):
        for layer in chart.layers:
            if layer.type.endswith("percentage") and layer.breakdown_by is None:
                yield Fault(name, panel.id, "", "shows shares of a whole, and needs breakdown_by")
