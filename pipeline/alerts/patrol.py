"""Looks at sources and at the pipeline for those who asked, and raises an alert for what has gone quiet or broken.

Index and log in, alerts into the store. Knows both by their protocols. Blocking. Each silence, and each fault of a
source or role on a day, is one alert, because its id follows from them.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from pipeline.alerts.matching import Matcher
from pipeline.alerts.raising import new_alert
from pipeline.alerts.rhythm import (
    BASELINE,
    LAG_SAMPLES,
    Share,
    Silence,
    find_silence,
    has_broken,
    is_falling_behind,
    is_rising,
)
from pipeline.alerts.store import AlertStore
from pipeline.clock import Clock
from pipeline.index.base import ArticleIndex
from pipeline.log.base import Log
from pipeline.monitoring.source_counts import SHORT_WORDS
from pipeline.roles import ROLES
from schemas.alert import Alert, AlertKind, SavedSearch, Watch
from schemas.query import And, Exists, Expression, Filter, Interval, Not, Or, Range, SearchQuery, Sort
from schemas.topics import DEAD_LETTER

MAX_SOURCES: Final = 500
_DAY: Final = timedelta(days=1)
_HOUR: Final = timedelta(hours=1)
_UNDATED: Final[Expression] = Not(Range("published_at", datetime(1970, 1, 1, tzinfo=UTC), None))
_BROKEN: Final[Expression] = Or(
    (Exists("problems", ("enrichment.problems",)), Range("word_count", None, float(SHORT_WORDS)))
)
_FAULTS: Final = (
    (AlertKind.DATES_FAILING, _UNDATED, "have no publication time"),
    (AlertKind.EXTRACTION_FAILING, _BROKEN, "are hardly more than a headline, or were read with problems"),
)


class Patrol:
    """One for a process; remembers what waited at the last looks, and nothing else."""

    def __init__(self, index: ArticleIndex, log: Log, matcher: Matcher, store: AlertStore, clock: Clock) -> None:
        self._index = index
        self._log = log
        self._matcher = matcher
        self._store = store
        self._clock = clock
        self._lags: dict[str, deque[int]] = defaultdict(lambda: deque(maxlen=LAG_SAMPLES))
        self._letters: deque[tuple[datetime, int]] = deque(maxlen=1000)

    def look(self) -> int:
        """Look at everything that somebody watches; return how many alerts are new.

        Raises:
            Unavailable: the index or the log does not answer.
        """
        watched = [one for one in self._store.searches() if one.watch is not Watch.SEARCH and not one.paused]
        sources = [one for one in watched if one.watch is Watch.SOURCES]
        pipeline = [one for one in watched if one.watch is Watch.PIPELINE]
        alerts = [alert for saved in sources for alert in self._sources(saved)]
        if pipeline:
            alerts += self._pipeline(pipeline)
        return self._store.raise_alerts(alerts)

    def _sources(self, saved: SavedSearch) -> Iterable[Alert]:
        now = self._clock.now()
        wanted = self._matcher.query_of(saved)
        for name, _ in self._count_sources(wanted, now):
            mine = SearchQuery(now=now, expression=wanted.expression, filters=(Filter("source.name", (name,)),))
            silence = self._silence(mine, now)
            if silence is not None:
                hours = (now - silence.last) / _HOUR
                text = (
                    f"{name} has been quiet for {hours:.0f} hours, in which {silence.expected:.0f} articles are usual"
                )
                yield self._alert(saved, AlertKind.SOURCE_QUIET, f"{name}/{silence.last.isoformat()}", text)
                continue
            for kind, fault, what in _FAULTS:
                recent, before = (self._share(mine, fault, *span) for span in _spans(now))
                if has_broken(recent, before):
                    text = f"{recent.bad} of {recent.total} articles of {name} within a day {what}; before, "
                    text += f"{before.value:.0%} did"
                    yield self._alert(saved, kind, f"{name}/{now:%Y-%m-%d}", text)

    def _count_sources(self, wanted: SearchQuery, now: datetime) -> Sequence[tuple[str, int]]:
        asked = SearchQuery(
            now=now,
            expression=wanted.expression,
            filters=wanted.filters,
            since=now - 2 * BASELINE,
            limit=0,
            collapse=False,
            facets=("source.name",),
            facet_size=MAX_SOURCES,
        )
        return [(facet.value, facet.count) for facet in self._index.search(asked).facets["source.name"]]

    def _silence(self, mine: SearchQuery, now: datetime) -> Silence | None:
        page = self._index.search(
            SearchQuery(
                now=now,
                expression=mine.expression,
                filters=mine.filters,
                since=now - 2 * BASELINE,
                until=now,
                sort=Sort.NEWEST,
                limit=1,
                collapse=False,
                histogram=Interval.HOUR,
                highlight=False,
            )
        )
        last = page.hits[0].published_at if page.hits else None
        if last is None or page.histogram_interval is not Interval.HOUR:
            return None
        silence = find_silence({one.start: one.count for one in page.histogram}, last, now)
        # Who has lost their dates has not lost their voice.
        undated = And((mine.expression, _UNDATED, Range("first_seen_at", last, None)))
        return None if silence is None or self._count(mine, undated) else silence

    def _share(self, mine: SearchQuery, fault: Expression, since: datetime, until: datetime) -> Share:
        seen = And((mine.expression, Range("first_seen_at", since, until)))
        return Share(self._count(mine, And((seen, fault))), self._count(mine, seen))

    def _count(self, mine: SearchQuery, expression: Expression) -> int:
        asked = SearchQuery(now=mine.now, expression=expression, filters=mine.filters, limit=0, collapse=False)
        return self._index.search(asked).total

    def _pipeline(self, watching: Sequence[SavedSearch]) -> Iterable[Alert]:
        now = self._clock.now()
        for role in ROLES:
            lags = self._lags[role.name]
            lags.append(sum(self._log.lag(role.group, [topic.name for topic in role.inputs]).values()))
            if is_falling_behind(list(lags)):
                text = f"{role.name} falls behind: {lags[-1]:,} messages wait, {lags[0]:,} did before"
                subject = f"{role.name}/{now:%Y-%m-%d}"
                yield from (self._alert(saved, AlertKind.LAG_RISING, subject, text) for saved in watching)
        self._letters.append((now, sum(span.end for span in self._log.offsets(DEAD_LETTER.name).values())))
        in_the_hour, before = _rates(self._letters, now)
        if is_rising(in_the_hour, before):
            text = f"{in_the_hour:,} dead letters within an hour, where {before:.1f} are usual"
            subject = f"{now:%Y-%m-%d}"
            yield from (self._alert(saved, AlertKind.DEAD_LETTERS_RISING, subject, text) for saved in watching)

    def _alert(self, saved: SavedSearch, kind: AlertKind, subject: str, text: str) -> Alert:
        return new_alert(saved, kind, subject, text[:1].upper() + text[1:], text, self._clock.now())


def _spans(now: datetime) -> tuple[tuple[datetime, datetime], tuple[datetime, datetime]]:
    """Return the last day, and the four weeks before it."""
    return (now - _DAY, now + _HOUR), (now - _DAY - BASELINE, now - _DAY)


def _rates(samples: Sequence[tuple[datetime, int]], now: datetime) -> tuple[int, float]:
    """Return how many dead letters came in the last hour, and in an hour before it on average."""
    ends = [end for at, end in samples if at >= now - _HOUR]
    earlier = [(at, end) for at, end in samples if at < now - _HOUR]
    begin = earlier[-1][1] if earlier else ends[0]
    in_the_hour = ends[-1] - begin
    if len(earlier) < 2:
        return in_the_hour, 0.0
    hours = (earlier[-1][0] - earlier[0][0]) / _HOUR
    return in_the_hour, (earlier[-1][1] - earlier[0][1]) / hours if hours else 0.0
