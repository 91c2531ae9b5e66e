"""One feed as the poller knows it, and its health in a word. Data only; imports `schemas` and the reasons."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from pipeline.fetch.refusals import severity_of

Health = Literal["new", "good", "silent", "failing"]
# Several times the usual gap without an article, and at least a day: nights and weekends are no silence.
_SILENT_AFTER_GAPS: Final = 8.0
_SILENT_AFTER: Final = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class FeedState:
    """A feed. `url` is where it is polled, `given_url` the address that it was added under: they differ once it moved.

    `full_text` is the choice for this feed, None for the general setting. `rhythm_s` is the expected time between two
    articles, `interval_s` the last time between two polls. `failures` counts those since the last success, `reason`
    and `detail` say why the last poll failed. `unchanged` counts polls in a row that brought the same bytes or none;
    `is_etag_wrong` that the server was caught keeping its ETag after a change. `claim` is the JSON of
    what the feed says of itself.
    """

    id: int
    url: str
    given_url: str
    host: str
    title: str | None
    site_url: str | None
    source: str | None
    language: str | None
    country: str | None
    tags: tuple[str, ...]
    kind: str
    full_text: str | None
    added_at: datetime
    next_poll_at: datetime
    last_poll_at: datetime | None
    last_success_at: datetime | None
    last_new_at: datetime | None
    etag: str | None
    last_modified: str | None
    body_hash: bytes | None
    unchanged: int
    is_etag_wrong: bool
    rhythm_s: float | None
    interval_s: float | None
    failures: int
    reason: str | None
    detail: str | None
    polls: int
    sent: int
    claim: str | None

    def health(self, now: datetime) -> Health:
        """Return how it does: never polled well, well, well but without articles for long, or failing."""
        if self.failures:
            return "failing"
        if self.last_success_at is None:
            return "new"
        if self.last_new_at and self.rhythm_s:
            patience = max(timedelta(seconds=self.rhythm_s * _SILENT_AFTER_GAPS), _SILENT_AFTER)
            if now - self.last_new_at > patience:
                return "silent"
        return "good"

    @property
    def severity(self) -> str | None:
        """How its last failure is to be taken; None when the last poll went well."""
        return severity_of(self.reason).value if self.reason and self.failures else None
