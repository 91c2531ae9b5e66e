"""What a poll changes in its feed's row, and when the next one is: after success, and after failure. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from pipeline.fetch.answers import Fetched
from pipeline.fetch.feed_state import FeedState
from pipeline.fetch.http_values import parse_freshness, parse_retry_after
from pipeline.fetch.reading import ReadItem
from pipeline.fetch.refusals import FetchRefused
from pipeline.fetch.schedule import (
    Hints,
    Pace,
    first_rhythm,
    interval_after_failure,
    next_interval,
    next_rhythm,
    skip_quiet_hours,
    with_jitter,
)
from pipeline.fetch.selection import published_at
from pipeline.sources.urls import host_of
from pipeline.websub.store import Delivery
from schemas.feed import FeedClaim

_OF_THE_SERVER: Final = frozenset(
    {"etag", "last_modified", "body_hash", "unchanged", "is_etag_wrong", "claim", "title", "site_url", "url", "host"}
)
_USUAL_S: Final = 3600.0
_MAX_DETAIL_CHARS: Final = 300
_MAX_VALIDATOR_CHARS: Final = 1000
_MAX_CLAIM_BYTES: Final = 16 * 1024


@dataclass(frozen=True, slots=True)
class Found:
    """What a poll that went well brought. `items` and `claim` are those of a feed that was read anew.

    `is_whole` is False when something was left for the next poll, which must therefore see the feed again.
    """

    sent: int = 0
    items: Sequence[ReadItem] = ()
    claim: FeedClaim | None = None
    body_hash: bytes | None = None
    is_whole: bool = True
    is_etag_wrong: bool = False


def after_success(feed: FeedState, fetched: Fetched, found: Found, at: datetime, pace: Pace) -> dict[str, Any]:
    """Return the feed's columns after a poll that went well."""
    is_first = feed.rhythm_s is None
    if is_first:
        rhythm = first_rhythm([day for item in found.items if (day := published_at(item))], at)
    else:
        since = (at - (feed.last_new_at or feed.last_success_at or feed.added_at)).total_seconds()
        rhythm = next_rhythm(feed.rhythm_s or _USUAL_S, found.sent, max(since, 1.0))
    claim = found.claim or (FeedClaim.model_validate_json(feed.claim) if feed.claim else FeedClaim())
    interval = next_interval(rhythm, pace, _hints(claim, fetched, at))
    due = at + timedelta(seconds=with_jitter(interval, feed.given_url, feed.polls))
    changes: dict[str, Any] = {
        "next_poll_at": skip_quiet_hours(due, _hints(claim, fetched, at)),
        "last_poll_at": at,
        "last_success_at": at,
        "rhythm_s": rhythm,
        "interval_s": interval,
        "failures": 0,
        "reason": None,
        "detail": None,
        "polls": feed.polls + 1,
        "sent": feed.sent + found.sent,
        **_validators(feed, fetched, found),
    }
    if found.sent:
        changes["last_new_at"] = at
    elif is_first:
        changes["last_new_at"] = max((day for item in found.items if (day := published_at(item))), default=None)
    if found.claim:
        changes |= _claimed(feed, found.claim)
    if fetched.moved_to and (found.claim or fetched.not_modified) and fetched.moved_to != feed.url:
        changes |= {"url": fetched.moved_to, "host": host_of(fetched.moved_to) or feed.host}
    return changes


def after_failure(feed: FeedState, refused: FetchRefused, at: datetime, pace: Pace) -> dict[str, Any]:
    """Return the feed's columns after a poll that failed: later each time, never given up."""
    failures = feed.failures + 1
    usual = feed.interval_s if feed.interval_s and not feed.failures else max(_USUAL_S, pace.min_s)
    interval = interval_after_failure(refused.severity, failures, min(usual, pace.max_s), refused.retry_after_s)
    interval = max(interval, min(pace.min_s, usual))
    return {
        "next_poll_at": at + timedelta(seconds=with_jitter(interval, feed.given_url, feed.polls)),
        "last_poll_at": at,
        "failures": failures,
        "reason": refused.reason,
        "detail": refused.detail[:_MAX_DETAIL_CHARS],
        "polls": feed.polls + 1,
    }


def delivered_answer(feed: FeedState, delivery: Delivery) -> Fetched:
    """Return what a hub has delivered as the answer that the feed would have given."""
    headers = {"content-type": delivery.content_type} if delivery.content_type else {}
    return Fetched(feed.url, feed.url, 200, delivery.body, headers)


def after_delivery(changes: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """Return the feed's columns after a hub's delivery: those of a poll, but for what only the feed itself can say.

    When something was left, the feed itself is asked for it, at once and in full.
    """
    kept = {name: value for name, value in changes.items() if name not in _OF_THE_SERVER}
    if changes["body_hash"] is None:
        kept |= {"next_poll_at": at, "etag": None, "last_modified": None, "body_hash": None}
    return kept


def asks_again_in_full(feed: FeedState) -> bool:
    """Return whether the next request must not be conditional: some servers keep an ETag after a change.

    Asked after 4, 8, 16, … polls without a change, so that it costs next to nothing.
    """
    count = feed.unchanged
    return feed.is_etag_wrong or (count >= 4 and (count & (count - 1) == 0 or count % 64 == 0))


def _validators(feed: FeedState, fetched: Fetched, found: Found) -> dict[str, Any]:
    if not found.is_whole:
        return {"etag": None, "last_modified": None, "body_hash": None, "unchanged": 0}
    if fetched.not_modified:
        return {"unchanged": feed.unchanged + 1}
    unchanged = found.body_hash is not None and found.body_hash == feed.body_hash
    return {
        "etag": _short(fetched.headers.get("etag")),
        "last_modified": _short(fetched.headers.get("last-modified")),
        "body_hash": found.body_hash,
        "unchanged": feed.unchanged + 1 if unchanged else 0,
        "is_etag_wrong": feed.is_etag_wrong or found.is_etag_wrong,
    }


def _short(value: str | None) -> str | None:
    return value if value and len(value) <= _MAX_VALIDATOR_CHARS else None


def _claimed(feed: FeedState, claim: FeedClaim) -> dict[str, Any]:
    """Return what the feed says of itself, where the list that it came from said nothing."""
    changes: dict[str, Any] = {}
    for name in ("title", "site_url", "language", "country"):
        if getattr(feed, name) is None and (said := getattr(claim, name)):
            changes[name] = said[:500]
    written = claim.model_dump_json(exclude_defaults=True)
    changes["claim"] = written if len(written) <= _MAX_CLAIM_BYTES else None
    return changes


def _hints(claim: FeedClaim, fetched: Fetched, at: datetime) -> Hints:
    fresh = parse_freshness(fetched.headers.get("cache-control"), fetched.headers.get("expires"), at)
    said = [value for value in (claim.ttl_s, claim.update_period_s, fresh) if value]
    wait = parse_retry_after(fetched.headers.get("retry-after"), at)
    return Hints(float(max(said)) if said else None, wait, claim.skip_hours, claim.skip_days)
