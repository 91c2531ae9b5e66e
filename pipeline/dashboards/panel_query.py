"""A panel → the requests for Elasticsearch that answer it, the way Kibana asks: plain aggregations, no documents. Pure.

Buckets are nested from the outside in under the names `b0`, `b1` …, metrics stand in the innermost one as `m0`, `m1` ….
A metric of an earlier time is asked for in a bucket of its own around all of that, one for each shift.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pipeline.dashboards.board import AnyPanel, ChartPanel, DocumentsPanel
from pipeline.dashboards.charts import Layer, layers_of
from pipeline.dashboards.kql import compile_kql
from pipeline.dashboards.operations import (
    AnyBucket,
    AnyMetric,
    Count,
    DateHistogram,
    Expression,
    FieldMetric,
    Filters,
    Percentile,
    Ranges,
    RankByMetric,
    RankBySignificance,
    Terms,
)
from pipeline.dashboards.times import Span, choose_interval, format_instant, histogram_interval, shift_of
from pipeline.dashboards.views import DataView

NOW: Final = "now"
"""The name of the time range that the dashboard shows, beside those before it."""
PRECISION: Final = 40_000
"""Values up to which Elasticsearch counts different ones exactly; its highest."""
DOCUMENTS: Final = 50
"""Documents that a list shows at once."""
_AGGREGATIONS: Final = {"unique_count": "cardinality", "average": "avg", "sum": "sum", "min": "min", "max": "max"}


@dataclass(frozen=True, slots=True)
class PanelQuery:
    """One request: the data view that it goes to and its body. `layer` is None for a list of documents."""

    view: DataView
    body: Mapping[str, Any]
    layer: Layer | None
    span: Span


def build_queries(
    panel: AnyPanel, views: Mapping[str, DataView], spans: Mapping[str, Span], everywhere: Expression | None = None
) -> Sequence[PanelQuery]:
    """Return the panel's requests, none for a text.

    `spans` holds the time range for each data view, `everywhere` the query of the whole dashboard.
    """
    if isinstance(panel, DocumentsPanel):
        tab = panel.config.tabs[0]
        view = views[tab.data_source.ref_id]
        body: dict[str, Any] = {
            "size": DOCUMENTS,
            "query": _all_of(spans[view.id].as_range(view.time_field), tab.query, everywhere),
            "sort": [{each.name: {"order": each.direction}} for each in tab.sort],
            "_source": list(tab.column_order),
        }
        return [PanelQuery(view, body, None, spans[view.id])]
    if not isinstance(panel, ChartPanel):
        return []
    layers = layers_of(panel.config)
    return [_layer_query(layer, views[layer.view], spans[layer.view], everywhere) for layer in layers]


def shifts_of(layer: Layer) -> list[str]:
    """Return the time ranges that a layer asks for: now, and each shift of a metric."""
    shifts = [metric.time_shift for metric in layer.metrics if metric.time_shift]
    return [NOW, *dict.fromkeys(shifts)]


def _layer_query(layer: Layer, view: DataView, span: Span, everywhere: Expression | None) -> PanelQuery:
    shifts = shifts_of(layer)
    if len(shifts) == 1:
        query, aggregations = span.as_range(view.time_field), _nest(layer, span)
    else:
        spans = {shift: span if shift == NOW else span.earlier(shift_of(shift)) for shift in shifts}
        ranges = {shift: each.as_range(view.time_field) for shift, each in spans.items()}
        query = {"bool": {"should": list(ranges.values()), "minimum_should_match": 1}}
        # Each stretch of the past has its own bounds; the widest would add empty buckets to the others.
        wrapped = {f"shift_{shift}": {"filter": ranges[shift], "aggs": _nest(layer, spans[shift])} for shift in shifts}
        aggregations = wrapped
    body = {"size": 0, "track_total_hits": True, "query": _all_of(query, layer.query, everywhere), "aggs": aggregations}
    return PanelQuery(view, body, layer, span)


def _all_of(query: Mapping[str, Any], *expressions: Expression | None) -> dict[str, Any]:
    return {"bool": {"filter": [query, *(compile_kql(each.expression) for each in expressions if each)]}}


def _nest(layer: Layer, span: Span) -> dict[str, Any]:
    inner: dict[str, Any] = {f"m{at}": _metric(metric) for at, metric in enumerate(layer.metrics) if _is_asked(metric)}
    for at, bucket in reversed(list(enumerate(layer.buckets))):
        aggregation = _bucket(bucket, layer, span)
        if isinstance(bucket, Terms) and isinstance(bucket.rank_by, RankByMetric):
            # A metric that ranks an outer bucket is asked for there too, over all that the bucket holds.
            number = bucket.rank_by.metric_index
            if _is_asked(layer.metrics[number]):
                inner = {**inner, f"m{number}": _metric(layer.metrics[number])}
        inner = {f"b{at}": {**aggregation, **({"aggs": inner} if inner else {})}}
    return inner


def _is_asked(metric: AnyMetric) -> bool:
    """Whether a metric needs an aggregation: plain counts come with every bucket."""
    return not isinstance(metric, Count) or metric.filter is not None


def _bucket(bucket: AnyBucket, layer: Layer, span: Span) -> dict[str, Any]:
    match bucket:
        case Terms():
            return _terms(bucket, layer)
        case DateHistogram():
            interval = choose_interval(span, bucket.suggested_interval)
            bounds = {"min": format_instant(span.start), "max": format_instant(span.end)}
            rows = (
                {"min_doc_count": 0, "extended_bounds": bounds} if bucket.include_empty_rows else {"min_doc_count": 1}
            )
            return {"date_histogram": {"field": bucket.field, **histogram_interval(interval), **rows}}
        case Ranges():
            ranges: list[dict[str, Any]] = [
                {"key": each.label}
                | ({} if each.gt is None else {"from": each.gt})
                | ({} if each.lte is None else {"to": each.lte})
                for each in bucket.ranges
            ]
            return {"range": {"field": bucket.field, "ranges": ranges, "keyed": False}}
        case Filters():
            filters = {each.label: compile_kql(each.filter.expression) for each in bucket.filters}
            return {"filters": {"filters": filters}}


def _terms(bucket: Terms, layer: Layer) -> dict[str, Any]:
    match bucket.rank_by:
        case RankBySignificance():
            return {"significant_terms": {"field": bucket.field, "size": bucket.limit, "min_doc_count": 2}}
        case RankByMetric() as rank:
            order = {_path(layer.metrics[rank.metric_index], rank.metric_index): rank.direction}
        case rank:
            order = {"_key": rank.direction}
    return {"terms": {"field": bucket.field, "size": bucket.limit, "order": order, "shard_size": 1000}}


def _path(metric: AnyMetric, number: int) -> str:
    """Return what terms are ordered by when this metric ranks them."""
    if not _is_asked(metric):
        return "_count"
    name = f"m{number}" if metric.filter is None else f"m{number}>v"
    match metric:
        case Count():
            return f"m{number}"
        case Percentile():
            return f"{name}.{metric.percentile:g}"
        case FieldMetric(operation="median"):
            return f"{name}.50"
        case _:
            return name


def _metric(metric: AnyMetric) -> dict[str, Any]:
    if isinstance(metric, Count):
        return {"filter": compile_kql(metric.filter.expression)} if metric.filter else {}
    found: dict[str, Any]
    match metric:
        case Percentile():
            found = {"percentiles": {"field": metric.field, "percents": [metric.percentile]}}
        case FieldMetric(operation="median"):
            found = {"percentiles": {"field": metric.field, "percents": [50]}}
        case FieldMetric(operation="unique_count"):
            found = {"cardinality": {"field": metric.field, "precision_threshold": PRECISION}}
        case _:
            found = {_AGGREGATIONS[metric.operation]: {"field": metric.field}}
    if metric.filter is None:
        return found
    return {"filter": compile_kql(metric.filter.expression), "aggs": {"v": found}}
