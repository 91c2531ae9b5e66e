"""Dashboards against a running Elasticsearch: each panel is asked for, as Kibana would → answers and faults.

The one thing needed of Elasticsearch is `PanelSource`; `pipeline.index.elastic_panels` is it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from pipeline.dashboards.board import AnyPanel, Board, DocumentsPanel
from pipeline.dashboards.fault import Fault
from pipeline.dashboards.panel_query import PanelQuery, build_queries
from pipeline.dashboards.panel_rows import Listing, Table, read_listing, read_table
from pipeline.dashboards.times import Span
from pipeline.dashboards.views import DataView
from schemas.errors import ConfigurationError, Rejected


class PanelSource(Protocol):
    """What panels are asked of. Indices are named without the prefix of the installation."""

    def search(self, index: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return Elasticsearch's answer.

        Raises:
            Rejected: it refused the request.
            ConfigurationError: the index does not exist, or credentials are wrong.
            Unavailable: no answer.
        """

    def extent(self, index: str, time_field: str) -> tuple[datetime, datetime] | None:
        """Return the first and the last time in the index, None when there is none. Errors as `search`."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a panel shows: a table for each layer, or a list of documents; neither for a text."""

    board: str
    panel: AnyPanel
    tables: tuple[Table, ...] = ()
    listing: Listing | None = None


def spans_of(source: PanelSource, views: Mapping[str, DataView], default: Span, *, whole: bool) -> dict[str, Span]:
    """Return the time range for each data view: the default, or with `whole` all that its index holds."""
    spans = dict.fromkeys(views, default)
    if whole:
        for view in views.values():
            held = source.extent(view.index, view.time_field)
            if held is not None and held[0] < held[1]:
                spans[view.id] = Span(*held)
    return spans


def ask_board(
    name: str, board: Board, source: PanelSource, views: Mapping[str, DataView], spans: Mapping[str, Span]
) -> Iterator[Answer | Fault]:
    """Ask for every panel; yield its answer, or a fault when Elasticsearch refused it or a shard failed."""
    for panel in board.panels:
        tables: list[Table] = []
        listing = None
        try:
            for query in build_queries(panel, views, spans, board.query):
                answer = source.search(query.view.index, query.body)
                _raise_failures(query, answer)
                if query.layer is not None:
                    tables.append(read_table(query, answer))
                elif isinstance(panel, DocumentsPanel):
                    listing = read_listing(panel.config.tabs[0].column_order, answer)
        except (Rejected, ConfigurationError) as error:
            yield Fault(name, panel.id, "", f"cannot be answered: {error}")
            continue
        yield Answer(name, panel, tuple(tables), listing)


def find_empty(answer: Answer) -> Iterator[Fault]:
    """Yield a fault for each layer without a row that stands for documents, and for a list without any."""
    if answer.listing is not None and not answer.listing.rows:
        yield Fault(answer.board, answer.panel.id, "", "lists no document")
    for table in answer.tables:
        if not table.filled:
            fields = ", ".join(field for bucket in table.layer.buckets if (field := getattr(bucket, "field", "")))
            yield Fault(answer.board, answer.panel.id, fields, "gives no row with a document in it")
        elif any(all(row.values[at] is None for row in table.rows) for at in range(len(table.layer.metrics))):
            empty = [
                getattr(metric, "field", "") or metric.label
                for at, metric in enumerate(table.layer.metrics)
                if all(row.values[at] is None for row in table.rows)
            ]
            yield Fault(answer.board, answer.panel.id, ", ".join(empty), "has no value in any row")


def _raise_failures(query: PanelQuery, answer: Mapping[str, Any]) -> None:
    shards = answer.get("_shards", {})
    if shards.get("failed") or answer.get("timed_out"):
        reasons = [each.get("reason", {}).get("reason", "") for each in shards.get("failures", ())]
        detail = reasons[0] if reasons else "it timed out"
        msg = f"{shards.get('failed', 0)} shards of {query.view.index} failed: {detail}"
        raise ConfigurationError(msg)
