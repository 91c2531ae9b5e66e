"""A chart → the attributes of a by-value Lens panel, as saved objects of Kibana 8 hold them. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from pipeline.dashboards.charts import (
    AnyChart,
    DataTable,
    HeatmapChart,
    MetricChart,
    PieChart,
    RegionMap,
    TagCloud,
    XyChart,
    XyLayer,
    layers_of,
)
from pipeline.dashboards.lens_columns import build_columns, kuery
from pipeline.dashboards.operations import DateHistogram
from pipeline.dashboards.views import DataView

_LAYER: Final = {"layerId": "layer0", "layerType": "data"}
_XY_TYPES: Final = {
    "bar": "bar",
    "bar_stacked": "bar_stacked",
    "bar_percentage": "bar_percentage_stacked",
    "bar_horizontal": "bar_horizontal",
    "bar_horizontal_stacked": "bar_horizontal_stacked",
    "bar_horizontal_percentage": "bar_horizontal_percentage_stacked",
    "line": "line",
    "area_stacked": "area_stacked",
}
_TYPES: Final = {
    "metric": "lnsMetric",
    "xy": "lnsXY",
    "heatmap": "lnsHeatmap",
    "pie": "lnsPie",
    "data_table": "lnsDatatable",
    "tag_cloud": "lnsTagcloud",
    "region_map": "lnsChoropleth",
}


def build_lens(chart: AnyChart, views: Mapping[str, DataView], data_view_ids: Mapping[str, str]) -> dict[str, Any]:
    """Return the attributes; `data_view_ids` are the ids that Kibana knows our views by."""
    layers, references = {}, []
    for at, layer in enumerate(layers_of(chart)):
        columns = build_columns(layer, views[layer.view])
        layers[f"layer{at}"] = {
            "columnOrder": list(columns),
            "columns": columns,
            "incompleteColumns": {},
            "sampling": 1,
        }
        name = f"indexpattern-datasource-layer-layer{at}"
        references.append({"type": "index-pattern", "id": data_view_ids[layer.view], "name": name})
    return {
        "title": "",
        "type": "lens",
        "visualizationType": _TYPES[chart.type],
        "references": references,
        "state": {
            "datasourceStates": {"formBased": {"layers": layers}},
            "visualization": _visualization(chart),
            "query": kuery(chart.query),
            "filters": [],
            "internalReferences": [],
            "adHocDataViews": {},
        },
    }


def _visualization(chart: AnyChart) -> dict[str, Any]:
    match chart:
        case XyChart():
            return _xy(chart)
        case HeatmapChart():
            return _heatmap()
        case PieChart():
            return _pie(chart)
        case DataTable():
            ids = [f"b{at}" for at in range(len(chart.rows))] + [f"m{at}" for at in range(len(chart.metrics))]
            paging = {"enabled": True, "size": 20}
            return {**_LAYER, "columns": [{"columnId": each, "isTransposed": False} for each in ids], "paging": paging}
        case _:
            return {**_LAYER, **_single(chart)}


def _single(chart: MetricChart | TagCloud | RegionMap) -> dict[str, Any]:
    """Return the accessors of a chart that has one metric, and at most one bucket."""
    match chart:
        case MetricChart():
            return {"metricAccessor": "m0", **({"secondaryMetricAccessor": "m1"} if len(chart.metrics) > 1 else {})}
        case TagCloud():
            sizes = {"minFontSize": 14, "maxFontSize": 44, "orientation": "single", "showLabel": False}
            return {"tagAccessor": "b0", "valueAccessor": "m0", **sizes}
        case RegionMap():
            area = {"emsLayerId": chart.region.ems.boundaries, "emsField": chart.region.ems.join}
            return {**area, "regionAccessor": "b0", "valueAccessor": "m0"}


def _xy(chart: XyChart) -> dict[str, Any]:
    legend = chart.legend
    position = legend.position if legend and legend.position else "right"
    axes = {"x": True, "yLeft": True, "yRight": True}
    untitled = {"x": False, "yLeft": False, "yRight": False}
    return {
        "legend": {"isVisible": legend is None or legend.visibility == "visible", "position": position},
        "valueLabels": "hide",
        "fittingFunction": "None",
        "axisTitlesVisibilitySettings": untitled,
        "tickLabelsVisibilitySettings": axes,
        "labelsOrientation": {"x": 0, "yLeft": 0, "yRight": 0},
        "gridlinesVisibilitySettings": axes,
        "preferredSeriesType": _XY_TYPES[chart.layers[0].type],
        "layers": [_xy_layer(layer, at) for at, layer in enumerate(chart.layers)],
    }


def _xy_layer(layer: XyLayer, at: int) -> dict[str, Any]:
    split_first = layer.breakdown_by is not None and isinstance(layer.x, DateHistogram)
    x, split = ("b1", "b0") if split_first else ("b0", "b1")
    return {
        "layerId": f"layer{at}",
        "layerType": "data",
        "seriesType": _XY_TYPES[layer.type],
        "position": "top",
        "showGridlines": False,
        "xAccessor": x,
        "accessors": [f"m{number}" for number in range(len(layer.y))],
        **({"splitAccessor": split} if layer.breakdown_by is not None else {}),
    }


def _heatmap() -> dict[str, Any]:
    grid = {
        "type": "heatmap_grid",
        "isCellLabelVisible": True,
        "isXAxisLabelVisible": True,
        "isYAxisLabelVisible": True,
        "isXAxisTitleVisible": False,
        "isYAxisTitleVisible": False,
    }
    legend = {"isVisible": True, "position": "right", "type": "heatmap_legend"}
    accessors = {"yAccessor": "b0", "xAccessor": "b1", "valueAccessor": "m0"}
    return {**_LAYER, "shape": "heatmap", **accessors, "legend": legend, "gridConfig": grid}


def _pie(chart: PieChart) -> dict[str, Any]:
    layer: dict[str, Any] = {
        **_LAYER,
        "primaryGroups": [f"b{at}" for at in range(len(chart.group_by))],
        "metrics": ["m0"],
        "numberDisplay": "percent",
        "categoryDisplay": "default",
        "legendDisplay": "show" if chart.legend and chart.legend.visibility == "visible" else "default",
        "nestedLegend": False,
    }
    if chart.legend is not None and chart.legend.position is not None:
        layer["legendPosition"] = chart.legend.position
    if chart.donut_hole != "none":
        layer["emptySizeRatio"] = {"s": 0.3, "m": 0.54, "l": 0.7}[chart.donut_hole]
    return {"shape": "pie" if chart.donut_hole == "none" else "donut", "layers": [layer]}
