"""Numbers → SVG drawn on the server, as data for the templates. Pure; colours and fonts belong to the style sheet.

Each chart has a table beside it in the page, so nothing is told by shape or colour alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

from pipeline.web.histogram import bucket_end
from schemas.query import HistogramBucket, Interval

WIDTH: Final = 720
HEIGHT: Final = 96
_GAP: Final = 0.18
"""Share of a bar's room that stays empty."""
_FULL: Final = 4
"""Articles that a bar of full height stands for at least, so that single articles do not look like a flood."""
_FLOOR: Final = 2.0
"""Height of the smallest bar that is not zero, so that one article is seen beside thousands."""
_FORMATS: Final = {
    Interval.HOUR: "%-d %b %Y, %H:00 UTC",
    Interval.DAY: "%a %-d %b %Y",
    Interval.WEEK: "week of %-d %b %Y",
    Interval.MONTH: "%B %Y",
    Interval.YEAR: "%Y",
}
_TICKS: Final = {
    Interval.HOUR: "%H:00",
    Interval.DAY: "%-d %b",
    Interval.WEEK: "%-d %b",
    Interval.MONTH: "%b %Y",
    Interval.YEAR: "%Y",
}


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: where it stands, what it says, and where a click leads."""

    x: float
    y: float
    width: float
    height: float
    room_x: float
    room_width: float
    count: int
    label: str
    href: str

    @property
    def shape(self) -> str:
        """The bar as the path of an SVG; one attribute is printed in a fraction of the time that four take."""
        return _box(self.x, self.y, self.width)

    @property
    def room(self) -> str:
        """All of the height that a click may hit, as a path."""
        return _box(self.room_x, 0, self.room_width)


def _box(x: float, y: float, width: float) -> str:
    return f"M{x} {y}h{width}V{HEIGHT}H{x}z"


@dataclass(frozen=True, slots=True)
class Chart:
    """A bar chart in a box of `width` by `height`."""

    bars: tuple[Bar, ...]
    ticks: tuple[str, ...]
    """Labels under its beginning, middle and end."""
    interval: Interval
    most: int
    """What the highest bar counts."""
    width: int = WIDTH
    height: int = HEIGHT


def build_chart(
    buckets: Sequence[HistogramBucket], interval: Interval, link: Callable[[datetime, datetime], str]
) -> Chart:
    """Return the chart; `link` gives the address of a span of time."""
    most = max((bucket.count for bucket in buckets), default=0)
    room = WIDTH / max(len(buckets), 1)
    bars = []
    for at, bucket in enumerate(buckets):
        tall = 0.0 if not bucket.count else max(_FLOOR, HEIGHT * bucket.count / max(most, _FULL))
        bars.append(
            Bar(
                x=round(room * (at + _GAP / 2), 2),
                y=round(HEIGHT - tall, 2),
                width=round(min(room * (1 - _GAP), 64), 2),
                height=round(tall, 2),
                room_x=round(room * at, 2),
                room_width=round(room, 2),
                count=bucket.count,
                label=_label(bucket.start, interval),
                href=link(bucket.start, bucket_end(bucket.start, interval)),
            )
        )
    return Chart(tuple(bars), _ticks(buckets, interval), interval, most)


# Many searches have the same days, weeks or months on their charts.
@lru_cache(maxsize=8192)
def _label(start: datetime, interval: Interval) -> str:
    return start.strftime(_FORMATS[interval])


def _ticks(buckets: Sequence[HistogramBucket], interval: Interval) -> tuple[str, ...]:
    places = sorted({0, len(buckets) // 2, len(buckets) - 1}) if len(buckets) > 2 else range(len(buckets))
    return tuple(buckets[at].start.strftime(_TICKS[interval]) for at in places)
