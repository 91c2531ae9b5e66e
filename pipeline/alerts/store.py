"""Saved searches and alerts in the index: what commands, pages, API and the alert role share.

Records in and out, by compare-and-set. Knows the index by its protocol. Blocking.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, TypeVar

import structlog

from pipeline.alerts.ids import search_id
from pipeline.index.records import Collection, RecordStore, StoredRecord
from pipeline.metrics import ALERTS_RAISED, StageMetrics
from schemas.alert import Alert, SavedSearch, Sink, Watch
from schemas.codec import decode, encode
from schemas.errors import NewswireError, Rejected, Unavailable

T = TypeVar("T")
_log = structlog.get_logger(__name__)
MAX_SEARCHES: Final = 1000
"""Saved searches that are matched: each is a query for every batch of articles."""
_ROUNDS: Final = 20
_EVERYBODY: Final = "searches"


class NoSuchSearch(NewswireError):
    """There is no saved search of that id or name."""


class NotSaved(NewswireError):
    """A search cannot be saved beside those there are."""


class AlertStore:
    """What is saved, and what was raised. Safe for threads."""

    def __init__(self, records: RecordStore, metrics: StageMetrics | None = None) -> None:
        """Use these records; alerts that are raised are counted in `metrics`."""
        self._records = records
        self._metrics = metrics

    def add(
        self,
        name: str,
        now: datetime,
        *,
        query: str = "",
        filters: dict[str, tuple[str, ...]] | None = None,
        watch: Watch = Watch.SEARCH,
        every_copy: bool = False,
        sinks: Sequence[Sink] = (),
    ) -> SavedSearch:
        """Save a search and return it; alerts are raised for what is grouped from now on.

        Raises:
            NotSaved: there are too many, or one of that name.
            Unavailable: the index does not answer; it may have been saved.
        """
        name = " ".join(name.split())
        held = self.searches()
        if any(one.name.casefold() == name.casefold() for one in held):
            msg = f"there is a saved search called {name!r} already; choose another name, or remove it first"
            raise NotSaved(msg)
        if len(held) >= MAX_SEARCHES:
            msg = f"there are {len(held):,} saved searches, and no more are matched; remove some first"
            raise NotSaved(msg)
        saved = SavedSearch(
            search_id=search_id(name, now.isoformat()),
            name=name,
            watch=watch,
            query=query.strip(),
            filters=filters or {},
            every_copy=every_copy,
            sinks=tuple(dict.fromkeys(sinks)),
            created_at=now,
            active_since=now,
        )
        self._records.create([_search_record(saved)])
        return saved

    def searches(self) -> list[SavedSearch]:
        """Return all saved searches, the newest first."""
        return _readable(_search, self._records.newest(Collection.SAVED_SEARCHES, MAX_SEARCHES))

    def find(self, wanted: str) -> SavedSearch:
        """Return the saved search of this id or name.

        Raises:
            NoSuchSearch: there is none.
        """
        held = self._records.read(Collection.SAVED_SEARCHES, [wanted]).get(wanted) if wanted else None
        if held is not None:
            return _search(held)
        for one in self.searches():
            if one.name.casefold() == wanted.strip().casefold():
                return one
        msg = f"there is no saved search {wanted!r}; `newswire alerts list` prints all"
        raise NoSuchSearch(msg)

    def pause(self, wanted: str) -> SavedSearch:
        """Raise no more alerts for it until it is resumed. Raises as `find`."""
        return self._change(self.find(wanted), lambda saved: saved.model_copy(update={"paused": True}))

    def resume(self, wanted: str, now: datetime) -> SavedSearch:
        """Raise alerts again, for what is grouped from now on; harmless when it was not paused. Raises as `find`."""

        def resumed(saved: SavedSearch) -> SavedSearch:
            return saved.model_copy(update={"paused": False, "active_since": now}) if saved.paused else saved

        return self._change(self.find(wanted), resumed)

    def remove(self, wanted: str) -> SavedSearch:
        """Forget a saved search and all its alerts. Raises as `find`."""
        saved = self.find(wanted)
        self._records.delete(Collection.SAVED_SEARCHES, [saved.search_id])
        while alerts := self._records.newest(Collection.ALERTS, MAX_SEARCHES, saved.search_id):
            self._records.delete(Collection.ALERTS, [one.record_id for one in alerts])
        return saved

    def raise_alerts(self, alerts: Sequence[Alert]) -> int:
        """Store those that were not raised before, and return how many. Durable on return."""
        created = self._records.create([_alert_record(one) for one in alerts]) if alerts else []
        fresh = [alert for alert, is_new in zip(alerts, created, strict=True) if is_new]
        if self._metrics is not None:
            for alert in fresh:
                self._metrics.count(ALERTS_RAISED, kind=alert.kind.value)
        return len(fresh)

    def raised(self, alert_ids: Sequence[str]) -> dict[str, Alert]:
        """Return those of these alerts that were raised."""
        found = self._records.read(Collection.ALERTS, alert_ids)
        return {alert_id: _alert(one) for alert_id, one in found.items()}

    def alerts(self, limit: int, search: str | None = None) -> list[Alert]:
        """Return the last alerts, the newest first; with `search` only those of this saved search's id."""
        return _readable(_alert, self._records.newest(Collection.ALERTS, limit, search))

    def due(self, now: datetime, limit: int) -> list[Alert]:
        """Return alerts of which somebody is to be told now."""
        return _readable(_alert, self._records.due(Collection.ALERTS, now, limit))

    def change_alert(self, alert_id: str, change: Callable[[Alert], Alert]) -> Alert | None:
        """Store what `change` makes of the alert as it stands, and return it; None when the alert is gone.

        `change` may be called again when somebody else was quicker; what it returns unchanged is not written.
        """
        for _ in range(_ROUNDS):
            held = self._records.read(Collection.ALERTS, [alert_id]).get(alert_id)
            if held is None:
                return None
            alert = _alert(held)
            changed = change(alert)
            if changed == alert:
                return alert
            if self._records.replace([replace(_alert_record(changed), revision=held.revision)])[0]:
                return changed
        msg = f"alert {alert_id} is changed by too many at once"
        raise Unavailable(msg)

    def forget_before(self, at: datetime) -> int:
        """Forget alerts raised before, of which everybody was told; return how many."""
        return self._records.delete_before(Collection.ALERTS, at)

    def _change(self, saved: SavedSearch, change: Callable[[SavedSearch], SavedSearch]) -> SavedSearch:
        for _ in range(_ROUNDS):
            held = self._records.read(Collection.SAVED_SEARCHES, [saved.search_id]).get(saved.search_id)
            if held is None:
                msg = f"the saved search {saved.name!r} was removed meanwhile"
                raise NoSuchSearch(msg)
            changed = change(_search(held))
            if self._records.replace([replace(_search_record(changed), revision=held.revision)])[0]:
                return changed
        msg = f"the saved search {saved.name!r} is changed by too many at once"
        raise Unavailable(msg)


def _search_record(saved: SavedSearch) -> StoredRecord:
    content = encode(saved).decode()
    return StoredRecord(Collection.SAVED_SEARCHES, saved.search_id, _EVERYBODY, saved.created_at, None, content)


def _alert_record(alert: Alert) -> StoredRecord:
    content = encode(alert).decode()
    return StoredRecord(Collection.ALERTS, alert.alert_id, alert.search_id, alert.raised_at, alert.due_at, content)


def _readable(read: Callable[[StoredRecord], T], records: Sequence[StoredRecord]) -> list[T]:
    """Return what can be read: what a later version of the program has written must not stop everybody's alerts."""
    found = []
    for one in records:
        try:
            found.append(read(one))
        except Rejected as error:
            _log.warning("alerts.unreadable", record=one.record_id, why=str(error))
    return found


def _search(held: StoredRecord) -> SavedSearch:
    return decode(SavedSearch, held.content.encode())


def _alert(held: StoredRecord) -> Alert:
    return decode(Alert, held.content.encode())
