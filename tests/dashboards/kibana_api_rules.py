"""What Kibana 9.5 takes as a dashboard or a data view, written down from its own sources and refused as strictly.

Kept apart from the models of `pipeline.dashboards` on purpose: two readings of the same form have to agree. Each rule
names the keys that are required and those that may be there; any other key is refused, as `schema.object` does.
"""

from collections.abc import Callable, Mapping
from typing import Any

Check = Callable[[Any, str], None]


class Refused(ValueError):
    """Kibana would answer 400 with this sentence."""


def check_version(headers: Mapping[str, str]) -> None:
    """Refuse a request that does not say which version of the API it means."""
    if headers.get("elastic-api-version") != "2023-10-31":
        msg = "Please specify a version via the elastic-api-version header."
        raise Refused(msg)


def _object(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    known = {**required, **(optional or {})}

    def check(value: Any, path: str) -> None:  # noqa: ANN401 - JSON
        if not isinstance(value, dict):
            msg = f"[{path}]: expected a plain object value"
            raise Refused(msg)
        for key in value:
            if key not in known:
                msg = f"[{path}.{key}]: definition for this key is missing"
                raise Refused(msg)
        for key in required:
            if key not in value:
                msg = f"[{path}.{key}]: expected value to be defined"
                raise Refused(msg)
        for key, each in value.items():
            known[key](each, f"{path}.{key}")

    return check


def _list(item: Check, most: int = 100, least: int = 0) -> Check:
    def check(value: Any, path: str) -> None:  # noqa: ANN401 - JSON
        if not isinstance(value, list) or not least <= len(value) <= most:
            msg = f"[{path}]: expected an array of {least} to {most} values"
            raise Refused(msg)
        for at, each in enumerate(value):
            item(each, f"{path}.{at}")

    return check


def _one_of(*allowed: object) -> Check:
    def check(value: Any, path: str) -> None:  # noqa: ANN401 - JSON
        if value not in allowed or isinstance(value, bool) != any(isinstance(each, bool) for each in allowed):
            msg = f"[{path}]: expected one of {allowed}, got {value!r}"
            raise Refused(msg)

    return check


def _is(kind: type | tuple[type, ...]) -> Check:
    def check(value: Any, path: str) -> None:  # noqa: ANN401 - JSON
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            msg = f"[{path}]: expected {kind}, got {value!r}"
            raise Refused(msg)

    return check


def _by(key: str, rules: Mapping[str, Check]) -> Check:
    def check(value: Any, path: str) -> None:  # noqa: ANN401 - JSON
        name = value.get(key) if isinstance(value, dict) else None
        if not isinstance(name, str) or name not in rules:
            msg = f"[{path}.{key}]: {name!r} is none of {sorted(rules)}"
            raise Refused(msg)
        rules[name](value, path)

    return check


_TEXT, _NUMBER, _FLAG = _is(str), _is((int, float)), _is(bool)
_QUERY = _object({"expression": _TEXT, "language": _one_of("kql", "lucene")})
_SOURCE = _by(
    "type",
    {
        "data_view_reference": _object({"type": _TEXT, "ref_id": _TEXT}),
        "data_view_spec": _object({"type": _TEXT, "index_pattern": _TEXT}, {"time_field": _TEXT}),
    },
)
_FORMAT = _by(
    "type",
    {
        **dict.fromkeys(("number", "percent"), _object({"type": _TEXT}, {"decimals": _NUMBER, "suffix": _TEXT})),
        "bytes": _object({"type": _TEXT}, {"decimals": _NUMBER, "suffix": _TEXT}),
        "duration": _object({"type": _TEXT, "from": _TEXT, "to": _TEXT}, {"suffix": _TEXT}),
    },
)
_METRIC_OPTIONS = {"label": _TEXT, "filter": _QUERY, "time_shift": _TEXT, "format": _FORMAT}
_COUNTS = {"empty_as_null": _FLAG}


def _metrics(extra: Mapping[str, Check] | None = None) -> Check:
    options = {**_METRIC_OPTIONS, **(extra or {})}
    required = {"operation": _TEXT, **({"type": extra["type"]} if extra and "type" in extra else {})}
    fields = {**required, "field": _TEXT}
    rules = {name: _object(fields, options) for name in ("average", "median", "min", "max", "standard_deviation")}
    rules |= {name: _object(fields, {**options, **_COUNTS}) for name in ("sum", "unique_count")}
    rules["count"] = _object(required, {**options, **_COUNTS, "field": _TEXT})
    rules["percentile"] = _object(fields, {**options, "percentile": _NUMBER})
    return _by("operation", rules)


_DIRECTION = _one_of("asc", "desc")
_RANK = _by(
    "type",
    {
        "metric": _object({"type": _TEXT, "metric_index": _NUMBER, "direction": _DIRECTION}),
        "alphabetical": _object({"type": _TEXT, "direction": _DIRECTION}),
        "significant": _object({"type": _TEXT}),
        "rare": _object({"type": _TEXT, "max": _NUMBER}),
    },
)
_TERMS: dict[str, Check] = {"operation": _TEXT, "fields": _list(_TEXT, 4, 1)}
_TERMS_OPTIONS: dict[str, Check] = {"limit": _NUMBER, "rank_by": _RANK, "label": _TEXT, "format": _FORMAT}
_RANGE = _object({}, {"gt": _NUMBER, "lte": _NUMBER, "label": _TEXT})
_BUCKET_RULES: dict[str, Check] = {
    "terms": _object(_TERMS, _TERMS_OPTIONS),
    "date_histogram": _object(
        {"operation": _TEXT, "field": _TEXT},
        {
            "suggested_interval": _TEXT,
            "use_original_time_range": _FLAG,
            "include_empty_rows": _FLAG,
            "drop_partial_intervals": _FLAG,
            "label": _TEXT,
        },
    ),
    "range": _object({"operation": _TEXT, "field": _TEXT, "ranges": _list(_RANGE, 100, 1)}, {"label": _TEXT}),
    "filters": _object(
        {"operation": _TEXT, "filters": _list(_object({"filter": _QUERY}, {"label": _TEXT}), 100, 1)}, {"label": _TEXT}
    ),
}
_BUCKET = _by("operation", _BUCKET_RULES)
_PANEL_TEXTS: dict[str, Check] = {"title": _TEXT, "description": _TEXT, "hide_title": _FLAG, "query": _QUERY}
_LEGEND = _object(
    {}, {"visibility": _one_of("visible", "hidden", "auto"), "position": _one_of("top", "bottom", "left", "right")}
)
_XY_TYPES = [
    *("bar", "bar_stacked", "bar_percentage", "bar_horizontal", "bar_horizontal_stacked", "bar_horizontal_percentage"),
    *("line", "area", "area_stacked", "area_percentage"),
]
_XY_LAYER = _object(
    {"type": _one_of(*_XY_TYPES), "data_source": _SOURCE, "y": _list(_metrics(), 100, 1)},
    {"x": _BUCKET, "breakdown_by": _BUCKET},
)


def _chart(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    return _object({"type": _TEXT, **required}, {**_PANEL_TEXTS, **(optional or {})})


_REGION = _by(
    "operation",
    {"terms": _object(_TERMS, {**_TERMS_OPTIONS, "ems": _object({"boundaries": _TEXT, "join": _TEXT})})},
)
_CHART = _by(
    "type",
    {
        "metric": _chart(
            {"data_source": _SOURCE, "metrics": _list(_metrics({"type": _one_of("primary", "secondary")}), 2, 1)}
        ),
        "xy": _chart({"layers": _list(_XY_LAYER, 100, 1)}, {"legend": _LEGEND}),
        "heatmap": _chart({"data_source": _SOURCE, "x": _BUCKET, "metric": _metrics()}, {"y": _BUCKET}),
        "pie": _chart(
            {"data_source": _SOURCE, "metrics": _list(_metrics(), 100, 1)},
            {"group_by": _list(_BUCKET, 100, 1), "legend": _LEGEND, "donut_hole": _one_of("none", "s", "m", "l")},
        ),
        "data_table": _chart({"data_source": _SOURCE, "metrics": _list(_metrics(), 1000, 1)}, {"rows": _list(_BUCKET)}),
        "tag_cloud": _chart({"data_source": _SOURCE, "tag_by": _BUCKET, "metric": _metrics()}),
        "region_map": _chart({"data_source": _SOURCE, "region": _REGION, "metric": _metrics()}),
    },
)
_TAB = _object(
    {"data_source": _SOURCE},
    {
        "query": _QUERY,
        "column_order": _list(_TEXT),
        "sort": _list(_object({"name": _TEXT, "direction": _DIRECTION})),
    },
)
_GRID = _object({"x": _NUMBER, "y": _NUMBER}, {"w": _NUMBER, "h": _NUMBER})


def _panel(config: Check) -> Check:
    return _object({"type": _TEXT, "grid": _GRID, "config": config}, {"id": _TEXT})


_PANEL = _by(
    "type",
    {
        "vis": _panel(_CHART),
        "markdown": _panel(_object({"content": _TEXT}, {"title": _TEXT, "description": _TEXT, "hide_title": _FLAG})),
        "discover_session": _panel(
            _object({"tabs": _list(_TAB, 1, 1)}, {"title": _TEXT, "description": _TEXT, "hide_title": _FLAG})
        ),
    },
)
_CONTROL = _object(
    {
        "type": _one_of("options_list_control"),
        "config": _object({"data_view_id": _TEXT, "field_name": _TEXT}, {"title": _TEXT}),
    },
    {"id": _TEXT, "width": _one_of("small", "medium", "large"), "grow": _FLAG},
)
_OPTIONS = dict.fromkeys(
    ("use_margins", "sync_colors", "sync_tooltips", "sync_cursor", "hide_panel_titles", "hide_panel_borders"), _FLAG
)
BOARD = _object(
    {"title": _TEXT},
    {
        "description": _TEXT,
        "panels": _list(_PANEL),
        "pinned_panels": _list(_CONTROL),
        "query": _QUERY,
        "time_range": _object({"from": _TEXT, "to": _TEXT}),
        "refresh_interval": _object({"pause": _FLAG, "value": _NUMBER}),
        "tags": _list(_TEXT),
        "options": _object({}, _OPTIONS),
    },
)
"""The body of `PUT /api/dashboards/{id}`."""


def _formats(value: Any, path: str) -> None:  # noqa: ANN401 - JSON
    for name, form in value.items():
        _object({"id": _one_of("url", "static_lookup"), "params": _is(dict)})(form, f"{path}.{name}")


VIEW = _object(
    {
        "override": _FLAG,
        "data_view": _object(
            {"title": _TEXT},
            {"id": _TEXT, "name": _TEXT, "timeFieldName": _TEXT, "fieldFormats": _formats, "fieldAttrs": _is(dict)},
        ),
    }
)
"""The body of `POST /api/data_views/data_view`."""
