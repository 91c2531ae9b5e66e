"""Panels become the requests that Kibana would send, and answers become rows."""

from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.dashboards.board import ChartPanel, Grid
from pipeline.dashboards.charts import DataTable, Layer, XyChart, layers_of
from pipeline.dashboards.panel_query import PanelQuery, build_queries
from pipeline.dashboards.panel_rows import read_table
from pipeline.dashboards.times import Span
from pipeline.dashboards.views import shipped_views

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SPAN = Span(NOON - timedelta(days=7), NOON)
VIEWS = shipped_views()
SOURCE = {"type": "data_view_reference", "ref_id": "news-articles"}
COUNT = {"operation": "count", "label": "Articles"}
BY_SOURCE = {"operation": "terms", "fields": ["source.name"], "limit": 3}


def query_of(chart: DataTable | XyChart) -> PanelQuery:
    """Return the only request of a chart."""
    panel = ChartPanel(type="vis", id="p", grid=Grid(x=0, y=0, w=48, h=10), config=chart)
    (query,) = build_queries(panel, VIEWS, dict.fromkeys(VIEWS, SPAN))
    return query


def table(rows: list[dict[str, Any]], metrics: list[dict[str, Any]]) -> DataTable:
    """Return a table over articles."""
    content = {"type": "data_table", "title": "t", "data_source": SOURCE, "rows": rows, "metrics": metrics}
    return DataTable.model_validate(content)


def test_terms_are_ranked_by_the_metric_that_they_name() -> None:
    """A count ranks by the number of documents, a median by its percentile, a filtered count by its filter."""
    median = {"operation": "median", "field": "lag_seconds", "label": "Lag"}
    copies = {**COUNT, "filter": {"expression": "is_copy : true"}}
    orders = []
    for number in range(3):
        rank = {"rank_by": {"type": "metric", "metric_index": number, "direction": "asc"}}
        body = query_of(table([{**BY_SOURCE, **rank}], [COUNT, median, copies])).body
        orders.append(body["aggs"]["b0"]["terms"]["order"])
        assert set(body["aggs"]["b0"]["aggs"]) == {"m1", "m2"}
    assert orders == [{"_count": "asc"}, {"m1.50": "asc"}, {"m2": "asc"}]


def test_colours_are_chosen_over_the_whole_time() -> None:
    """Over time the outer bucket is the colour, so that the same few values are drawn all along."""
    chart = XyChart.model_validate(
        {
            "type": "xy",
            "title": "t",
            "layers": [
                {
                    "type": "bar_stacked",
                    "data_source": SOURCE,
                    "x": {"operation": "date_histogram", "field": "published_at"},
                    "y": [COUNT],
                    "breakdown_by": BY_SOURCE,
                }
            ],
        }
    )
    outer = query_of(chart).body["aggs"]["b0"]
    assert outer["terms"]["field"] == "source.name"
    inner = outer["aggs"]["b1"]["date_histogram"]
    assert (inner["fixed_interval"], inner["min_doc_count"]) == ("3h", 0)
    assert inner["extended_bounds"] == {"min": "2026-11-13T12:00:00.000Z", "max": "2026-11-20T12:00:00.000Z"}


def test_another_time_stands_beside_the_shown_one() -> None:
    """A shifted metric is asked for in its own range, and its row is that of the same key."""
    query = query_of(table([BY_SOURCE], [COUNT, {**COUNT, "label": "a week before", "time_shift": "1w"}]))
    ranges = [query.body["aggs"][f"shift_{name}"]["filter"]["range"]["published_at"]["gte"] for name in ("now", "1w")]
    assert ranges == ["2026-11-13T12:00:00.000Z", "2026-11-06T12:00:00.000Z"]
    answer = {
        "hits": {"total": {"value": 9}},
        "aggregations": {
            "shift_now": {"doc_count": 5, "b0": {"buckets": [{"key": "A", "doc_count": 5}]}},
            "shift_1w": {
                "doc_count": 4,
                "b0": {"buckets": [{"key": "B", "doc_count": 3}, {"key": "A", "doc_count": 1}]},
            },
        },
    }
    found = read_table(query, answer)
    assert found.total == 5
    assert [(row.keys, row.values) for row in found.rows] == [(("A",), (5, 1)), (("B",), (None, 3))]


def test_an_index_that_is_not_there_is_an_empty_table() -> None:
    """Before the first article there is no index, and Elasticsearch answers without aggregations."""
    answer = {"hits": {"total": {"value": 0}}}
    assert read_table(query_of(table([BY_SOURCE], [COUNT])), answer).rows == ()
    shifted = table([BY_SOURCE], [COUNT, {**COUNT, "time_shift": "1w"}])
    assert read_table(query_of(shifted), answer).rows == ()


def test_every_chart_has_layers_of_one_data_view_each() -> None:
    """A table groups by its rows from the outside in."""
    (layer,) = layers_of(table([BY_SOURCE, {**BY_SOURCE, "fields": ["language"]}], [COUNT]))
    assert isinstance(layer, Layer)
    assert [getattr(bucket, "field", None) for bucket in layer.buckets] == ["source.name", "language"]
