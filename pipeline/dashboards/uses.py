"""Which fields a panel uses, and for what: the list from which checks and the mutation test are made. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pipeline.dashboards.board import AnyPanel, Board, ChartPanel, DocumentsPanel
from pipeline.dashboards.charts import layers_of
from pipeline.dashboards.kql import KqlError, fields_of
from pipeline.dashboards.operations import AnyBucket, AnyMetric, Count, Expression, Filters, RankBySignificance, Terms


@dataclass(frozen=True, slots=True)
class Use:
    """A field of a data view, used by a panel (or control) for an operation; see `operations.KINDS`.

    `column` is a field that is only shown. `problem` is set, and `field` empty, for a query that cannot be read.
    """

    panel: str
    view: str
    field: str
    operation: str
    problem: str = ""


COLUMN: Final = "column"
ARTICLE_VIEWS: Final = frozenset({"news-articles", "news-arrivals"})


def uses_of(board: Board) -> Iterator[Use]:
    """Yield every use of a field in the dashboard."""
    for control in board.pinned_panels:
        yield Use(control.id, control.config.data_view_id, control.config.field_name, "control")
    panel_uses = [use for panel in board.panels for use in _panel_uses(panel)]
    # The dashboard's own query is about articles; other documents have no such fields, and lose nothing by it.
    view = next((use.view for use in panel_uses if use.view in ARTICLE_VIEWS), "news-articles")
    yield from _query_uses("", view, board.query)
    yield from panel_uses


def _panel_uses(panel: AnyPanel) -> Iterator[Use]:
    if isinstance(panel, DocumentsPanel):
        tab = panel.config.tabs[0]
        view = tab.data_source.ref_id
        yield from (Use(panel.id, view, name, COLUMN) for name in tab.column_order)
        yield from (Use(panel.id, view, each.name, "sort") for each in tab.sort)
        yield from _query_uses(panel.id, view, tab.query)
    elif isinstance(panel, ChartPanel):
        for layer in layers_of(panel.config):
            yield from _query_uses(panel.id, layer.view, layer.query)
            for bucket in layer.buckets:
                yield from _bucket_uses(panel.id, layer.view, bucket)
            for metric in layer.metrics:
                yield from _metric_uses(panel.id, layer.view, metric)


def _bucket_uses(panel: str, view: str, bucket: AnyBucket) -> Iterator[Use]:
    if isinstance(bucket, Filters):
        for each in bucket.filters:
            yield from _query_uses(panel, view, each.filter)
    elif isinstance(bucket, Terms):
        significant = isinstance(bucket.rank_by, RankBySignificance)
        yield Use(panel, view, bucket.field, "significant" if significant else "terms")
    else:
        yield Use(panel, view, bucket.field, bucket.operation)


def _metric_uses(panel: str, view: str, metric: AnyMetric) -> Iterator[Use]:
    if not isinstance(metric, Count):
        yield Use(panel, view, metric.field, metric.operation)
    yield from _query_uses(panel, view, metric.filter)


def _query_uses(panel: str, view: str, expression: Expression | None) -> Iterator[Use]:
    if expression is None:
        return
    try:
        yield from (Use(panel, view, field, "query") for field in fields_of(expression.expression))
    except KqlError as error:
        yield Use(panel, view, "", "query", f"query {expression.expression!r} {error}")
