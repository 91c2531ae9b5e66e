"""One message of the log → what it says of its article's path. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from pydantic import Field

from pipeline.delivery.dead_letter import parse_dead_letter
from pipeline.delivery.provenance import RAW_POSITION_HEADER
from schemas.article import EnrichedArticle, RawArticle
from schemas.base import Record, UtcDatetime
from schemas.codec import decode
from schemas.errors import Rejected
from schemas.events import GroupedEvent, IndexedEvent
from schemas.message import Message
from schemas.topics import BACKFILL_ENRICHED, BACKFILL_RAW, BACKFILLS, DEAD_LETTER, ENRICHED, GROUPED, INDEXED, RAW

TRACED: Final = (RAW, BACKFILL_RAW, ENRICHED, BACKFILL_ENRICHED, INDEXED, GROUPED, DEAD_LETTER)
_RAW: Final = frozenset({RAW.name, BACKFILL_RAW.name})
_BACKFILL: Final = frozenset(topic.name for topic in BACKFILLS)


class Stage(StrEnum):
    """A step that an article goes through."""

    RECEIVED = "received"
    ENRICHED = "enriched"
    INDEXED = "indexed"
    GROUPED = "grouped"
    ALERTED = "alerted"
    REFUSED = "refused"


class TraceStep(Record):
    """One thing that happened to the article. `facts` depend on the stage; `position` is topic/partition/offset.

    `raw_position` is the received message that this came of, where the message says so.
    """

    at: UtcDatetime
    stage: Stage
    version: int | None = None
    position: str | None = None
    raw_position: str | None = None
    backfill: bool = False
    facts: dict[str, Any] = Field(default_factory=dict)


def name_position(message: Message) -> str:
    """Return topic/partition/offset."""
    return "/".join(map(str, message.position))


def read_step(message: Message) -> TraceStep | None:
    """Return what a message of one of the `TRACED` topics says; None for one of another topic."""
    reader = _READERS.get(message.topic)
    if reader is None:
        return None
    position = name_position(message)
    raw = position if message.topic in _RAW else _text(message, RAW_POSITION_HEADER)
    common = {
        "at": datetime.fromtimestamp(message.timestamp_ms / 1000, UTC),
        "position": position,
        "raw_position": raw,
        "backfill": message.topic in _BACKFILL or (raw or "").startswith(f"{BACKFILL_RAW.name}/"),
    }
    try:
        return TraceStep.model_validate({**common, **reader(message)})
    except Rejected as error:
        # The message itself, and what the next stage will say to it, are part of the path.
        stage = Stage.RECEIVED if message.topic in _RAW else Stage.REFUSED
        facts = {"unreadable": error.detail, "bytes": len(message.value or b"")}
        return TraceStep.model_validate({**common, "stage": stage, "facts": facts})


def _read_raw(message: Message) -> dict[str, Any]:
    article = decode(RawArticle, message.value)
    facts = {
        "channel": article.channel,
        "received_from": article.received_from,
        "url": article.url,
        "fetched_at": article.fetched_at.isoformat(),
        "bytes": len(message.value or b""),
        "title": article.feed_entry.title,
    }
    return {"stage": Stage.RECEIVED, "version": article.version, "facts": known_facts(facts)}


def _read_enriched(message: Message) -> dict[str, Any]:
    article = decode(EnrichedArticle, message.value)
    enrichment = article.enrichment
    facts = {
        "enrichment_version": enrichment.version,
        "milliseconds": {name: round(spent, 1) for name, spent in enrichment.milliseconds.items()},
        "models": enrichment.models,
        "problems": [f"{each.step}: {each.reason}" for each in enrichment.problems],
        "language": article.language,
        "title": article.title,
    }
    return {"stage": Stage.ENRICHED, "version": article.version, "facts": known_facts(facts)}


def _read_indexed(message: Message) -> dict[str, Any]:
    event = decode(IndexedEvent, message.value)
    facts = {"enrichment_version": event.enrichment_version, "first_seen_at": event.first_seen_at.isoformat()}
    return {"at": event.indexed_at, "stage": Stage.INDEXED, "version": event.version, "facts": facts}


def _read_grouped(message: Message) -> dict[str, Any]:
    event = decode(GroupedEvent, message.value)
    facts = {"story_id": event.story_id, "copy_of": event.copy_of, "is_copy": event.is_copy, "reason": event.reason}
    return {"at": event.grouped_at, "stage": Stage.GROUPED, "version": event.version, "facts": known_facts(facts)}


def _read_letter(message: Message) -> dict[str, Any]:
    letter = parse_dead_letter(message)
    facts = {
        "letter": f"{message.partition}-{message.offset}",
        "stage": letter.stage,
        "reason": letter.reason,
        "error": letter.error_message,
        "of": f"{letter.topic}/{letter.partition}/{letter.offset}",
        "attempts": letter.attempts,
        "replays": letter.replays,
    }
    return {"at": letter.failed_at, "stage": Stage.REFUSED, "facts": facts}


_READERS: Final = {
    RAW.name: _read_raw,
    BACKFILL_RAW.name: _read_raw,
    ENRICHED.name: _read_enriched,
    BACKFILL_ENRICHED.name: _read_enriched,
    INDEXED.name: _read_indexed,
    GROUPED.name: _read_grouped,
    DEAD_LETTER.name: _read_letter,
}


def known_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts without those that say nothing."""
    return {name: value for name, value in facts.items() if value not in (None, [], {}, "")}


def _text(message: Message, header: str) -> str | None:
    value = message.header(header)
    return None if value is None else value.decode("utf-8", "replace")
