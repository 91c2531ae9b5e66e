"""What a person sees while feeds are polled: a live table on a terminal, plain lines elsewhere, and the counts.

Outcomes in; metrics, table and lines out. Imports rich when it draws.
"""

from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pipeline.cli.output import count, is_interactive, note
from pipeline.metrics import (
    FEED_ARTICLES,
    PAGES,
    POLL_DELAY_SECONDS,
    POLLS,
    POLLS_IN_FLIGHT,
    REFUSED,
    SIGHTINGS,
    Metrics,
)

if TYPE_CHECKING:
    from rich.console import RenderableType

    from pipeline.clock import Clock
    from pipeline.fetch.outcome import PollOutcome
    from pipeline.fetch.poller import PollerLoad

STAGE = "feeds"
_SHOWN = 12
_DRAWS_A_SECOND = 2.0


class Watch:
    """Counts outcomes, and remembers the newest for the table."""

    def __init__(self, clock: "Clock", feeds: int, metrics: Metrics | None = None, *, says: bool = False) -> None:
        self._clock = clock
        self._feeds = feeds
        self._says = says
        self._started_s = clock.monotonic_s()
        self.metrics = metrics or Metrics()
        self._metrics = self.metrics.at(STAGE)
        self._results: Counter[str] = Counter()
        self._reasons: Counter[str] = Counter()
        self._articles = self._sightings = self._pages = 0
        self._newest: deque[tuple[str, str, str]] = deque(maxlen=_SHOWN)
        self.load: PollerLoad | None = None

    def add(self, outcome: "PollOutcome") -> None:
        """Count an outcome that was written."""
        result = _result(outcome)
        self._results[result] += 1
        self._articles += len(outcome.articles)
        self._sightings += outcome.sightings
        self._pages += outcome.pages
        self._count(outcome, result)
        if outcome.reason:
            self._reasons[outcome.reason] += 1
        if outcome.reason or outcome.articles:
            at = f"{outcome.at.astimezone():%H:%M:%S}"
            what = outcome.reason or count(len(outcome.articles), "article")
            self._newest.appendleft((at, what, outcome.url))
            if self._says:
                note(f"{at}  {what:<20}  {outcome.url}" + (f"  ({outcome.detail})" if outcome.detail else ""))

    def totals(self) -> dict[str, Any]:
        """Return what was polled and found, as JSON."""
        return {
            "polls": self._results.total(),
            **{name: self._results[name] for name in ("new", "unchanged", "not-modified", "failed")},
            "articles": self._articles,
            "sightings": self._sightings,
            "pages": self._pages,
            "reasons": dict(self._reasons.most_common()),
            "seconds": round(self._clock.monotonic_s() - self._started_s, 1),
        }

    def summary(self) -> str:
        """Return the counts in a sentence."""
        polls = self._results.total()
        seconds = self._clock.monotonic_s() - self._started_s
        return (
            f"{count(polls, 'poll')}: {count(self._articles, 'new article')} sent, "
            f"{self._results['unchanged'] + self._results['not-modified']:,} polls without news, "
            f"{self._results['failed']:,} failed ({seconds:.1f} s)"
        )

    def table(self) -> "RenderableType":
        """Return the live view: one line of counts, the commonest faults, the newest outcomes."""
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        load = self.load
        seconds = max(self._clock.monotonic_s() - self._started_s, 1.0)
        line = f"{self._feeds:,} feeds   {self.summary()}   {self._results.total() / seconds:.1f} polls/s"
        if load:
            line += f"   {load.in_flight} under way, {load.delay_s:.0f} s late"
        faults = ", ".join(f"{reason} {number:,}" for reason, number in self._reasons.most_common(5))
        table = Table("time", "what", "feed", box=None, padding=(0, 2, 0, 0))
        for row in self._newest:
            table.add_row(*(Text(cell) for cell in row))
        blocked = [Text(f"waiting: {load.blocked}", style="red")] if load and load.blocked else []
        return Group(Text(line), Text(f"faults: {faults or 'none'}"), *blocked, table)

    def _count(self, outcome: "PollOutcome", result: str) -> None:
        metrics = self._metrics
        metrics.count(POLLS, result=result)
        metrics.count(FEED_ARTICLES, len(outcome.articles))
        metrics.count(SIGHTINGS, outcome.sightings)
        metrics.count(PAGES, outcome.pages, result="fetched")
        metrics.count(PAGES, outcome.pages_failed, result="failed")
        if outcome.reason:
            metrics.count(REFUSED, reason=outcome.reason)
        if self.load:
            metrics.set(POLLS_IN_FLIGHT, self.load.in_flight)
            metrics.set(POLL_DELAY_SECONDS, self.load.delay_s)


@contextmanager
def draw_watch(clock: "Clock", feeds: int) -> Iterator[Watch]:
    """Yield a watch: on a terminal it draws a table, elsewhere it says a line for each poll with news or a fault."""
    if not is_interactive():
        yield Watch(clock, feeds, says=True)
        return
    from rich.console import Console
    from rich.live import Live

    watch = Watch(clock, feeds)
    with Live(
        get_renderable=watch.table,
        console=Console(stderr=True),
        refresh_per_second=_DRAWS_A_SECOND,
        transient=True,
    ):
        yield watch


def _result(outcome: "PollOutcome") -> str:
    if outcome.reason:
        return "failed"
    if outcome.articles:
        return "new"
    return "not-modified" if outcome.not_modified else "unchanged"
