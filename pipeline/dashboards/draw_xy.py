"""Bars, lines and areas along an axis → SVG. Pure.

A table's rows become series (one for each colour) over positions along the axis. Where nothing was measured, a count is
nothing and anything else unknown: lines have a gap there, as in Kibana.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final

from markupsafe import Markup

from pipeline.dashboards import svg
from pipeline.dashboards.charts import XyChart, XyLayer
from pipeline.dashboards.operations import AnyMetric, DateHistogram
from pipeline.dashboards.panel_rows import Key, Table
from pipeline.dashboards.times import Span
from pipeline.dashboards.views import DataView
from pipeline.dashboards.words import axis_unit, axis_words, key_words, value_words

_BOTTOM: Final = 20
_SUMS: Final = frozenset({"count", "sum", "unique_count"})
"""What is nothing where there is no document."""
_ROW: Final = 22
"""Height of a horizontal bar with its room, at the most."""


@dataclass(frozen=True, slots=True)
class _Series:
    """One colour: its name and a value for each position."""

    name: str
    metric: AnyMetric
    values: tuple[float, ...]
    known: tuple[bool, ...] = ()
    """Where there is a value, for lines; everywhere when empty."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Room for a drawing, and what its words need."""

    width: float
    height: float
    view: DataView
    span: Span


def draw_xy(chart: XyChart, layer: XyLayer, table: Table, frame: Frame) -> Markup:
    """Return the drawing of a layer, with its legend when it has several colours."""
    positions, series = _arrange(layer, table, frame)
    shares = layer.type.endswith("percentage")
    if shares:
        totals = [sum(each.values[at] for each in series) or 1 for at in range(len(positions))]
        series = [
            _Series(
                each.name, each.metric, tuple(value / total for value, total in zip(each.values, totals, strict=True))
            )
            for each in series
        ]
    shown = chart.legend is not None and chart.legend.visibility == "visible" and len(series) > 0
    beside = shown and chart.legend is not None and chart.legend.position == "right"
    width = frame.width - (190 if beside else 0)
    height = frame.height - (26 if shown and not beside else 0)
    room = Frame(width, height, frame.view, frame.span)
    if layer.type.startswith("bar_horizontal"):
        drawing = _horizontal(positions, series, room, shares=shares)
    else:
        drawing = _vertical(layer, positions, series, room)
    colours = [(svg.COLOURS[at % len(svg.COLOURS)], each.name) for at, each in enumerate(series)]
    return Markup('<div class="{}">{}{}</div>').format(
        "drawing beside" if beside else "drawing", drawing, svg.legend(colours) if shown else ""
    )


def _arrange(layer: XyLayer, table: Table, frame: Frame) -> tuple[list[str], list[_Series]]:
    """Return the labels along the axis and the series over them."""
    x_at, colour_at = (1, 0) if layer.breakdown_by and isinstance(layer.x, DateHistogram) else (0, 1)
    keys: list[Key] = list(dict.fromkeys(row.keys[x_at] for row in table.rows))
    if isinstance(layer.x, DateHistogram):
        keys.sort(key=lambda key: key if isinstance(key, datetime) else frame.span.start)
    labels = [key_words(key, layer.x, frame.view, frame.span, short=True) for key in keys]
    place = {key: at for at, key in enumerate(keys)}
    colours: list[Key | None] = [None]
    if layer.breakdown_by is not None:
        colours = list(dict.fromkeys(row.keys[colour_at] for row in table.rows))
    series = []
    for colour in colours:
        for number, metric in enumerate(layer.y):
            found: list[float | None] = [None] * len(keys)
            for row in table.rows:
                if colour is None or row.keys[colour_at] == colour:
                    found[place[row.keys[x_at]]] = row.values[number]
            known = tuple(value is not None for value in found) if metric.operation not in _SUMS else ()
            name = metric.label
            if colour is not None and layer.breakdown_by is not None:
                name = key_words(colour, layer.breakdown_by, frame.view, frame.span)
            series.append(_Series(name, metric, tuple(value or 0.0 for value in found), known))
    return labels, series


def _vertical(layer: XyLayer, labels: Sequence[str], series: Sequence[_Series], room: Frame) -> Markup:
    stacked = "stacked" in layer.type
    sums = [sum(each.values[at] for each in series) for at in range(len(labels))]
    most = max(sums if stacked else [value for each in series for value in each.values], default=0)
    unit = axis_unit(most, series[0].metric) if series else 1.0
    top = svg.nice_ceiling(most / unit) * unit
    marks = (
        [(part * top, axis_words(part * top, series[0].metric, room.view)) for part in (0.0, 0.5, 1.0)]
        if series
        else []
    )
    left = max((len(words) for _, words in marks), default=0) * svg.CHAR_WIDTH + 14
    scale = _Scale(
        left,
        (room.width - left - 6) / max(len(labels), 1),
        room.height - _BOTTOM - 6,
        top,
        1 if stacked or not layer.type.startswith("bar") else len(series),
    )
    parts = []
    for value, words in marks:
        parts.append(svg.line(left, scale.y(value), room.width, scale.y(value)))
        parts.append(svg.text(left - 6, scale.y(value) + 4, words, "end"))
    floor = [0.0] * len(labels)
    for number, each in enumerate(series):
        colour = svg.COLOURS[number % len(svg.COLOURS)]
        if layer.type.startswith("bar"):
            parts += _columns(labels, each, number, colour, scale, floor, room)
        else:
            parts.append(_curve(each, colour, scale, floor if stacked else None))
        if stacked:
            floor = [below + value for below, value in zip(floor, each.values, strict=True)]
    for at in _ticks(len(labels), scale.step):
        x = _inside(scale.x(at), labels[at], room.width)
        parts.append(svg.text(x, room.height - 4, labels[at], "middle"))
    return svg.picture(room.width, room.height, parts)


@dataclass(frozen=True, slots=True)
class _Scale:
    """Positions along the axis, each `step` wide after `left`, and values up to `top` over `tall` pixels."""

    left: float
    step: float
    tall: float
    top: float
    beside: int
    """Bars that stand beside one another at one position."""

    def x(self, at: int) -> float:
        """Return the middle of a position."""
        return self.left + (at + 0.5) * self.step

    def y(self, value: float) -> float:
        """Return the height at which a value is."""
        return 6 + self.tall * (1 - value / self.top)


def _columns(
    labels: Sequence[str], each: _Series, number: int, colour: str, scale: _Scale, floor: Sequence[float], room: Frame
) -> list[Markup]:
    width = min(scale.step * 0.82, 56.0) / scale.beside
    start = width * (number - scale.beside / 2) if scale.beside > 1 else -width / 2
    parts = []
    for at, value in enumerate(each.values):
        if value:
            title = f"{labels[at]} · {each.name}: {value_words(value, each.metric, room.view)}"
            y, bottom = scale.y(floor[at] + value), scale.y(floor[at])
            parts.append(svg.rect(scale.x(at) + start, y, width, max(bottom - y, 1.5), colour, title))
    return parts


def _curve(each: _Series, colour: str, scale: _Scale, floor: Sequence[float] | None) -> Markup:
    base = floor if floor is not None else [0.0] * len(each.values)
    upper = [f"{scale.x(at):.1f},{scale.y(base[at] + value):.1f}" for at, value in enumerate(each.values)]
    if floor is None:
        runs = groupby(range(len(upper)), lambda at: not each.known or each.known[at])
        lines = [[upper[at] for at in run] for is_known, run in runs if is_known]
        # A point alone is a short dash.
        paths = ("M" + " L".join(points) + (" m-3,0 h6" if len(points) == 1 else "") for points in lines)
        return svg.shape(" ".join(paths), colour, each.name, filled=False)
    lower = [f"{scale.x(at):.1f},{scale.y(below):.1f}" for at, below in enumerate(base)]
    return svg.shape("M" + " L".join(upper + lower[::-1]) + " Z", colour, each.name)


def _inside(x: float, label: str, width: float) -> float:
    """Return the middle of a label as near to x as the edges of the drawing allow."""
    half = len(label) * svg.CHAR_WIDTH / 2
    return max(half, min(x, width - half))


def _ticks(number: int, step: float) -> range:
    every = max(1, round(72 / step)) if step else 1
    return range(0, number, every)


def _horizontal(labels: Sequence[str], series: Sequence[_Series], room: Frame, *, shares: bool) -> Markup:
    longest = max((len(label) for label in labels), default=0) * svg.CHAR_WIDTH + 10
    left = min(longest, room.width * 0.45)
    row = min(_ROW, room.height / max(len(labels), 1))
    wide = room.width - left - (10 if shares else 44)
    top = max((sum(each.values[at] for each in series) for at in range(len(labels))), default=0) or 1
    parts = []
    for at, label in enumerate(labels):
        y, x = at * row, left
        parts.append(svg.text(left - 6, y + row * 0.68, svg.cut(label, left - 10), "end"))
        for number, each in enumerate(series):
            value = each.values[at]
            words = f"{value:.0%}" if shares else value_words(value, each.metric, room.view)
            colour = svg.COLOURS[number % len(svg.COLOURS)]
            parts.append(
                svg.rect(x, y + row * 0.14, wide * value / top, row * 0.72, colour, f"{label} · {each.name}: {words}")
            )
            x += wide * value / top
        if not shares and series:
            total = sum(each.values[at] for each in series)
            parts.append(
                svg.text(x + 5, y + row * 0.68, value_words(total, series[0].metric, room.view), "start", "number")
            )
    return svg.picture(room.width, room.height, parts)
