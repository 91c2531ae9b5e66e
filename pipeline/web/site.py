"""What every route works with: settings, clock, index, log, registry. Opened by whoever starts the server.

Nothing here holds state of a request. Imports the protocols, never a client.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request

from pipeline.clock import Clock
from pipeline.index.base import ArticleIndex
from pipeline.log.base import Log
from pipeline.search.aliases import Known
from pipeline.search.outlets import find_outlet_in
from pipeline.settings import Settings
from pipeline.sources.registry import SourceRegistry


@dataclass(frozen=True, slots=True)
class Site:
    """The site's resources. `open_log` opens the log at the first request that needs it."""

    settings: Settings
    clock: Clock
    index: ArticleIndex
    registry: SourceRegistry
    open_log: Callable[[], Log]

    def now(self) -> datetime:
        """Return the present instant, to the second: two requests of one second share what was computed."""
        return self.clock.now().replace(microsecond=0)

    def find_outlet(self, name: str) -> Known | None:
        """Return the outlet that bears this name, abbreviation or id."""
        return find_outlet_in(self.registry, name)


def site_of(request: Request) -> Site:
    """Return the site that the request came to."""
    site: Site = request.app.state.site
    return site
