"""What every route works with: settings, clock, index, log, registry. Opened by whoever starts the server.

Nothing here holds state of a request. Imports the protocols, never a client.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from starlette.requests import Request

from pipeline.clock import Clock
from pipeline.index.base import ArticleIndex
from pipeline.index.samples import SampleStore
from pipeline.index.turns import Turns
from pipeline.log.base import Log
from pipeline.metrics import Metrics, StageMetrics
from pipeline.search.aliases import Known
from pipeline.search.outlets import find_outlet_in
from pipeline.settings import Settings
from pipeline.sources.registry import SourceRegistry

STAGE: Final = "serve"


@dataclass(frozen=True, slots=True)
class Site:
    """The site's resources. `open_log` opens the log at the first request that needs it.

    `open_samples` opens what the pipeline says of itself, to be closed by who asks; `metrics` are of this process.
    """

    settings: Settings
    clock: Clock
    index: ArticleIndex
    registry: SourceRegistry
    open_log: Callable[[], Log]
    open_samples: Callable[[], SampleStore]
    metrics: Metrics = field(default_factory=Metrics)

    def now(self) -> datetime:
        """Return the present instant, to the second: two requests of one second share what was computed."""
        return self.clock.now().replace(microsecond=0)

    @property
    def counts(self) -> StageMetrics:
        """Where the site counts what it does."""
        return self.metrics.at(STAGE)

    def find_outlet(self, name: str) -> Known | None:
        """Return the outlet that bears this name, abbreviation or id."""
        return find_outlet_in(self.registry, name)


def site_of(request: Request) -> Site:
    """Return the site that the request came to."""
    site: Site = request.app.state.site
    return site


def page_turns(settings: Settings) -> AbstractContextManager[None]:
    """Return the context in which pages of results are made, by many threads.

    On the embedded index a page is nothing but processor time: as many at once as there are processors, in the order in
    which they were asked for, so that nobody is overtaken between search and page. An index elsewhere is waited for,
    by all who ask.
    """
    return Turns.one_a_processor() if settings.resolved_index_url.startswith("tantivy:") else nullcontext()
