"""Heatmaps, rings, clouds and maps → SVG or HTML. Pure."""

import csv
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Final

from markupsafe import Markup

from pipeline.dashboards import svg
from pipeline.dashboards.charts import HeatmapChart, PieChart, RegionMap, TagCloud
from pipeline.dashboards.draw_xy import Frame
from pipeline.dashboards.operations import AnyBucket, DateHistogram, RankByValue, Terms
from pipeline.dashboards.panel_rows import EPOCH, Key, Table
from pipeline.dashboards.words import key_words, value_words

_HEAT: Final = "#b9543a"
_LAND: Final = "#4477aa"
_BOTTOM: Final = 24
_SLANTED: Final = 80


def draw_heatmap(chart: HeatmapChart, table: Table, frame: Frame) -> Markup:
    """Return a grid in which darker means more; a cell says its number when it has room."""
    rows = _ordered(chart.y, (row.keys[0] for row in table.filled))
    is_time = isinstance(chart.x, DateHistogram)
    columns = _ordered(chart.x, (row.keys[1] for row in table.rows if is_time or row.count))
    grid = _lay_out(chart, rows, columns, frame)
    values = {row.keys: row.values[0] or 0.0 for row in table.rows}
    most = max(values.values(), default=0) or 1
    parts = []
    for down, key in enumerate(rows):
        name = key_words(key, chart.y, frame.view, frame.span)
        parts.append(svg.text(grid.left - 6, (down + 0.65) * grid.tall, svg.cut(name, grid.left - 8), "end"))
        for across, column in enumerate(columns):
            value = values.get((key, column), 0.0)
            words = value_words(value, chart.metric, frame.view)
            title = f"{name} · {key_words(column, chart.x, frame.view, frame.span)}: {words}"
            strength = 0.12 + 0.88 * value / most if value else 0.03
            x, y = grid.left + across * grid.wide, down * grid.tall
            parts.append(svg.rect(x + 1, y + 1, grid.wide - 2, grid.tall - 2, _HEAT, title, strength))
            if value and grid.wide > 18 and grid.tall > 14:
                kind = "on-dark" if strength > 0.55 else "on-light"
                parts.append(svg.text(x + grid.wide / 2, y + grid.tall / 2 + 4, words, "middle", kind))
    labels = [key_words(key, chart.x, frame.view, frame.span, short=True) for key in columns]
    return svg.picture(frame.width, frame.height, [*parts, *_column_labels(labels, grid, len(rows) * grid.tall)])


@dataclass(frozen=True, slots=True)
class _Grid:
    """Where cells stand: after `left`, each `wide` by `tall`; column names are slanted when they are words."""

    left: float
    wide: float
    tall: float
    slanted: bool


def _lay_out(chart: HeatmapChart, rows: Sequence[Key], columns: Sequence[Key], frame: Frame) -> _Grid:
    longest = max((len(key_words(key, chart.y, frame.view, frame.span)) for key in rows), default=0)
    left = min(longest * svg.CHAR_WIDTH + 12, frame.width * 0.3)
    wide = (frame.width - left) / max(len(columns), 1)
    widest = max((len(key_words(key, chart.x, frame.view, frame.span, short=True)) for key in columns), default=0)
    is_slanted = not isinstance(chart.x, DateHistogram) and widest * svg.CHAR_WIDTH > wide
    tall = min((frame.height - (_SLANTED if is_slanted else _BOTTOM)) / max(len(rows), 1), 40)
    return _Grid(left, wide, tall, is_slanted)


def _column_labels(labels: Sequence[str], grid: _Grid, bottom: float) -> Iterator[Markup]:
    if grid.slanted:
        for across, label in enumerate(labels):
            yield svg.slanted(grid.left + (across + 0.6) * grid.wide, bottom + 13, svg.cut(label, 96))
        return
    widest = max((len(label) for label in labels), default=1) * svg.CHAR_WIDTH + 12
    every = max(1, math.ceil(widest / grid.wide))
    for across in range(0, len(labels), every):
        yield svg.text(grid.left + (across + 0.5) * grid.wide, bottom + 15, labels[across], "middle")


def _ordered(bucket: AnyBucket, keys: Iterable[Key]) -> list[Key]:
    """Return different keys, values in their own order where the bucket says so, else the most important first."""
    found = list(dict.fromkeys(keys))
    if isinstance(bucket, DateHistogram):
        return sorted(found, key=lambda key: key if isinstance(key, datetime) else EPOCH)
    if isinstance(bucket, Terms) and isinstance(bucket.rank_by, RankByValue):
        return sorted(found, key=lambda key: (isinstance(key, str), key))
    return found


def draw_pie(chart: PieChart, table: Table, frame: Frame) -> Markup:
    """Return a ring and what its colours stand for, with numbers and shares."""
    total = sum(row.values[0] or 0 for row in table.rows) or 1
    size = min(frame.height, frame.width * 0.5)
    outer, inner, centre = size / 2 - 4, size / 2 * 0.55, size / 2
    parts, entries, angle = [], [], -math.pi / 2
    for at, row in enumerate(table.filled):
        value = row.values[0] or 0
        name = key_words(row.keys[0], chart.group_by[0], frame.view, frame.span)
        words = f"{name} {value_words(value, chart.metrics[0], frame.view)} ({value / total:.0%})"
        colour = svg.COLOURS[at % len(svg.COLOURS)]
        turn = min(2 * math.pi * value / total, 2 * math.pi - 0.0001)
        parts.append(svg.shape(_ring(centre, outer, inner, angle, angle + turn), colour, words))
        entries.append((colour, words))
        angle += turn
    return Markup('<div class="drawing beside">{}{}</div>').format(svg.picture(size, size, parts), svg.legend(entries))


def _ring(centre: float, outer: float, inner: float, start: float, end: float) -> str:
    far = int(end - start > math.pi)

    def point(radius: float, angle: float) -> str:
        return f"{centre + radius * math.cos(angle):.2f} {centre + radius * math.sin(angle):.2f}"

    return (
        f"M{point(outer, start)} A{outer:.2f} {outer:.2f} 0 {far} 1 {point(outer, end)} "
        f"L{point(inner, end)} A{inner:.2f} {inner:.2f} 0 {far} 0 {point(inner, start)} Z"
    )


def draw_cloud(chart: TagCloud, table: Table, frame: Frame) -> Markup:
    """Return words, the larger the more frequent."""
    values = [row.values[0] or 0 for row in table.rows]
    least, most = min(values, default=0), max(values, default=1)
    words = []
    for row, value in zip(table.rows, values, strict=True):
        size = 13 + 15 * ((value - least) / (most - least) if most > least else 0.2)
        name = key_words(row.keys[0], chart.tag_by, frame.view, frame.span)
        number = value_words(value, chart.metric, frame.view)
        words.append(
            Markup('<span style="font-size:{}px" title="{}: {}">{}</span>').format(round(size), name, number, name)
        )
    return Markup('<div class="cloud">{}</div>').format(Markup(" ").join(words))


def draw_map(chart: RegionMap, table: Table, frame: Frame) -> Markup:
    """Return a circle for each country where Kibana colours its area: this program ships no borders."""
    centres = _country_centres()
    width, height = frame.width, frame.height
    most = max((row.values[0] or 0 for row in table.rows), default=0) or 1
    parts = [svg.line(0, height * part / 5, width, height * part / 5) for part in range(1, 5)]
    parts += [svg.line(width * part / 8, 0, width * part / 8, height) for part in range(1, 8)]
    placed: list[tuple[float, float]] = []
    names: list[Markup] = []
    for row in sorted(table.filled, key=lambda each: -(each.values[0] or 0)):
        where = centres.get(str(row.keys[0]))
        if where is None:
            continue
        # Latitudes from 75° north to 55° south: where countries are.
        x, y = (where[1] + 180) / 360 * width, (75 - where[0]) / 130 * height
        name = key_words(row.keys[0], chart.region, frame.view, frame.span)
        value = row.values[0] or 0
        radius = 4 + 18 * math.sqrt(value / most)
        title = f"{name}: {value_words(value, chart.metric, frame.view)}"
        parts.append(
            Markup('<circle cx="{}" cy="{}" r="{}" fill="{}" fill-opacity=".55"><title>{}</title></circle>').format(
                round(x, 1), round(y, 1), round(radius, 1), _LAND, title
            )
        )
        if all(abs(x - other_x) > 24 or abs(y - other_y) > 14 for other_x, other_y in placed):
            placed.append((x, y))
            names.append(svg.text(x, y + 4, str(row.keys[0]), "middle", "on-light"))
    return svg.picture(width, height, [*parts, *names])


@cache
def _country_centres() -> dict[str, tuple[float, float]]:
    """Return the middle of each country by its code, degrees; from the table that finds places in texts."""
    table = files("pipeline.enrich").joinpath("places.csv").read_text("utf-8")
    rows = csv.DictReader(table.splitlines())
    return {row["code"]: (float(row["lat"]), float(row["lon"])) for row in rows if row["kind"] == "country"}
