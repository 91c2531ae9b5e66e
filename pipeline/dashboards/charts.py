"""The panels that draw: one strict model for each kind of chart that we ship, and the layers they are made of. Pure.

A chart is one or more layers: documents of a data view, grouped by buckets from the outside in, with metrics for each
innermost bucket. Queries, saved objects and drawings are made of layers, so the three cannot differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from pipeline.dashboards.operations import (
    AnyBucket,
    AnyMetric,
    Bucket,
    DateHistogram,
    Expression,
    Metric,
    RegionTerms,
    Terms,
)
from schemas.base import Record


class DataSource(Record):
    """A data view by its id."""

    type: Literal["data_view_reference"]
    ref_id: str


class Legend(Record):
    """Whether and where colours are explained."""

    visibility: Literal["visible", "hidden"]
    position: Literal["top", "bottom", "left", "right"] | None = None


class _Chart(Record):
    title: str
    description: str = ""
    query: Expression | None = None


class MetricChart(_Chart):
    """One large number, and perhaps a small one beside it."""

    type: Literal["metric"]
    data_source: DataSource
    metrics: Annotated[tuple[Metric, ...], Field(min_length=1, max_length=2)]


XyType = Literal[
    "bar",
    "bar_stacked",
    "bar_percentage",
    "bar_horizontal",
    "bar_horizontal_stacked",
    "bar_horizontal_percentage",
    "line",
    "area_stacked",
]


class XyLayer(Record):
    """Bars, lines or areas over `x`; `breakdown_by` colours them."""

    type: XyType
    data_source: DataSource
    x: Bucket
    y: Annotated[tuple[Metric, ...], Field(min_length=1, max_length=4)]
    breakdown_by: Bucket | None = None


class XyChart(_Chart):
    """Numbers along an axis."""

    type: Literal["xy"]
    legend: Legend | None = None
    layers: Annotated[tuple[XyLayer, ...], Field(min_length=1, max_length=2)]


class HeatmapChart(_Chart):
    """A colour for each pair of buckets."""

    type: Literal["heatmap"]
    data_source: DataSource
    x: Bucket
    y: Bucket
    metric: Metric


class PieChart(_Chart):
    """Shares of a whole; with a hole, a ring."""

    type: Literal["pie"]
    donut_hole: Literal["none", "s", "m", "l"] = "none"
    legend: Legend | None = None
    data_source: DataSource
    group_by: Annotated[tuple[Bucket, ...], Field(min_length=1, max_length=2)]
    metrics: Annotated[tuple[Metric, ...], Field(min_length=1, max_length=1)]


class DataTable(_Chart):
    """Rows of buckets with columns of metrics."""

    type: Literal["data_table"]
    data_source: DataSource
    rows: Annotated[tuple[Bucket, ...], Field(min_length=1, max_length=3)]
    metrics: Annotated[tuple[Metric, ...], Field(min_length=1, max_length=8)]


class TagCloud(_Chart):
    """Words as large as they are frequent."""

    type: Literal["tag_cloud"]
    data_source: DataSource
    tag_by: Terms
    metric: Metric


class RegionMap(_Chart):
    """Countries, coloured."""

    type: Literal["region_map"]
    data_source: DataSource
    region: RegionTerms
    metric: Metric


Chart = Annotated[
    MetricChart | XyChart | HeatmapChart | PieChart | DataTable | TagCloud | RegionMap, Field(discriminator="type")
]
AnyChart = MetricChart | XyChart | HeatmapChart | PieChart | DataTable | TagCloud | RegionMap


@dataclass(frozen=True, slots=True)
class Layer:
    """Documents of one data view, grouped by `buckets` (outermost first), with `metrics` for each innermost one."""

    view: str
    buckets: tuple[AnyBucket, ...]
    metrics: tuple[AnyMetric, ...]
    query: Expression | None


def layers_of(chart: AnyChart) -> Sequence[Layer]:
    """Return the chart's layers; most have one."""
    buckets: Sequence[AnyBucket]
    metrics: Sequence[AnyMetric]
    match chart:
        case XyChart():
            return [Layer(each.data_source.ref_id, _xy_buckets(each), each.y, chart.query) for each in chart.layers]
        case MetricChart():
            return [Layer(chart.data_source.ref_id, (), chart.metrics, chart.query)]
        case HeatmapChart():
            buckets, metrics = (chart.y, chart.x), (chart.metric,)
        case PieChart():
            buckets, metrics = chart.group_by, chart.metrics
        case DataTable():
            buckets, metrics = chart.rows, chart.metrics
        case TagCloud():
            buckets, metrics = (chart.tag_by,), (chart.metric,)
        case RegionMap():
            buckets, metrics = (chart.region,), (chart.metric,)
    return [Layer(chart.data_source.ref_id, tuple(buckets), tuple(metrics), chart.query)]


def _xy_buckets(layer: XyLayer) -> tuple[AnyBucket, ...]:
    """Group over time by what is coloured first, so that the same few values are drawn all along the axis."""
    if layer.breakdown_by is None:
        return (layer.x,)
    return (layer.breakdown_by, layer.x) if isinstance(layer.x, DateHistogram) else (layer.x, layer.breakdown_by)
