"""A match → an alert: which alert it is, and what it says. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from pipeline.alerts.ids import alert_id
from schemas.alert import Alert, AlertArticle, AlertCause, AlertKind, Delivery, SavedSearch
from schemas.events import GroupedEvent
from schemas.message import Message

SUMMARY_CHARS: Final = 500


def subject_of(saved: SavedSearch, event: GroupedEvent) -> tuple[AlertKind, str]:
    """Return what a match is about: its story, or with `every_copy` the article itself."""
    return (AlertKind.ARTICLE, event.article_id) if saved.every_copy else (AlertKind.STORY, event.story_id)


def id_of(saved: SavedSearch, event: GroupedEvent) -> str:
    """Return the id of the alert that a match raises."""
    return alert_id(saved.search_id, *subject_of(saved, event))


def ids_of_parts(saved: SavedSearch, article_ids: list[str]) -> list[str]:
    """Return the ids of the alerts of stories that may have become a part of another one.

    A story bears the id of the article that founded it, so these are among the articles of the story they joined.
    """
    return [alert_id(saved.search_id, AlertKind.STORY, one) for one in article_ids]


def build_alert(
    saved: SavedSearch, event: GroupedEvent, message: Message, fields: Mapping[str, Any], story_size: int, now: datetime
) -> Alert:
    """Return the alert, due at once. `fields` are the article's, as the index holds them."""
    kind, subject = subject_of(saved, event)
    article = _article(event, fields)
    title = article.title or "Untitled"
    where = f"{title} ({article.source or 'unknown source'})"
    text = f"new story: {where}" if kind is AlertKind.STORY else f"new article: {where}"
    if kind is AlertKind.STORY and story_size > 1:
        text = f"story with {story_size} articles: {where}"
    return new_alert(saved, kind, subject, title, text, now).model_copy(
        update={"article": article, "cause": _cause(message)}
    )


def build_test_alert(saved: SavedSearch, now: datetime) -> Alert:
    """Return an alert that only says that alerts of this saved search arrive."""
    text = "this is a test; alerts of this saved search arrive here"
    return new_alert(saved, AlertKind.TEST, now.isoformat(), "A test alert", text, now)


def new_alert(saved: SavedSearch, kind: AlertKind, subject: str, title: str, text: str, now: datetime) -> Alert:
    """Return an alert that is due at once at each of those whom the saved search tells."""
    return Alert(
        alert_id=alert_id(saved.search_id, kind, subject),
        search_id=saved.search_id,
        search_name=saved.name,
        kind=kind,
        subject=subject,
        raised_at=now,
        title=title,
        text=text,
        deliveries=tuple(Delivery(sink=sink, due_at=now) for sink in saved.sinks),
    )


def to_message(cause: AlertCause) -> Message:
    """Return the message that raised an alert, as it stood in the log."""
    key = None if cause.key is None else cause.key.encode()
    return Message(cause.topic, cause.partition, cause.offset, cause.timestamp_ms, key, cause.value.encode())


def _article(event: GroupedEvent, fields: Mapping[str, Any]) -> AlertArticle:
    summary = str(fields.get("summary") or "")
    return AlertArticle(
        article_id=event.article_id,
        version=event.version,
        story_id=event.story_id,
        title=str(fields.get("title") or ""),
        url=fields.get("canonical_url") or fields.get("url"),
        source=fields.get("source.name") or fields.get("source.domain"),
        origin=fields.get("origin.name"),
        published_at=fields.get("published_at"),
        language=fields.get("language"),
        summary=summary if len(summary) <= SUMMARY_CHARS else summary[: SUMMARY_CHARS - 1] + "…",
        is_copy=event.is_copy,
    )


def _cause(message: Message) -> AlertCause:
    # Both were decoded before, so that they are text.
    key = None if message.key is None else message.key.decode("utf-8", "replace")
    value = (message.value or b"").decode("utf-8", "replace")
    return AlertCause(
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
        timestamp_ms=message.timestamp_ms,
        key=key,
        value=value,
    )
