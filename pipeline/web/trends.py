"""The trends of a window, kept for a minute. Index in, record out."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Final, Literal

from pydantic import Field, TypeAdapter, ValidationError
from starlette.requests import Request

from pipeline.search.trending import Trends, Window, find_trends
from pipeline.web.memo import Memo
from pipeline.web.site import Site

WindowName = Literal["24h", "7d", "30d"]
WINDOWS: Final[dict[WindowName, tuple[timedelta, str]]] = {
    "24h": (timedelta(days=1), "24 hours"),
    "7d": (timedelta(days=7), "7 days"),
    "30d": (timedelta(days=30), "30 days"),
}
KEPT_S: Final = 60.0
TrendDay = Annotated[date, Field(ge=date(1700, 1, 1))]
"""The index holds times from 1678 on, and the windows before the first one must be among them."""
_DAYS: Final[TypeAdapter[date]] = TypeAdapter(TrendDay)


class TrendReader:
    """Finds trends for pages and programs; each window at most once a minute."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._kept: Memo[Trends] = Memo(site.clock, KEPT_S)

    def read(self, window: WindowName, day: date | None = None) -> Trends:
        """Return the trends of the window that ends with this day, in UTC, or now if the day has not ended.

        Raises:
            Unavailable: the index does not answer.
        """
        length, now = WINDOWS[window][0], self._site.now()
        end = now if day is None else min(now, _end_of(day))
        past = None if end == now else end
        return self._kept.get((window, past), lambda: find_trends(self._site.index, Window(end, length)))


def read_day(text: str) -> date | None:
    """Return the day that an address names, None when it names none that the index could know."""
    try:
        return _DAYS.validate_python(text)
    except ValidationError:
        return None


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time.max.replace(microsecond=0), UTC)


def trends_of(request: Request) -> TrendReader:
    """Return the reader of the site that the request came to."""
    reader: TrendReader = request.app.state.trends
    return reader
