"""Saved searches and the alerts that they raise, as they are stored beside the articles. Imports only `schemas`.

A saved search says what to look for and whom to tell. An alert is raised once for each (saved search, story), and holds
what became of it for each of those who are to be told.
"""

from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import Field

from schemas.base import Record, UtcDatetime

MAX_SINKS: Final = 10
MAX_QUERY_CHARS: Final = 2000
AlertId = Annotated[str, Field(pattern="^[0-9a-f]{32}$")]
SearchId = Annotated[str, Field(pattern="^[0-9a-f]{16}$")]


class WebhookSink(Record):
    """A program is told by POST, signed (see `pipeline.alerts.signature`)."""

    kind: Literal["webhook"] = "webhook"
    url: Annotated[str, Field(min_length=8, max_length=2048)]


class MailSink(Record):
    """A person is told by e-mail."""

    kind: Literal["mail"] = "mail"
    to: Annotated[str, Field(max_length=254, pattern=r"^[^\s@<>,;:\"()\[\]\\]+@[A-Za-z0-9.-]+$")]


class FileSink(Record):
    """A line of JSON is appended to a file of the saved search's own in the data folder."""

    kind: Literal["file"] = "file"


Sink = Annotated[WebhookSink | MailSink | FileSink, Field(discriminator="kind")]


class Watch(StrEnum):
    """What a saved search looks at: articles, the rhythm and quality of sources, or the pipeline's own work."""

    SEARCH = "search"
    SOURCES = "sources"
    PIPELINE = "pipeline"


class SavedSearch(Record):
    """What to look for, and whom to tell.

    `query` is text of the query language; `filters` are selections of facets, exact values by field. `every_copy` asks
    for one alert an article in place of one a story. Nothing that was grouped before `active_since` raises an alert.
    """

    schema_version: Literal[1] = 1
    search_id: SearchId
    name: Annotated[str, Field(min_length=1, max_length=120)]
    watch: Watch = Watch.SEARCH
    query: Annotated[str, Field(max_length=MAX_QUERY_CHARS)] = ""
    filters: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    every_copy: bool = False
    sinks: Annotated[tuple[Sink, ...], Field(max_length=MAX_SINKS)] = ()
    paused: bool = False
    created_at: UtcDatetime
    active_since: UtcDatetime


class AlertKind(StrEnum):
    """Why an alert was raised."""

    STORY = "story"
    ARTICLE = "article"
    SOURCE_QUIET = "source-quiet"
    DATES_FAILING = "dates-failing"
    EXTRACTION_FAILING = "extraction-failing"
    DEAD_LETTERS_RISING = "dead-letters-rising"
    LAG_RISING = "lag-rising"
    TEST = "test"


class AlertArticle(Record):
    """The article that raised an alert, as those who are told see it."""

    article_id: str
    version: int
    story_id: str
    title: str = ""
    url: str | None = None
    source: str | None = None
    origin: str | None = None
    published_at: UtcDatetime | None = None
    language: str | None = None
    summary: str = ""
    is_copy: bool = False


class AlertCause(Record):
    """The message that raised an alert, as it stood in the log: what its dead letter is made of."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: str | None
    value: str


class DeliveryState(StrEnum):
    """How far a sink was told."""

    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"


class Delivery(Record):
    """What became of an alert at one sink. `due_at` is when it is tried (again), while it is pending."""

    sink: Sink
    state: DeliveryState = DeliveryState.PENDING
    attempts: int = 0
    due_at: UtcDatetime | None = None
    done_at: UtcDatetime | None = None
    error: str = ""


class Alert(Record):
    """One alert. `alert_id` follows from the saved search and what it was raised for: receivers tell repeats by it.

    `subject` is what it is about: a story's, article's or source's id, a role's name. `text` is one sentence.
    """

    schema_version: Literal[1] = 1
    alert_id: AlertId
    search_id: SearchId
    search_name: str
    kind: AlertKind
    subject: str
    raised_at: UtcDatetime
    title: str
    text: str
    article: AlertArticle | None = None
    cause: AlertCause | None = None
    deliveries: tuple[Delivery, ...] = ()

    @property
    def state(self) -> DeliveryState:
        """Pending while anybody is still to be told, failed when somebody could not be."""
        states = {delivery.state for delivery in self.deliveries}
        for state in (DeliveryState.PENDING, DeliveryState.FAILED):
            if state in states:
                return state
        return DeliveryState.SENT

    @property
    def due_at(self) -> UtcDatetime | None:
        """When somebody is to be told next; None when nobody is."""
        due = [one.due_at for one in self.deliveries if one.state is DeliveryState.PENDING and one.due_at is not None]
        return min(due) if due else None
