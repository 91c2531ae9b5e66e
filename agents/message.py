"""A Faust event as a message of ours."""

from typing import Any

from faust.types import EventT

from schemas.message import Headers, Message


def build_message(event: EventT[Any], topic_prefix: str) -> Message:
    """Return the event's message as every log carries it: our topic name, the bytes as they were received."""
    raw = event.message
    topic = raw.topic.removeprefix(topic_prefix)
    timestamp_ms = round(raw.timestamp * 1000)
    return Message(topic, raw.partition, raw.offset, timestamp_ms, raw.key, raw.value, _headers(raw.headers))


def _headers(raw: Any) -> Headers:  # noqa: ANN401  # pairs or a mapping, by Faust's types; Kafka allows null values
    pairs = raw.items() if hasattr(raw, "items") else raw or ()
    return tuple((name, value or b"") for name, value in pairs)
