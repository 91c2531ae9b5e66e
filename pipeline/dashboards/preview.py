"""Answers of a dashboard's panels → one HTML page that looks much as Kibana would show it. Pure; nothing is fetched.

A panel stands where its grid says, on a page of fixed width; every drawing has its numbers in a table beside it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from pipeline.dashboards.board import AnyPanel, Board, ChartPanel, DocumentsPanel, MarkdownPanel
from pipeline.dashboards.charts import DataTable, HeatmapChart, MetricChart, PieChart, RegionMap, TagCloud, XyChart
from pipeline.dashboards.draw_shapes import draw_cloud, draw_heatmap, draw_map, draw_pie
from pipeline.dashboards.draw_xy import Frame, draw_xy
from pipeline.dashboards.fault import Fault
from pipeline.dashboards.live import Answer
from pipeline.dashboards.markdown import render_markdown
from pipeline.dashboards.operations import DATE, Terms
from pipeline.dashboards.panel_rows import Listing, Table
from pipeline.dashboards.times import Span
from pipeline.dashboards.uses import uses_of
from pipeline.dashboards.views import DataView, Link
from pipeline.dashboards.words import key_words, value_words
from pipeline.index.validation import parse_date

COLUMN_PX: Final = 29
ROW_PX: Final = 25
_HEAD_PX: Final = 40
"""Title and padding of a panel."""
_PADDING_PX: Final = 24
_LISTED: Final = 3
"""Values of one field in a row of a list: more would lie under the next column."""


@dataclass(frozen=True, slots=True)
class PanelView:
    """What the template shows of one panel."""

    panel: AnyPanel
    content: Markup
    note: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Look:
    """What a preview needs besides the answers."""

    views: Mapping[str, DataView]
    spans: Mapping[str, Span]
    pages_url: str


def render_board(
    name: str, board: Board, answers: Iterable[Answer | Fault], look: Look, others: Mapping[str, str]
) -> str:
    """Return the page of a dashboard; `others` are all dashboards' titles by id, for the links at the top."""
    found = {each.panel.id if isinstance(each, Answer) else each.panel: each for each in answers}
    panels = [_view(panel, found.get(panel.id), look) for panel in board.panels]
    used = {use.view for use in uses_of(board)} & set(look.spans)
    spans = [look.spans[view] for view in used]
    span = Span(min(each.start for each in spans), max(each.end for each in spans))
    return (
        _environment()
        .get_template("preview.html")
        .render(name=name, board=board, panels=panels, span=span, others=others, column_px=COLUMN_PX, row_px=ROW_PX)
    )


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("pipeline.dashboards"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _view(panel: AnyPanel, answer: Answer | Fault | None, look: Look) -> PanelView:
    if isinstance(panel, MarkdownPanel):
        content = panel.config.content.replace("{{pages_url}}", look.pages_url.rstrip("/"))
        return PanelView(panel, render_markdown(content), "", (), ())
    if not isinstance(answer, Answer):
        return PanelView(panel, Markup(""), str(answer.sentence if answer else "was not asked for"), (), ())
    if isinstance(panel, DocumentsPanel):
        return _list_view(panel, answer.listing, look)
    if not any(table.filled for table in answer.tables):
        return PanelView(panel, Markup(""), "No results in this time.", (), ())
    headings, rows = _numbers(answer.tables[0], look)
    if isinstance(panel.config, DataTable):
        linked = _linked(answer.tables[0], rows, look)
        return PanelView(panel, _table(headings, linked, numeric=len(answer.tables[0].layer.metrics)), "", (), ())
    return PanelView(panel, Markup("").join(_drawings(panel, answer, look)), "", headings, rows)


def _list_view(panel: DocumentsPanel, listing: Listing | None, look: Look) -> PanelView:
    view = look.views[panel.config.tabs[0].data_source.ref_id]
    if listing is None or not listing.rows:
        return PanelView(panel, Markup(""), "No documents in this time.", (), ())
    headings = [view.labels.get(name, name) for name in listing.columns]
    rows = [[_cell(name, row[name], view, look) for name in listing.columns] for row in listing.rows]
    return PanelView(panel, _table(headings, rows), "", (), ())


def _drawings(panel: ChartPanel, answer: Answer, look: Look) -> Iterator[Markup]:
    width, height = panel.grid.w * COLUMN_PX - _PADDING_PX, panel.grid.h * ROW_PX - _HEAD_PX
    chart = panel.config
    for at, table in enumerate(answer.tables):
        view = look.views[table.layer.view]
        frame = Frame(width, height, view, look.spans[view.id])
        match chart:
            case XyChart():
                yield draw_xy(chart, chart.layers[at], table, frame)
            case HeatmapChart():
                yield draw_heatmap(chart, table, frame)
            case PieChart():
                yield draw_pie(chart, table, frame)
            case TagCloud():
                yield draw_cloud(chart, table, frame)
            case RegionMap():
                yield draw_map(chart, table, frame)
            case MetricChart():
                yield _metric(chart, table, view)
            case _:
                return


def _metric(chart: MetricChart, table: Table, view: DataView) -> Markup:
    values = [
        value_words(value, metric, view) for value, metric in zip(table.rows[0].values, chart.metrics, strict=True)
    ]
    small = Markup('<span class="small">{} {}</span>').format(chart.metrics[1].label, values[1]) if values[1:] else ""
    return Markup('<p class="metric"><strong>{}</strong>{}</p>').format(values[0], small)


def _numbers(table: Table, look: Look) -> tuple[list[str], list[list[str]]]:
    """Return the table behind a panel: a column for each bucket and metric, rows that stand for something."""
    layer, view = table.layer, look.views[table.layer.view]
    headings = [bucket.label or str(getattr(bucket, "field", "")) for bucket in layer.buckets]
    headings += [metric.label for metric in layer.metrics]
    rows = [
        [key_words(key, bucket, view, look.spans[view.id]) for key, bucket in zip(row.keys, layer.buckets, strict=True)]
        + [value_words(value, metric, view) for value, metric in zip(row.values, layer.metrics, strict=True)]
        for row in table.filled
    ]
    return headings, rows


def _table(headings: Sequence[str], rows: Sequence[Sequence[Markup | str]], numeric: int = 0) -> Markup:
    template = _environment().get_template("preview_table.html")
    html = template.render(headings=headings, rows=rows, first_number=len(headings) - numeric)
    return Markup(html)  # noqa: S704 - the template has escaped everything


def _linked(table: Table, rows: Sequence[Sequence[str]], look: Look) -> list[list[Markup | str]]:
    """Return the rows with links where a field has a page."""
    view = look.views[table.layer.view]
    found: list[list[Markup | str]] = []
    for words, row in zip(rows, table.filled, strict=True):
        cells: list[Markup | str] = list(words)
        for at, (key, bucket) in enumerate(zip(row.keys, table.layer.buckets, strict=True)):
            if isinstance(bucket, Terms) and bucket.field in view.links:
                cells[at] = _anchor(view.links[bucket.field], str(key), look)
        found.append(cells)
    return found


def _cell(name: str, value: Any, view: DataView, look: Look) -> Markup | str:  # noqa: ANN401 - JSON
    if value is None:
        return "–"
    if isinstance(value, list):
        shown = Markup(", ").join(_cell(name, each, view, look) for each in value[:_LISTED])
        return shown + (f" and {len(value) - _LISTED} more" if len(value) > _LISTED else "")
    if name in view.links:
        return _anchor(view.links[name], str(value), look)
    kind = view.fields[name].kind
    if kind == DATE:
        return parse_date(value).strftime("%-d %b %Y, %H:%M")
    return view.names.get(name, {}).get(str(value), str(value))


def _anchor(link: Link, value: str, look: Look) -> Markup:
    address = look.pages_url.rstrip("/") + link.path.replace("{value}", quote(value, safe=""))
    return Markup('<a href="{}">{}</a>').format(address, link.label.replace("{value}", value))
