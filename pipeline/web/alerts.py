"""Saved searches as answers: what the page and its JSON twin show, and the changes that people make.

Site in, records out. Blocking calls to the index; routes run them in threads.
"""

from collections.abc import Iterable
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from pipeline.alerts.saving import check_sinks, describe_search, read_sinks
from pipeline.alerts.sinks import name_sink
from pipeline.alerts.store import AlertStore, NoSuchSearch, NotSaved
from pipeline.web.errors import NotFound
from pipeline.web.params import FACETS, Selected
from pipeline.web.site import Site
from schemas.alert import MAX_QUERY_CHARS, Alert, AlertArticle, SavedSearch, Watch
from schemas.base import Record, UtcDatetime
from schemas.errors import BAD_INPUT, ConfigurationError, Rejected

SHOWN: Final = 50
RECENT: Final = 20
WatchName = Literal["search", "sources", "pipeline"]


class SinkStatus(Record):
    """Who is told, and what became of it. Of a webhook only the host is shown: addresses often hold a token."""

    sink: str
    state: str
    attempts: int
    error: str = ""


class AlertShown(Record):
    """An alert as it was raised, and whom it reached."""

    alert_id: str
    search_id: str
    search_name: str
    kind: str
    subject: str
    raised_at: UtcDatetime
    title: str
    text: str
    state: str
    article: AlertArticle | None
    deliveries: tuple[SinkStatus, ...]


class SearchShown(Record):
    """A saved search. `looks_for` is what it looks for in words, `told` who is told."""

    search_id: str
    name: str
    watch: str
    query: str
    filters: dict[str, tuple[str, ...]]
    every_copy: bool
    paused: bool
    created_at: UtcDatetime
    looks_for: str
    told: tuple[str, ...]
    last_alert_at: UtcDatetime | None = None


class AlertsAnswer(Record):
    """All saved searches, and the last alerts of all, the newest first."""

    searches: tuple[SearchShown, ...]
    alerts: tuple[AlertShown, ...]
    can_sign: bool
    can_mail: bool


class SavedSearchAnswer(Record):
    """One saved search with its last alerts."""

    search: SearchShown
    alerts: tuple[AlertShown, ...]


class NewSearch(BaseModel):
    """A search to save: its name, the query, selections of facets by their names in an address, and whom to tell."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(min_length=1, max_length=120, pattern=r"\S")]
    q: Annotated[str, Field(max_length=MAX_QUERY_CHARS, description="As in a search; empty is everything.")] = ""
    source: Selected = []
    person: Selected = []
    org: Selected = []
    place: Selected = []
    origin: Selected = []
    lang: Selected = []
    country: Selected = []
    watch: Annotated[WatchName, Field(description="Articles, the rhythm of sources, or the pipeline's work.")] = (
        "search"
    )
    every_copy: Annotated[bool, Field(description="One alert an article, not one a story.")] = False
    webhooks: Annotated[list[Annotated[str, Field(max_length=2048)]], Field(max_length=10)] = []
    mails: Annotated[list[Annotated[str, Field(max_length=254)]], Field(max_length=10)] = []
    file: Annotated[bool, Field(description="Append alerts to a file in the server's data folder.")] = False

    @property
    def filters(self) -> dict[str, tuple[str, ...]]:
        """The facets' selections by field."""
        chosen = ((facet.field, tuple(dict.fromkeys(getattr(self, facet.name)))) for facet in FACETS)
        return {field: values for field, values in chosen if values}


class ChangeSearch(BaseModel):
    """What can be changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    paused: bool


def load_alerts(site: Site) -> AlertsAnswer:
    """Return all saved searches and the last alerts."""
    store = AlertStore(site.index.records)
    alerts = store.alerts(SHOWN)
    last: dict[str, UtcDatetime] = {}
    for alert in alerts:
        last.setdefault(alert.search_id, alert.raised_at)
    settings = site.settings
    return AlertsAnswer(
        searches=tuple(_search(one, last.get(one.search_id)) for one in store.searches()),
        alerts=tuple(show_alert(one) for one in alerts[:RECENT]),
        can_sign=settings.alerts_secret is not None,
        can_mail=settings.smtp_host is not None and settings.smtp_from is not None,
    )


def load_saved_search(site: Site, search_id: str) -> SavedSearchAnswer:
    """Return one saved search.

    Raises:
        NotFound: there is none.
    """
    store = AlertStore(site.index.records)
    saved = find(store, search_id)
    alerts = store.alerts(SHOWN, saved.search_id)
    return SavedSearchAnswer(
        search=_search(saved, alerts[0].raised_at if alerts else None),
        alerts=tuple(show_alert(one) for one in alerts),
    )


def save(site: Site, new: NewSearch) -> SearchShown:
    """Save a search.

    Raises:
        Rejected: `bad-input`, with what to change.
    """
    try:
        sinks = read_sinks(new.webhooks, new.mails, file=new.file)
        check_sinks(site.settings, site.clock, sinks)
        saved = AlertStore(site.index.records).add(
            new.name,
            site.clock.now(),
            query=new.q,
            filters=new.filters,
            watch=Watch(new.watch),
            every_copy=new.every_copy,
            sinks=sinks,
        )
    except (ConfigurationError, NotSaved) as error:
        # What is wrong with a request, not with the server: said to whoever asks.
        raise Rejected(BAD_INPUT, str(error)) from error
    return _search(saved, None)


def change(site: Site, search_id: str, *, paused: bool) -> SearchShown:
    """Pause or resume a saved search. Raises as `load_saved_search`."""
    store = AlertStore(site.index.records)
    try:
        saved = store.pause(search_id) if paused else store.resume(search_id, site.clock.now())
    except NoSuchSearch as error:
        raise _missing(search_id) from error
    return _search(saved, None)


def remove(site: Site, search_id: str) -> SearchShown:
    """Forget a saved search. Raises as `load_saved_search`."""
    store = AlertStore(site.index.records)
    try:
        return _search(store.remove(search_id), None)
    except NoSuchSearch as error:
        raise _missing(search_id) from error


def find(store: AlertStore, search_id: str) -> SavedSearch:
    """Return the saved search of this id. Raises as `load_saved_search`."""
    try:
        return store.find(search_id)
    except NoSuchSearch as error:
        raise _missing(search_id) from error


def show_alert(alert: Alert) -> AlertShown:
    """Return an alert without the message that raised it and without addresses."""
    return AlertShown(
        **alert.model_dump(include=set(AlertShown.model_fields) - {"deliveries", "article", "state"}),
        article=alert.article,
        state=alert.state,
        deliveries=tuple(
            SinkStatus(sink=name_sink(one.sink), state=one.state, attempts=one.attempts, error=one.error)
            for one in alert.deliveries
        ),
    )


def told(names: Iterable[str]) -> str:
    """Return who is told, in words."""
    return ", ".join(names) or "feed only"


def _search(saved: SavedSearch, last: UtcDatetime | None) -> SearchShown:
    return SearchShown(
        **saved.model_dump(include=set(SearchShown.model_fields) - {"looks_for", "told", "last_alert_at"}),
        looks_for=describe_search(saved),
        told=tuple(name_sink(sink) for sink in saved.sinks),
        last_alert_at=last,
    )


def _missing(search_id: str) -> NotFound:
    return NotFound(f"there is no saved search {search_id}")
