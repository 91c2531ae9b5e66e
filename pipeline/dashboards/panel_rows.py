"""What Elasticsearch answered to a panel's request → a table: one row for each innermost bucket. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pipeline.dashboards.charts import Layer
from pipeline.dashboards.operations import (
    AnyBucket,
    AnyMetric,
    Count,
    DateHistogram,
    Filters,
    Terms,
)
from pipeline.dashboards.panel_query import NOW, PanelQuery, shifts_of
from pipeline.dashboards.times import shift_of

Key = str | int | float | bool | datetime
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Row:
    """One innermost bucket: the key of each bucket from the outside in, how many documents, and its metrics.

    A metric is None when no document has a value. `count` is that of the shown time range.
    """

    keys: tuple[Key, ...]
    count: int
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The answer to one layer: `total` documents, and the rows in Elasticsearch's order."""

    layer: Layer
    total: int
    rows: tuple[Row, ...]

    @property
    def filled(self) -> tuple[Row, ...]:
        """The rows that stand for at least one document, of whatever time."""
        return tuple(row for row in self.rows if row.count or any(row.values))


@dataclass(frozen=True, slots=True)
class Listing:
    """The answer to a list of documents: columns by name, one row for each document."""

    total: int
    columns: tuple[str, ...]
    rows: tuple[Mapping[str, Any], ...]


def read_table(query: PanelQuery, answer: Mapping[str, Any]) -> Table:
    """Return the table of one layer's answer."""
    layer = query.layer
    if layer is None:
        msg = "a list of documents has no table; use read_listing"
        raise ValueError(msg)
    total = answer["hits"]["total"]["value"]
    shifts = shifts_of(layer)
    aggregations = answer.get("aggregations", {})
    if len(shifts) == 1:
        if not aggregations and total == 0 and _needs_aggregations(layer):
            return Table(layer, 0, ())
        here = {**aggregations, "doc_count": total}
        rows = [Row(keys, bucket["doc_count"], _values(layer, bucket)) for keys, bucket in _leaves(layer, here)]
        return Table(layer, total, tuple(rows))
    if not aggregations:  # there is no index yet
        return Table(layer, 0, ())
    return Table(layer, aggregations[f"shift_{NOW}"]["doc_count"], tuple(_merge(layer, shifts, aggregations)))


def _needs_aggregations(layer: Layer) -> bool:
    """Whether an answer without aggregations comes from an index that is not there yet."""
    return bool(layer.buckets) or any(not isinstance(each, Count) or each.filter for each in layer.metrics)


def read_listing(columns: Sequence[str], answer: Mapping[str, Any]) -> Listing:
    """Return the documents of an answer, their fields by name."""
    hits = answer["hits"]
    rows = tuple({name: _at(hit["_source"], name) for name in columns} for hit in hits["hits"])
    return Listing(hits["total"]["value"], tuple(columns), rows)


def _merge(layer: Layer, shifts: Sequence[str], aggregations: Mapping[str, Any]) -> Iterator[Row]:
    """Yield rows of the shown time and of the times before, side by side where their keys are the same."""
    by_shift: dict[str, dict[tuple[Key, ...], Mapping[str, Any]]] = {}
    for shift in shifts:
        later = timedelta(0) if shift == NOW else shift_of(shift)
        leaves = _leaves(layer, aggregations[f"shift_{shift}"])
        by_shift[shift] = {tuple(_moved(key, later) for key in keys): bucket for keys, bucket in leaves}
    every = dict.fromkeys(key for found in by_shift.values() for key in found)
    for keys in every:
        values = []
        for at, metric in enumerate(layer.metrics):
            bucket = by_shift[metric.time_shift or NOW].get(keys)
            values.append(None if bucket is None else _value(metric, at, bucket))
        yield Row(keys, by_shift[NOW].get(keys, {}).get("doc_count", 0), tuple(values))


def _moved(key: Key, later: timedelta) -> Key:
    return key + later if isinstance(key, datetime) else key


def _leaves(layer: Layer, bucket: Mapping[str, Any], depth: int = 0) -> Iterator[tuple[tuple[Key, ...], Any]]:
    if depth == len(layer.buckets):
        yield (), bucket
        return
    kind = layer.buckets[depth]
    for key, inner in _children(kind, bucket.get(f"b{depth}", {})):
        for keys, leaf in _leaves(layer, inner, depth + 1):
            yield (key, *keys), leaf


def _children(kind: AnyBucket, aggregation: Mapping[str, Any]) -> Iterator[tuple[Key, Mapping[str, Any]]]:
    buckets = aggregation.get("buckets", ())
    if isinstance(kind, Filters):
        # Elasticsearch gives them by name; people want them as they were written down.
        yield from ((each.label, buckets[each.label]) for each in kind.filters if each.label in buckets)
        return
    for bucket in buckets:
        key: Key = bucket["key"]
        if isinstance(kind, DateHistogram):
            key = EPOCH + timedelta(milliseconds=bucket["key"])
        elif isinstance(kind, Terms) and bucket.get("key_as_string") in {"true", "false"}:
            key = bucket["key_as_string"] == "true"
        yield key, bucket


def _values(layer: Layer, bucket: Mapping[str, Any]) -> tuple[float | None, ...]:
    return tuple(_value(metric, at, bucket) for at, metric in enumerate(layer.metrics))


def _value(metric: AnyMetric, number: int, bucket: Mapping[str, Any]) -> float | None:
    if isinstance(metric, Count):
        count: int = bucket["doc_count"] if metric.filter is None else bucket[f"m{number}"]["doc_count"]
        return count
    found = bucket[f"m{number}"] if metric.filter is None else bucket[f"m{number}"]["v"]
    has_many = metric.operation in {"percentile", "median"}
    value: float | None = next(iter(found["values"].values()), None) if has_many else found["value"]
    return value


def _at(source: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 - JSON
    value: Any = source
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value
