"""Where a message came from: headers that lead from any later topic back to the raw message. Pure.

The first step of an article writes them, the others hand them on. Imports only `schemas`.
"""

from typing import Final

from schemas.dead_letter import HEADER_PREFIX
from schemas.message import Headers, Message
from schemas.topics import BACKFILL_RAW, BACKFILLS

RAW_POSITION_HEADER: Final = HEADER_PREFIX + "raw-position"
"""Topic, partition and offset of the raw message: from an article in the index back to what was received."""

RAW_TIMESTAMP_HEADER: Final = HEADER_PREFIX + "raw-timestamp-ms"
"""When the raw message was appended: publication to index is measured from here."""

_OWN: Final = frozenset({RAW_POSITION_HEADER, RAW_TIMESTAMP_HEADER})
_BACKFILL_TOPICS: Final = frozenset(topic.name for topic in BACKFILLS)
_BACKFILL_POSITION: Final = f"{BACKFILL_RAW.name}/".encode()


def begin_provenance(message: Message) -> Headers:
    """Return the headers of a raw message's output: its own, and where it stood."""
    kept = tuple(header for header in message.headers if header[0] not in _OWN)
    position = f"{message.topic}/{message.partition}/{message.offset}"
    return (
        *kept,
        (RAW_POSITION_HEADER, position.encode()),
        (RAW_TIMESTAMP_HEADER, str(message.timestamp_ms).encode()),
    )


def keep_provenance(message: Message) -> Headers:
    """Return those of the message's headers that say where its raw message stood, and no other."""
    return tuple(header for header in message.headers if header[0] in _OWN)


def raw_timestamp_ms(message: Message) -> int | None:
    """Return when the raw message was appended, None when the message does not say."""
    value = message.header(RAW_TIMESTAMP_HEADER)
    return int(value) if value is not None and value.isdigit() and len(value) < 16 else None


def is_live(message: Message) -> bool:
    """Whether the message is part of live traffic, not of a back-fill."""
    position = message.header(RAW_POSITION_HEADER) or b""
    return message.topic not in _BACKFILL_TOPICS and not position.startswith(_BACKFILL_POSITION)
