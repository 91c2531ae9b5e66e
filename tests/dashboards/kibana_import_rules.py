"""What Kibana 8 takes as saved objects, and can show afterwards: shapes, versions and references that resolve.

Kept apart from the compiler on purpose. The file's members that end in JSON have to be texts; whatever a panel refers
to has to be in the dashboard's own references and among the objects.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

CORE_KNOWN = (8, 8, 0)
TYPES_KNOWN = {"dashboard": (8, 9, 0), "index-pattern": (8, 0, 0), "search": (8, 0, 0)}
ACCESSORS = {
    "lnsMetric": ("metricAccessor",),
    "lnsTagcloud": ("tagAccessor", "valueAccessor"),
    "lnsHeatmap": ("xAccessor", "yAccessor", "valueAccessor"),
    "lnsChoropleth": ("regionAccessor", "valueAccessor"),
}
OPERATIONS = {
    *("count", "unique_count", "average", "sum", "median", "min", "max", "percentile"),
    *("terms", "date_histogram", "range", "filters"),
}


class Refused(ValueError):
    """Kibana would not take it, or show a broken panel."""


def check_objects(objects: list[dict[str, Any]], held: Mapping[tuple[str, str], Any]) -> None:
    """Raise `Refused` for the first thing that is wrong with the objects of a file; `held` are those already there."""
    ids = {(each["type"], each["id"]) for each in objects} | set(held)
    for each in objects:
        _expect(set(each) == {*("type", "id", "attributes", "references"), *_VERSIONS}, f"keys of {each.get('id')}")
        _expect(each["type"] in TYPES_KNOWN, f"type {each['type']}")
        _expect(_version(each["coreMigrationVersion"]) <= CORE_KNOWN, "coreMigrationVersion is newer than the server")
        _expect(_version(each["typeMigrationVersion"]) <= TYPES_KNOWN[each["type"]], "typeMigrationVersion is too new")
        for reference in each["references"]:
            _expect((reference["type"], reference["id"]) in ids, f"missing_references: {reference}")
        if each["type"] == "dashboard":
            _check_dashboard(each)
        elif each["type"] == "search":
            source = _read(each["attributes"]["kibanaSavedObjectMeta"], "searchSourceJSON")
            _expect(
                [source["indexRefName"]] == [one["name"] for one in each["references"]], "a search without data view"
            )
        else:
            _check_data_view(each)


_VERSIONS = ("coreMigrationVersion", "typeMigrationVersion")


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


def _expect(holds: bool, what: str) -> None:
    if not holds:
        raise Refused(what)


def _read(container: Mapping[str, Any], key: str) -> Any:  # noqa: ANN401 - JSON
    _expect(isinstance(container.get(key), str), f"{key} is no text of JSON")
    return json.loads(container[key])


def _check_data_view(saved: Mapping[str, Any]) -> None:
    attributes = saved["attributes"]
    _expect({"title", "timeFieldName", "name"} <= set(attributes), "a data view without title, name or time field")
    for key in ("fieldFormatMap", "fieldAttrs", "fields", "sourceFilters", "runtimeFieldMap", "typeMeta"):
        _read(attributes, key)


def _check_dashboard(saved: Mapping[str, Any]) -> None:
    attributes = saved["attributes"]
    _expect(attributes["timeRestore"] is True, "timeRestore")
    _read(attributes, "optionsJSON")
    _read(attributes["kibanaSavedObjectMeta"], "searchSourceJSON")
    needed: set[str] = set()
    panels = _read(attributes, "panelsJSON")
    _expect(len({panel["panelIndex"] for panel in panels}) == len(panels), "two panels with one panelIndex")
    for panel in panels:
        _expect(panel["gridData"]["i"] == panel["panelIndex"], "gridData.i is not panelIndex")
        _expect(panel["gridData"]["x"] + panel["gridData"]["w"] <= 48, "a panel beyond the grid")
        needed |= {f"{panel['panelIndex']}:{name}" for name in _panel_references(panel)}
    for control_id, control in _read(attributes["controlGroupInput"], "panelsJSON").items():
        _expect(control["type"] == "optionsListControl", "type of control")
        _expect(control["explicitInput"]["id"] == control_id, "id of control")
        needed.add(f"controlGroup_{control_id}:optionsListDataView")
    _read(attributes["controlGroupInput"], "ignoreParentSettingsJSON")
    names = [reference["name"] for reference in saved["references"]]
    _expect(len(set(names)) == len(names), "two references with one name")
    _expect(set(names) == needed, f"references differ from what panels need: {set(names) ^ needed}")


def _panel_references(panel: Mapping[str, Any]) -> Iterator[str]:
    config = panel["embeddableConfig"]
    match panel["type"]:
        case "visualization":
            _expect(config["savedVis"]["type"] == "markdown", "a legacy visualization")
        case "search":
            _expect(panel["panelRefName"].startswith("panel_"), "name of the reference to a search")
            yield panel["panelRefName"]
        case "lens":
            yield from _check_lens(config["attributes"])
        case other:
            _expect(False, f"panel type {other}")


def _check_lens(attributes: Mapping[str, Any]) -> Iterator[str]:
    _expect(attributes["type"] == "lens", "not a Lens panel")
    layers = attributes["state"]["datasourceStates"]["formBased"]["layers"]
    columns: dict[str, set[str]] = {}
    for layer_id, layer in layers.items():
        _expect(set(layer["columnOrder"]) == set(layer["columns"]), "columnOrder is not the columns")
        columns[layer_id] = set(layer["columns"])
        buckets = [layer["columns"][each]["isBucketed"] for each in layer["columnOrder"]]
        _expect(buckets == sorted(buckets, reverse=True), "metrics before buckets")
        for column in layer["columns"].values():
            _expect(column["operationType"] in OPERATIONS, f"operation {column['operationType']}")
            order = column.get("params", {}).get("orderBy", {})
            _expect(order.get("type") != "column" or order["columnId"] in layer["columns"], "ordered by no column")
        yield f"indexpattern-datasource-layer-{layer_id}"
    names = {reference["name"] for reference in attributes["references"]}
    _expect(names == {f"indexpattern-datasource-layer-{each}" for each in layers}, "references of layers")
    used = set(_accessors(attributes["visualizationType"], attributes["state"]["visualization"], columns))
    _expect(used == {(layer, each) for layer, ids in columns.items() for each in ids}, "columns that no accessor uses")


def _accessors(
    kind: str, visualization: Mapping[str, Any], columns: Mapping[str, set[str]]
) -> Iterator[tuple[str, str]]:
    match kind:
        case "lnsXY":
            for layer in visualization["layers"]:
                found = [*layer["accessors"], layer["xAccessor"], layer.get("splitAccessor")]
                yield from ((layer["layerId"], each) for each in found if each)
        case "lnsPie":
            for layer in visualization["layers"]:
                yield from ((layer["layerId"], each) for each in (*layer["primaryGroups"], *layer["metrics"]))
        case "lnsDatatable":
            yield from ((visualization["layerId"], each["columnId"]) for each in visualization["columns"])
        case _:
            _expect(kind in ACCESSORS, f"visualization {kind}")
            found = [visualization[name] for name in ACCESSORS[kind]]
            found += [visualization["secondaryMetricAccessor"]] if "secondaryMetricAccessor" in visualization else []
            yield from ((visualization["layerId"], each) for each in found)
    _expect(bool(columns), "no layer")
