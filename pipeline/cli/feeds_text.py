"""How a feed is shown to a person: its row in a table, its facts, times as "5 min ago". Imports only its state."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.fetch.feed_state import FeedState

_UNITS = ((86_400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"))
_MAX_NAME_CHARS = 60


def span(seconds: float) -> str:
    """Return a span of time in its largest fitting unit.

    >>> span(42), span(150), span(7200), span(200_000)
    ('42 s', '2 min', '2 h', '2 d')
    """
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{seconds // size:.0f} {unit}"
    return "0 s"


def ago(at: "datetime | str", now: datetime) -> str:
    """Return how long ago a moment was, or in how long it will be; `now` for the present minute's past."""
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    seconds = (now - moment).total_seconds()
    return f"{span(seconds)} ago" if seconds >= 0 else f"in {span(-seconds)}"


def feed_row(feed: "FeedState", now: datetime) -> tuple[object, ...]:
    """Return the cells of a feed's row: name, health, last success, last article, rhythm, next poll, articles sent."""
    health = feed.health(now)
    due = (feed.next_poll_at - now).total_seconds()
    return (
        (feed.title or feed.given_url)[:_MAX_NAME_CHARS],
        f"{health}: {feed.reason}" if feed.failures else health,
        ago(feed.last_success_at, now) if feed.last_success_at else None,
        ago(feed.last_new_at, now) if feed.last_new_at else None,
        span(feed.rhythm_s) if feed.rhythm_s else None,
        f"in {span(due)}" if due > 0 else "due",
        feed.sent,
    )


def feed_facts(feed: "FeedState", now: datetime) -> dict[str, Any]:
    """Return a feed as JSON: what people and programs may want to know, without the poller's own notes."""
    return {
        "url": feed.given_url,
        "polled_at_url": feed.url if feed.url != feed.given_url else None,
        "title": feed.title,
        "site_url": feed.site_url,
        "source": feed.source,
        "language": feed.language,
        "country": feed.country,
        "tags": list(feed.tags),
        "kind": feed.kind,
        "full_text": feed.full_text,
        "health": feed.health(now),
        "severity": feed.severity,
        "reason": feed.reason,
        "detail": feed.detail,
        "failures": feed.failures,
        "rhythm_s": _whole(feed.rhythm_s),
        "interval_s": _whole(feed.interval_s),
        "polls": feed.polls,
        "articles_sent": feed.sent,
        "added_at": _iso(feed.added_at),
        "last_poll_at": _iso(feed.last_poll_at),
        "last_success_at": _iso(feed.last_success_at),
        "last_article_at": _iso(feed.last_new_at),
        "next_poll_at": _iso(feed.next_poll_at),
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None


def _whole(seconds: float | None) -> int | None:
    return round(seconds) if seconds is not None else None
