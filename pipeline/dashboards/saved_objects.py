"""Dashboards and data views → saved objects (NDJSON) for Kibana 8.11 to 9.4. Pure, and the same bytes each time.

Kibana migrates what it imports from the versions named here; without them it would migrate from the very first one.
Members whose names end in JSON are texts in the file.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pipeline.dashboards.board import AnyPanel, Board, Control, DocumentsPanel, MarkdownPanel
from pipeline.dashboards.deployment import Deployment
from pipeline.dashboards.lens_charts import build_lens
from pipeline.dashboards.lens_columns import kuery
from pipeline.dashboards.views import DataView

CORE_VERSION: Final = "8.8.0"
DASHBOARD_VERSION: Final = "8.9.0"
DATA_VIEW_VERSION: Final = "8.0.0"
SEARCH_VERSION: Final = "7.9.3"
_INDEX_REFERENCE: Final = "kibanaSavedObjectMeta.searchSourceJSON.index"


def build_objects(boards: Mapping[str, Board], deployment: Deployment) -> list[dict[str, Any]]:
    """Return all saved objects; what is referred to stands before what refers to it.

    Lists of documents are objects of their own: not all these versions show one that is inside a dashboard.
    """
    objects = [_data_view(view, deployment) for view in deployment.views.values()]
    for name, board in boards.items():
        lists = [panel for panel in board.panels if isinstance(panel, DocumentsPanel)]
        objects += [_search(name, panel, deployment) for panel in lists]
        objects.append(_dashboard(name, board, deployment))
    return objects


def encode_objects(objects: Iterable[Mapping[str, Any]]) -> bytes:
    """Return the file: one object a line."""
    lines = (json.dumps(each, ensure_ascii=False, separators=(",", ":"), sort_keys=True) for each in objects)
    return "".join(line + "\n" for line in lines).encode()


def _data_view(view: DataView, deployment: Deployment) -> dict[str, Any]:
    attributes = {
        "title": deployment.index(view),
        "name": deployment.view_name(view),
        "timeFieldName": view.time_field,
        "fieldFormatMap": _text(view.field_formats(deployment.pages_url)),
        "fieldAttrs": _text({name: {"customLabel": label} for name, label in view.labels.items()}),
        "fields": "[]",
        "sourceFilters": "[]",
        "runtimeFieldMap": "{}",
        "typeMeta": "{}",
    }
    return _saved("index-pattern", deployment.view_id(view.id), attributes, [], DATA_VIEW_VERSION)


def _dashboard(name: str, board: Board, deployment: Deployment) -> dict[str, Any]:
    panels, references = [], []
    for panel in board.panels:
        content, inner = _panel(name, panel, deployment)
        panels.append(content)
        references += [{**each, "name": f"{panel.id}:{each['name']}"} for each in inner]
    for control in board.pinned_panels:
        name_of = f"controlGroup_{control.id}:optionsListDataView"
        view_id = deployment.view_id(control.config.data_view_id)
        references.append({"type": "index-pattern", "id": view_id, "name": name_of})
    options = {
        "useMargins": board.options.use_margins,
        "syncColors": board.options.sync_colors,
        "syncCursor": board.options.sync_cursor,
        "syncTooltips": board.options.sync_tooltips,
        "hidePanelTitles": board.options.hide_panel_titles,
    }
    attributes = {
        "title": deployment.title(board.title),
        "description": board.description,
        "version": 1,
        "timeRestore": True,
        "timeFrom": board.time_range.from_,
        "timeTo": board.time_range.to,
        "refreshInterval": {"pause": board.refresh_interval.pause, "value": board.refresh_interval.value},
        "optionsJSON": _text(options),
        "panelsJSON": _text(panels),
        "kibanaSavedObjectMeta": {"searchSourceJSON": _text({"query": kuery(board.query), "filter": []})},
        "controlGroupInput": _controls(board.pinned_panels),
    }
    return _saved("dashboard", deployment.board_id(name), attributes, references, DASHBOARD_VERSION)


def _controls(controls: Iterable[Control]) -> dict[str, Any]:
    panels = {
        control.id: {
            "order": at,
            "width": control.width,
            "grow": control.grow,
            "type": "optionsListControl",
            "explicitInput": {
                "id": control.id,
                "fieldName": control.config.field_name,
                "title": control.config.title,
                "selectedOptions": [],
                "enhancements": {},
            },
        }
        for at, control in enumerate(controls)
    }
    ignored = dict.fromkeys(("ignoreFilters", "ignoreQuery", "ignoreTimerange", "ignoreValidations"), False)
    return {
        "chainingSystem": "HIERARCHICAL",
        "controlStyle": "oneLine",
        "ignoreParentSettingsJSON": _text(ignored),
        "panelsJSON": _text(panels),
    }


def _panel(name: str, panel: AnyPanel, deployment: Deployment) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """Return a panel and the references in it, which the dashboard repeats."""
    grid = {"x": panel.grid.x, "y": panel.grid.y, "w": panel.grid.w, "h": panel.grid.h, "i": panel.id}
    content: dict[str, Any] = {"panelIndex": panel.id, "gridData": grid}
    if isinstance(panel, MarkdownPanel):
        return {**content, "type": "visualization", "embeddableConfig": _markdown(panel, deployment)}, []
    config = panel.config
    content["title"] = config.title
    shared = {"description": config.description, "hidePanelTitles": False, "enhancements": {}}
    if isinstance(panel, DocumentsPanel):
        reference = f"panel_{panel.id}"
        content |= {"type": "search", "panelRefName": reference, "embeddableConfig": shared}
        return content, [{"type": "search", "id": _search_id(name, panel, deployment), "name": reference}]
    attributes = build_lens(panel.config, deployment.views, deployment.view_ids())
    attributes["description"] = config.description
    content |= {"type": "lens", "embeddableConfig": {"attributes": attributes, **shared}}
    return content, attributes["references"]


def _markdown(panel: MarkdownPanel, deployment: Deployment) -> dict[str, Any]:
    params = {"fontSize": 12, "openLinksInNewTab": True, "markdown": deployment.markdown(panel.config.content)}
    search = {"query": kuery(None), "filter": []}
    visualization = {
        "id": "",
        "title": panel.config.title,
        "description": panel.config.description,
        "type": "markdown",
        "params": params,
        "uiState": {},
        "data": {"aggs": [], "searchSource": search},
    }
    return {"savedVis": visualization, "hidePanelTitles": panel.config.hide_title, "enhancements": {}}


def _search_id(name: str, panel: DocumentsPanel, deployment: Deployment) -> str:
    return f"{deployment.board_id(name)}-{panel.id}"


def _search(name: str, panel: DocumentsPanel, deployment: Deployment) -> dict[str, Any]:
    tab = panel.config.tabs[0]
    source = {"query": kuery(tab.query), "filter": [], "indexRefName": _INDEX_REFERENCE}
    view_id = deployment.view_id(tab.data_source.ref_id)
    attributes = {
        "title": deployment.title(f"newswire: {panel.config.title}"),
        "description": panel.config.description,
        "columns": list(tab.column_order),
        "sort": [[each.name, each.direction] for each in tab.sort],
        "grid": {},
        "hideChart": False,
        "isTextBasedQuery": False,
        "timeRestore": False,
        "kibanaSavedObjectMeta": {"searchSourceJSON": _text(source)},
    }
    references = [{"type": "index-pattern", "id": view_id, "name": _INDEX_REFERENCE}]
    return _saved("search", _search_id(name, panel, deployment), attributes, references, SEARCH_VERSION)


def _saved(
    kind: str, object_id: str, attributes: Mapping[str, Any], references: list[dict[str, str]], version: str
) -> dict[str, Any]:
    return {
        "type": kind,
        "id": object_id,
        "attributes": attributes,
        "references": references,
        "coreMigrationVersion": CORE_VERSION,
        "typeMigrationVersion": version,
    }


def _text(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
