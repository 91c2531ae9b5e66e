"""Buckets and metrics → the columns of a Lens layer, as saved objects of Kibana 8 hold them. Pure.

Column ids are those of the aggregations in `panel_query`: `b0`, `m0` … The shapes are those that Kibana 8.9 writes.
"""

from typing import Any, Final

from pipeline.dashboards.charts import Layer
from pipeline.dashboards.operations import (
    BOOLEAN,
    DATE,
    NUMBER,
    AnyBucket,
    AnyMetric,
    Count,
    DateHistogram,
    DurationFormat,
    Expression,
    Filters,
    Percentile,
    Ranges,
    RankByMetric,
    RankBySignificance,
    Terms,
)
from pipeline.dashboards.views import DataView

RECORDS: Final = "___records___"
"""Kibana's name for documents as such, where a column would name a field."""


def build_columns(layer: Layer, view: DataView) -> dict[str, dict[str, Any]]:
    """Return the columns by id, buckets from the outside in, then metrics."""
    buckets = {f"b{at}": _bucket_column(bucket, view) for at, bucket in enumerate(layer.buckets)}
    metrics = {f"m{at}": _metric_column(metric, view) for at, metric in enumerate(layer.metrics)}
    return buckets | metrics


def kuery(expression: Expression | None) -> dict[str, str]:
    """Return a query as saved objects hold it."""
    return {"query": expression.expression if expression else "", "language": "kuery"}


def _bucket_column(bucket: AnyBucket, view: DataView) -> dict[str, Any]:
    column: dict[str, Any] = {"isBucketed": True, "scale": "ordinal", "operationType": bucket.operation}
    match bucket:
        case Terms():
            column |= {
                "sourceField": bucket.field,
                "dataType": _data_type(bucket.field, view),
                "params": _terms(bucket),
            }
        case DateHistogram():
            params = {"interval": bucket.suggested_interval, "includeEmptyRows": bucket.include_empty_rows}
            column |= {"sourceField": bucket.field, "dataType": "date", "scale": "interval"}
            column["params"] = {**params, "dropPartials": False}
        case Ranges():
            ranges = [{"from": each.gt, "to": each.lte, "label": each.label} for each in bucket.ranges]
            column |= {"sourceField": bucket.field, "dataType": "string"}
            form = {"id": "range", "params": {"template": "arrow_right", "replaceInfinity": True}}
            column["params"] = {"type": "range", "ranges": ranges, "maxBars": "auto", "parentFormat": form}
        case Filters():
            filters = [{"input": kuery(each.filter), "label": each.label} for each in bucket.filters]
            column |= {"dataType": "string", "params": {"filters": filters}}
    return _labelled(column, bucket.label or str(column.get("sourceField", "Filters")))


def _terms(bucket: Terms) -> dict[str, Any]:
    match bucket.rank_by:
        case RankByMetric() as rank:
            order: dict[str, Any] = {"type": "column", "columnId": f"m{rank.metric_index}"}
            direction = rank.direction
        case RankBySignificance():
            order, direction = {"type": "significant"}, "desc"
        case rank:
            order, direction = {"type": "alphabetical", "fallback": False}, rank.direction
    return {
        "size": bucket.limit,
        "orderBy": order,
        "orderDirection": direction,
        "otherBucket": False,
        "missingBucket": False,
        "parentFormat": {"id": "terms"},
        "include": [],
        "exclude": [],
        "includeIsRegex": False,
        "excludeIsRegex": False,
    }


def _metric_column(metric: AnyMetric, view: DataView) -> dict[str, Any]:
    field = RECORDS if isinstance(metric, Count) else metric.field
    params: dict[str, Any] = {}
    if isinstance(metric, Percentile):
        params["percentile"] = metric.percentile
    elif metric.operation in {"count", "unique_count", "sum"}:
        params["emptyAsNull"] = False
    if isinstance(metric.format, DurationFormat):
        form = {"fromUnit": metric.format.from_, "toUnit": metric.format.to, "decimals": 1}
        params["format"] = {"id": "duration", "params": form}
    elif metric.format is not None:
        params["format"] = {"id": metric.format.type, "params": {"decimals": metric.format.decimals}}
    is_date = metric.operation in {"min", "max"} and _data_type(field, view) == "date"
    column: dict[str, Any] = {
        "isBucketed": False,
        "scale": "interval" if is_date else "ratio",
        "dataType": "date" if is_date else "number",
        "operationType": metric.operation,
        "sourceField": field,
        "params": params,
    }
    if metric.filter is not None:
        column["filter"] = kuery(metric.filter)
    if metric.time_shift is not None:
        column["timeShift"] = metric.time_shift
    return _labelled(column, metric.label)


def _labelled(column: dict[str, Any], label: str) -> dict[str, Any]:
    return {"label": label, "customLabel": True, **column}


def _data_type(field: str, view: DataView) -> str:
    known = view.fields.get(field)
    kind = known.kind if known is not None else ""
    return {NUMBER: "number", DATE: "date", BOOLEAN: "boolean"}.get(kind, "string")
