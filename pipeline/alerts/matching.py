"""Grouped events → alerts: which saved searches find what was just grouped, one alert for each (saved search, story).

Knows the index by its protocol. Blocking. Stores the alerts before it returns, so that none is lost with the process;
raising the same one again does nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from pipeline.alerts.raising import build_alert, id_of, ids_of_parts
from pipeline.alerts.retrying import revived
from pipeline.alerts.store import AlertStore
from pipeline.clock import Clock
from pipeline.delivery.dead_letter import REPLAYS_HEADER
from pipeline.index.base import ArticleIndex
from pipeline.search.locate import locate_in
from pipeline.search.outlets import find_outlet_in
from pipeline.search.service import read_query
from pipeline.sources.registry import SourceRegistry
from pipeline.stories.story import Story, from_document
from schemas.alert import Alert, SavedSearch, Watch
from schemas.events import GroupedEvent
from schemas.message import Message
from schemas.query import Filter, SearchQuery

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Grouped:
    """An event with the message that it came in."""

    event: GroupedEvent
    message: Message


class Matcher:
    """Raises the alerts of batches of events."""

    def __init__(
        self, index: ArticleIndex, registry: SourceRegistry, clock: Clock, store: AlertStore | None = None
    ) -> None:
        self._index = index
        self._registry = registry
        self._clock = clock
        self._store = store or AlertStore(index.records)

    def raise_alerts(self, batch: Sequence[Grouped]) -> int:
        """Raise what the batch calls for; return how many alerts are new.

        Raises:
            Unavailable: the index does not answer; some may have been raised.
            ConfigurationError: a person has to act on the index.
        """
        searches = [one for one in self._store.searches() if one.watch is Watch.SEARCH and not one.paused]
        latest = {one.event.article_id: one for one in batch}
        since = min((saved.active_since for saved in searches), default=None)
        wanted = {key: one for key, one in latest.items() if since and one.event.grouped_at >= since}
        if not wanted:
            return 0
        self._index.refresh()
        found = self._index.match([self.query_of(saved) for saved in searches], list(wanted))
        matches = [
            (saved, wanted[article_id])
            for saved, article_ids in zip(searches, found, strict=True)
            for article_id in wanted
            if article_id in article_ids and wanted[article_id].event.grouped_at >= saved.active_since
        ]
        return self._raise(matches) if matches else 0

    def query_of(self, saved: SavedSearch) -> SearchQuery:
        """Return what a saved search asks the index now: its relative dates are as of this moment."""
        now = self._clock.now()
        return read_query(
            saved.query,
            now=now,
            filters=tuple(Filter(field, values) for field, values in saved.filters.items()),
            collapse=False,
            highlight=False,
            find_outlet=lambda name: find_outlet_in(self._registry, name),
            locate=locate_in(self._index, now),
        )[0]

    def _raise(self, matches: Sequence[tuple[SavedSearch, Grouped]]) -> int:
        """Raise those alerts that were not raised before, also not for a story that has become a part of another."""
        first: dict[str, tuple[SavedSearch, Grouped]] = {}
        for saved, grouped in matches:
            first.setdefault(id_of(saved, grouped.event), (saved, grouped))
        known = self._store.raised(list(first))
        self._revive([known[one] for one, (_, grouped) in first.items() if one in known and _is_replay(grouped)])
        new = {one: match for one, match in first.items() if one not in known}
        stories = self._stories([grouped.event.story_id for _, grouped in new.values()])
        parts = {
            one: ids_of_parts(saved, [each.article_id for each in stories[grouped.event.story_id].articles])
            for one, (saved, grouped) in new.items()
            if not saved.every_copy and grouped.event.story_id in stories
        }
        told = self._store.raised(sorted({part for of_one in parts.values() for part in of_one}))
        alerts = [
            self._alert(saved, grouped, stories.get(grouped.event.story_id))
            for one, (saved, grouped) in new.items()
            if not any(part in told for part in parts.get(one, ()))
        ]
        raised = self._store.raise_alerts(alerts)
        if raised:
            _log.info("alerts.raised", alerts=raised)
        return raised

    def _stories(self, story_ids: Sequence[str]) -> dict[str, Story]:
        documents = self._index.story_documents(sorted(set(story_ids)))
        return {story_id: from_document(one) for story_id, one in documents.items()}

    def _alert(self, saved: SavedSearch, grouped: Grouped, story: Story | None) -> Alert:
        stored = self._index.get(grouped.event.article_id)
        fields = {} if stored is None else stored.fields
        return build_alert(
            saved, grouped.event, grouped.message, fields, 1 if story is None else story.size, self._clock.now()
        )

    def _revive(self, alerts: Sequence[Alert]) -> None:
        """Tell again those that could not be told, whose dead letter a person has sent again."""
        for alert in alerts:
            self._store.change_alert(alert.alert_id, lambda held: revived(held, self._clock.now()))


def _is_replay(grouped: Grouped) -> bool:
    return grouped.message.header(REPLAYS_HEADER) is not None
