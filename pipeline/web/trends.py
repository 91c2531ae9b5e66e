"""The trends of a window, kept for a minute. Index in, record out."""

from datetime import timedelta
from typing import Final, Literal

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


class TrendReader:
    """Finds trends for pages and programs; each window at most once a minute."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._kept: Memo[Trends] = Memo(site.clock, KEPT_S)

    def read(self, window: WindowName) -> Trends:
        """Return the trends of the window that ends now.

        Raises:
            Unavailable: the index does not answer.
        """
        length = WINDOWS[window][0]
        return self._kept.get(window, lambda: find_trends(self._site.index, Window(self._site.now(), length)))


def trends_of(request: Request) -> TrendReader:
    """Return the reader of the site that the request came to."""
    reader: TrendReader = request.app.state.trends
    return reader
