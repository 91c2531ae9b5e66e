"""A dashboard in the form of Kibana's Dashboards API (`PUT /api/dashboards/{id}`), strictly. Pure.

The files in `boards/` are in this form, which Kibana 9.5 is sent; unknown keys are refused here as they are there.
"""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from pipeline.dashboards.charts import Chart, DataSource
from pipeline.dashboards.operations import Direction, Expression
from schemas.base import Record

COLUMNS = 48
"""Width of the grid."""
FOLD = 30
"""Rows of the grid that a large screen shows without scrolling; a row is about 25 pixels high."""


class Grid(Record):
    """Where a panel stands, in columns and rows."""

    x: Annotated[int, Field(ge=0, lt=COLUMNS)]
    y: Annotated[int, Field(ge=0)]
    w: Annotated[int, Field(ge=1, le=COLUMNS)]
    h: Annotated[int, Field(ge=1, le=40)]


class ChartPanel(Record):
    """A panel that draws."""

    type: Literal["vis"]
    id: str
    grid: Grid
    config: Chart


class Markdown(Record):
    """A text."""

    content: Annotated[str, Field(min_length=1)]
    title: str = ""
    description: str = ""
    hide_title: bool = False


class MarkdownPanel(Record):
    """A panel that explains."""

    type: Literal["markdown"]
    id: str
    grid: Grid
    config: Markdown


class SortBy(Record):
    """By which field documents are ordered."""

    name: str
    direction: Direction


class DocumentsTab(Record):
    """Which documents, with which columns, in which order."""

    data_source: DataSource
    query: Expression | None = None
    column_order: Annotated[tuple[str, ...], Field(min_length=1)]
    sort: Annotated[tuple[SortBy, ...], Field(min_length=1, max_length=1)]


class Documents(Record):
    """A list of documents."""

    title: str
    description: str = ""
    tabs: Annotated[tuple[DocumentsTab, ...], Field(min_length=1, max_length=1)]


class DocumentsPanel(Record):
    """A panel that lists documents themselves."""

    type: Literal["discover_session"]
    id: str
    grid: Grid
    config: Documents


class ControlConfig(Record):
    """A list of a field's values to choose from."""

    title: Annotated[str, Field(min_length=1)]
    data_view_id: str
    field_name: str


class Control(Record):
    """A filter at the top of the dashboard."""

    type: Literal["options_list_control"]
    id: str
    width: Literal["small", "medium", "large"] = "medium"
    grow: bool = True
    config: ControlConfig


class TimeRange(Record):
    """Kibana's date mathematics: `now-7d`, `now`."""

    from_: Annotated[str, Field(alias="from")]
    to: str


class Options(Record):
    """How panels are set."""

    use_margins: bool = True
    sync_colors: bool = True
    sync_tooltips: bool = False
    sync_cursor: bool = True
    hide_panel_titles: bool = False


class RefreshInterval(Record):
    """Whether and how often the dashboard asks again, milliseconds."""

    pause: bool
    value: int


Panel = Annotated[ChartPanel | MarkdownPanel | DocumentsPanel, Field(discriminator="type")]
AnyPanel = ChartPanel | MarkdownPanel | DocumentsPanel


class Board(Record):
    """A dashboard. Its id is the name of its file."""

    title: Annotated[str, Field(min_length=1)]
    description: str
    time_range: TimeRange
    refresh_interval: RefreshInterval
    query: Expression | None = None
    """What all its panels leave out; people see it in the search bar. A field that a data view lacks says nothing."""
    options: Options = Options()
    pinned_panels: tuple[Control, ...] = ()
    panels: Annotated[tuple[Panel, ...], Field(min_length=1)]

    def charts(self) -> Iterator[ChartPanel]:
        """Yield the panels that draw."""
        yield from (panel for panel in self.panels if isinstance(panel, ChartPanel))
