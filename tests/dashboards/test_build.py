"""What is built is the same each time, and both forms for Kibana ask for the same."""

import json
from typing import Any

import pytest

from pipeline.dashboards.apply import decoded
from pipeline.dashboards.board import Board, ChartPanel
from pipeline.dashboards.build import build_files
from pipeline.dashboards.charts import Layer, layers_of
from pipeline.dashboards.deployment import Deployment
from pipeline.dashboards.operations import AnyBucket, AnyMetric, Expression, Filters, Ranges, RankByMetric, Terms
from pipeline.dashboards.saved_objects import build_objects
from pipeline.dashboards.shipped import load_boards
from pipeline.dashboards.views import shipped_views
from tests.dashboards import kibana_api_rules, kibana_import_rules

PLAIN = Deployment(shipped_views(), "", "http://127.0.0.1:8720")
PREFIXED = Deployment(shipped_views(), "lab-", "https://news.example/")


@pytest.fixture(scope="module")
def boards() -> dict[str, Board]:
    """The shipped dashboards."""
    return load_boards()


def test_the_same_bytes_each_time() -> None:
    """Nothing in the files depends on when, where or how often they are built."""
    first, second = (build_files(load_boards(), Deployment(shipped_views(), "", "http://h")) for _ in range(2))
    assert first == second
    assert len(first) == 1 + len(shipped_views()) + 6


@pytest.mark.parametrize("deployment", [PLAIN, PREFIXED], ids=["plain", "prefixed"])
def test_both_kibanas_would_take_them(boards: dict[str, Board], deployment: Deployment) -> None:
    """The strict rules of both generations accept every body and every object."""
    files = build_files(boards, deployment)
    for name, content in files.items():
        if name.startswith("dashboards/"):
            kibana_api_rules.BOARD(json.loads(content), name)
        elif name.startswith("data-views/"):
            kibana_api_rules.VIEW(json.loads(content), name)
    objects = [json.loads(line) for line in files["newswire.ndjson"].splitlines()]
    assert len({(each["type"], each["id"]) for each in objects}) == len(objects) == len(shipped_views()) + 6 + 4
    kibana_import_rules.check_objects(objects, {})


def test_prefix_and_address_reach_every_place(boards: dict[str, Board]) -> None:
    """An installation with a prefix has ids, titles and indices of its own, and links to its own pages."""
    files = build_files(boards, PREFIXED)
    assert "dashboards/lab-newswire-newsroom.json" in files
    for name, content in files.items():
        text = content.decode()
        assert "{{pages_url}}" not in text, name
        assert "127.0.0.1" not in text, name
        assert "https://news.example//" not in text, name
        assert '"news-articles"' not in text, name
    view = json.loads(files["data-views/lab-news-articles.json"])["data_view"]
    assert (view["id"], view["title"]) == ("lab-news-articles", "lab-news-articles")
    link = view["fieldFormats"]["entities.person"]["params"]["urlTemplate"]
    assert link == "https://news.example/entity?kind=person&name={{value}}"


def test_both_forms_ask_for_the_same(boards: dict[str, Board]) -> None:
    """Read back from the saved objects, each panel has the layers that the source has."""
    saved = {each["id"]: decoded(each) for each in build_objects(boards, PLAIN) if each["type"] == "dashboard"}
    compared = 0
    for name, board in boards.items():
        panels = {each["panelIndex"]: each for each in saved[f"newswire-{name}"]["attributes"]["panelsJSON"]}
        assert list(panels) == [panel.id for panel in board.panels]
        for panel in board.charts():
            assert read_layers(panels[panel.id]) == [write_layer(layer) for layer in layers_of(panel.config)]
            compared += 1
    assert compared == sum(isinstance(panel, ChartPanel) for board in boards.values() for panel in board.panels)
    assert compared > 80


def read_layers(panel: dict[str, Any]) -> list[list[Any]]:
    """Return what a saved panel asks for: data view, query, and its columns as they are asked for."""
    attributes = panel["embeddableConfig"]["attributes"]
    views = {each["name"]: each["id"] for each in attributes["references"]}
    found = []
    for layer_id, layer in attributes["state"]["datasourceStates"]["formBased"]["layers"].items():
        columns = [_read_column(layer["columns"][each]) for each in layer["columnOrder"]]
        view = views[f"indexpattern-datasource-layer-{layer_id}"]
        found.append([view, attributes["state"]["query"]["query"], *columns])
    return found


def _read_column(column: dict[str, Any]) -> list[Any]:
    params = column.get("params", {})
    details: list[Any] = []
    match column["operationType"]:
        case "terms":
            order = params["orderBy"]
            details = [params["size"], order["type"], order.get("columnId"), params["orderDirection"]]
        case "range":
            details = [[each["from"], each["to"], each["label"]] for each in params["ranges"]]
        case "filters":
            details = [[each["input"]["query"], each["label"]] for each in params["filters"]]
        case "date_histogram":
            details = [params["interval"], params["includeEmptyRows"]]
        case "percentile":
            details = [params["percentile"]]
    source = column.get("sourceField")
    filtered, shift = column.get("filter", {}).get("query"), column.get("timeShift")
    return [column["operationType"], None if source == "___records___" else source, details, filtered, shift]


def write_layer(layer: Layer) -> list[Any]:
    """Return the same of a layer of the source."""
    columns = [_write_bucket(bucket) for bucket in layer.buckets] + [_write_metric(metric) for metric in layer.metrics]
    return [layer.view, _text(layer.query) or "", *columns]


def _write_bucket(bucket: AnyBucket) -> list[Any]:
    if isinstance(bucket, Terms):
        rank = bucket.rank_by
        column = f"m{rank.metric_index}" if isinstance(rank, RankByMetric) else None
        kind = {"metric": "column"}.get(rank.type, rank.type)
        return ["terms", bucket.field, [bucket.limit, kind, column, getattr(rank, "direction", "desc")], None, None]
    if isinstance(bucket, Ranges):
        return ["range", bucket.field, [[each.gt, each.lte, each.label] for each in bucket.ranges], None, None]
    if isinstance(bucket, Filters):
        return ["filters", None, [[each.filter.expression, each.label] for each in bucket.filters], None, None]
    details = [bucket.suggested_interval, bucket.include_empty_rows]
    return ["date_histogram", bucket.field, details, None, None]


def _write_metric(metric: AnyMetric) -> list[Any]:
    details = [metric.percentile] if metric.operation == "percentile" else []
    return [metric.operation, getattr(metric, "field", None), details, _text(metric.filter), metric.time_shift]


def _text(expression: Expression | None) -> str | None:
    return expression.expression if expression is not None else None
