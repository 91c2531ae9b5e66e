"""Keys and numbers of a table → what a person reads, as Kibana would show them. Pure."""

from datetime import UTC, datetime, timedelta
from typing import Final

from pipeline.dashboards.operations import DATE, AnyBucket, AnyMetric, Count, DateHistogram, DurationFormat, Terms
from pipeline.dashboards.panel_rows import Key
from pipeline.dashboards.times import Span, choose_interval
from pipeline.dashboards.views import DataView

_SPANS: Final = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))
_DATES: Final = {"1d": "%-d %b %Y", "1w": "week of %-d %b %Y", "1M": "%B %Y", "1y": "%Y"}
_SHORT: Final = {"1d": "%-d %b", "1w": "%-d %b", "1M": "%b %Y", "1y": "%Y"}


def key_words(key: Key, bucket: AnyBucket, view: DataView, span: Span, *, short: bool = False) -> str:
    """Return a bucket's key: a time no more exact than its stretch, a coded value by its name."""
    if isinstance(key, datetime) and isinstance(bucket, DateHistogram):
        interval = choose_interval(span, bucket.suggested_interval)
        if short and interval not in _SHORT:
            same_day = span.end - span.start <= timedelta(days=2)
            return key.strftime("%H:%M" if same_day else "%-d %b %H:%M")
        return key.strftime((_SHORT if short else _DATES).get(interval, "%-d %b %Y, %H:%M"))
    if isinstance(bucket, Terms):
        return view.names.get(bucket.field, {}).get(str(key), str(key))
    return str(key)


def value_words(value: float | None, metric: AnyMetric, view: DataView) -> str:
    """Return a metric's value with its unit.

    >>> from pipeline.dashboards.operations import Count
    >>> from pipeline.dashboards.views import shipped_views
    >>> value_words(12345.0, Count(operation="count", label="Articles"), shipped_views()["news-articles"])
    '12,345'
    """
    if value is None:
        return "–"
    if isinstance(metric.format, DurationFormat):
        return duration_words(value / 1000 if metric.format.from_ == "milliseconds" else value)
    if not isinstance(metric, Count) and metric.operation in {"min", "max"}:
        known = view.fields.get(metric.field)
        if known is not None and known.kind == DATE:
            moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=value)
            return moment.strftime("%-d %b %Y, %H:%M")
    if metric.format is not None and metric.format.type == "bytes":
        return _bytes_words(value, metric.format.decimals)
    if metric.format is not None and metric.format.type == "percent":
        return f"{value:.{metric.format.decimals}%}"
    decimals = metric.format.decimals if metric.format else 0 if float(value).is_integer() else 1
    return f"{value:,.{decimals}f}"


def axis_words(value: float, metric: AnyMetric, view: DataView) -> str:
    """Return a value as it stands at an axis, where there is little room."""
    words = value_words(value, metric, view)
    for long, short in (("second", "s"), ("minute", "min"), ("hour", "h"), ("day", "d")):
        words = words.replace(f" {long}s", f" {short}").replace(f" {long}", f" {short}")
    return words.replace(".0 ", " ")


def axis_unit(most: float, metric: AnyMetric) -> float:
    """Return the unit in which an axis up to that value is told: its marks are round numbers of it.

    >>> from pipeline.dashboards.operations import Count
    >>> axis_unit(700.0, Count(operation="count", label="Articles"))
    1.0
    """
    if isinstance(metric.format, DurationFormat):
        second = 1000.0 if metric.format.from_ == "milliseconds" else 1.0
        return second * next((length for _, length in _SPANS if most >= length * second), 0.001)
    if metric.format is not None and metric.format.type == "bytes":
        return float(next((unit for unit in (1024**3, 1024**2, 1024) if most >= unit), 1))
    return 1.0


def _bytes_words(value: float, decimals: int) -> str:
    for unit in ("B", "KiB", "MiB"):
        if abs(value) < 1024:
            return f"{value:.{decimals}f} {unit}"
        value /= 1024
    return f"{value:,.{decimals}f} GiB"


def duration_words(seconds: float) -> str:
    """Return a length of time in its largest fitting unit.

    >>> duration_words(90), duration_words(0.25), duration_words(86400 * 1.5)
    ('1.5 minutes', '250 ms', '1.5 days')
    """
    if 0 < abs(seconds) < 1:
        return f"{seconds * 1000:.0f} ms"
    for name, length in _SPANS:
        if abs(seconds) >= length:
            number = f"{seconds / length:.1f}".removesuffix(".0")
            return f"{number} {name}" + ("" if number == "1" else "s")
    return "0 seconds"
