"""Drawings along an axis of time: no label leaves the drawing, whatever the day."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.dashboards.charts import XyChart, layers_of
from pipeline.dashboards.draw_xy import Frame, draw_xy
from pipeline.dashboards.panel_rows import Row, Table
from pipeline.dashboards.shipped import load_boards
from pipeline.dashboards.svg import CHAR_WIDTH
from pipeline.dashboards.times import Span
from tests.dashboards.corpus import VIEWS

START = datetime(2026, 11, 1, tzinfo=UTC)
WIDTH = 600.0
LABEL = re.compile(r'<text x="([-\d.]+)" y="[-\d.]+" text-anchor="middle">([^<]+)</text>')


@pytest.mark.parametrize("days", range(1, 61))
def test_labels_stay_inside(days: int) -> None:
    """However many positions there are, the first and the last label are whole."""
    chart = next(panel.config for panel in load_boards()["source-health"].panels if panel.id == "arrivals")
    assert isinstance(chart, XyChart)
    (layer,) = layers_of(chart)
    rows = tuple(Row(("feed", START + timedelta(days=day)), 1, (1.0,)) for day in range(days))
    span = Span(START, START + timedelta(days=days))
    drawing = draw_xy(chart, chart.layers[0], Table(layer, days, rows), Frame(WIDTH, 200, VIEWS["news-arrivals"], span))
    labels = [(float(x), label) for x, label in LABEL.findall(drawing)]
    assert labels
    for x, label in labels:
        half = len(label) * CHAR_WIDTH / 2
        assert half - 0.1 <= x <= WIDTH - half + 0.1, label
