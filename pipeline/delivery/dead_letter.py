"""Dead letters: building one, reading one, and making the message that gives it another chance.

Pure; imports only `schemas`. A dead letter is an ordinary message of the dead-letter topic: key and value are the
original bytes, the original headers are kept, and headers called `newswire-…` say what happened (the fields of
`schemas.dead_letter.DeadLetter`).
"""

from datetime import UTC, datetime
from typing import Final

from schemas.dead_letter import ERROR_MESSAGE_MAX_BYTES, HEADER_PREFIX, MAX_REPLAYS, DeadLetter
from schemas.errors import DECODE, NewswireError, Rejected
from schemas.message import Headers, Message, OutgoingMessage
from schemas.topics import BY_NAME, DEAD_LETTER

REPLAYS_HEADER: Final = HEADER_PREFIX + "replays"
RECEIVED_FROM_HEADER: Final = HEADER_PREFIX + "received-from"

# Bounds for what an error may put into headers besides its message.
_NAME_MAX_BYTES: Final = 256
# Kafka counts the whole record batch against max.message.bytes: 61 bytes of batch header, up to 21 of record fields,
# up to 10 for the lengths of each header (Kafka protocol guide, record batch v2). Rounded up.
_RECORD_OVERHEAD_BYTES: Final = 128
_HEADER_OVERHEAD_BYTES: Final = 10


class ReplayRefused(NewswireError):
    """A dead letter that must not be sent again; the message says why."""


def build_dead_letter(
    message: Message,
    stage: str,
    error: Rejected,
    *,
    attempts: int,
    now: datetime,
    program_version: str,
    status: int | None = None,
    max_bytes: int = DEAD_LETTER.max_message_bytes,
) -> OutgoingMessage:
    """Return the message for the dead-letter topic, at most `max_bytes` large with all that Kafka adds.

    What does not fit is cut and marked `truncated`: first the value, then the key, then original headers. The number of
    replays and `received-from` are carried over from the headers of `message`.

    Args:
        message: as it was read; `timestamp_ms` and place go into the headers.
        stage: who refused it.
        error: why; its cause, if it has one, gives the error type.
        attempts: how often the step was given the message.
        now: when it was refused.
        program_version: which program refused it.
        status: the answer of the service that refused it.
        max_bytes: limit of the dead-letter topic.
    """
    facts = {
        "stage": stage,
        "reason": error.reason,
        "error-type": type(error.__cause__ or error).__name__,
        "error-message": _cut_text(error.detail, ERROR_MESSAGE_MAX_BYTES),
        "topic": message.topic,
        "partition": str(message.partition),
        "offset": str(message.offset),
        "timestamp-ms": str(message.timestamp_ms),
        "failed-at": now.astimezone(UTC).isoformat(),
        "attempts": str(attempts),
        "replays": str(_count_replays(message)),
        "program-version": program_version,
    }
    if status is not None:
        facts["status"] = str(status)
    received_from = message.header(RECEIVED_FROM_HEADER)
    if received_from is not None:
        facts["received-from"] = received_from.decode("utf-8", "replace")
    own = tuple((HEADER_PREFIX + name, _cut_text(text, _max_bytes(name)).encode()) for name, text in facts.items())
    mark = (HEADER_PREFIX + "truncated", b"true")
    room = max_bytes - _RECORD_OVERHEAD_BYTES - _header_bytes((*own, mark))
    kept = _without_own(message.headers)
    if _header_bytes(kept) + len(message.key or b"") + len(message.value or b"") <= room:
        return OutgoingMessage(DEAD_LETTER.name, message.key, message.value, (*kept, *own))
    # A message that large has its bytes in the value; a key or headers of hostile size get a quarter each.
    kept = _fit_headers(kept, room // 4)
    key = None if message.key is None else message.key[: room // 4]
    value_room = max(0, room - _header_bytes(kept) - len(key or b""))
    value = None if message.value is None else message.value[:value_room]
    return OutgoingMessage(DEAD_LETTER.name, key, value, (*kept, *own, mark))


def parse_dead_letter(message: Message) -> DeadLetter:
    """Return what the headers of a dead letter say; key and value stay in `message`.

    Raises:
        Rejected: `decode`, when a header is missing or no dead letter of this program has such a value.
    """
    failed_at = _read_text(message, "failed-at")
    try:
        instant = datetime.fromisoformat(failed_at)
    except ValueError:
        raise Rejected(DECODE, f"header {HEADER_PREFIX}failed-at is no time: {failed_at[:40]!r}") from None
    if instant.tzinfo is None:
        raise Rejected(DECODE, f"header {HEADER_PREFIX}failed-at has no time zone: {failed_at[:40]!r}")
    received_from = message.header(RECEIVED_FROM_HEADER)
    return DeadLetter(
        stage=_read_text(message, "stage"),
        reason=_read_text(message, "reason"),
        error_type=_read_text(message, "error-type"),
        error_message=_read_text(message, "error-message"),
        topic=_read_text(message, "topic"),
        partition=_read_number(message, "partition"),
        offset=_read_number(message, "offset"),
        timestamp_ms=_read_number(message, "timestamp-ms"),
        failed_at=instant.astimezone(UTC),
        attempts=_read_number(message, "attempts"),
        replays=_read_number(message, "replays"),
        program_version=_read_text(message, "program-version"),
        status=None if message.header(HEADER_PREFIX + "status") is None else _read_number(message, "status"),
        truncated=message.header(HEADER_PREFIX + "truncated") == b"true",
        received_from=None if received_from is None else received_from.decode("utf-8", "replace"),
    )


def build_replay(message: Message) -> OutgoingMessage:
    """Return the original message again, for the topic that it came from, with one more replay on its count.

    Key, value and original headers are unchanged. Sending it twice is harmless: steps are idempotent, and a version
    older than the indexed one changes nothing.

    Raises:
        ReplayRefused: replayed too often already, truncated, or from a topic that this program does not know.
        Rejected: `decode`, when `message` is no dead letter.
    """
    letter = parse_dead_letter(message)
    if letter.truncated:
        msg = "its bytes were truncated, so the original cannot be restored; fetch the article again"
        raise ReplayRefused(msg)
    if letter.replays >= MAX_REPLAYS:
        msg = f"it was replayed {letter.replays} times already, the limit is {MAX_REPLAYS}"
        raise ReplayRefused(msg)
    if letter.topic not in BY_NAME:
        msg = f"it came from {letter.topic!r}, which is no topic of this program"
        raise ReplayRefused(msg)
    headers = [*_without_own(message.headers), (REPLAYS_HEADER, str(letter.replays + 1).encode())]
    if letter.received_from is not None:
        headers.append((RECEIVED_FROM_HEADER, letter.received_from.encode()))
    return OutgoingMessage(letter.topic, message.key, message.value, tuple(headers))


_OWN_HEADERS: Final = frozenset(
    HEADER_PREFIX + name
    for name in (
        "stage",
        "reason",
        "error-type",
        "error-message",
        "topic",
        "partition",
        "offset",
        "timestamp-ms",
        "failed-at",
        "attempts",
        "replays",
        "program-version",
        "status",
        "truncated",
        "received-from",
    )
)


def _without_own(headers: Headers) -> Headers:
    return tuple(header for header in headers if header[0] not in _OWN_HEADERS)


def _count_replays(message: Message) -> int:
    value = message.header(REPLAYS_HEADER) or b"0"
    # At most so many digits as int() is fast for; anything else was not written by this program.
    return int(value) if value.isdigit() and len(value) < 10 else 0


def _max_bytes(name: str) -> int:
    return ERROR_MESSAGE_MAX_BYTES if name == "error-message" else _NAME_MAX_BYTES


def _header_bytes(headers: Headers) -> int:
    return sum(len(name.encode()) + len(value) + _HEADER_OVERHEAD_BYTES for name, value in headers)


def _fit_headers(headers: Headers, room: int) -> Headers:
    kept: list[tuple[str, bytes]] = []
    for header in headers:
        room -= _header_bytes((header,))
        if room < 0:
            break
        kept.append(header)
    return tuple(kept)


def _cut_text(text: str, max_bytes: int) -> str:
    # Lone surrogates (from undecodable file names, for one) have no UTF-8 form; they are shown as question marks.
    return text.encode("utf-8", "replace")[:max_bytes].decode("utf-8", "ignore")


def _read_text(message: Message, name: str) -> str:
    value = message.header(HEADER_PREFIX + name)
    if value is None:
        raise Rejected(DECODE, f"no dead letter: header {HEADER_PREFIX}{name} is missing")
    return value.decode("utf-8", "replace")


def _read_number(message: Message, name: str) -> int:
    text = _read_text(message, name)
    try:
        return int(text[:20])
    except ValueError:
        raise Rejected(DECODE, f"header {HEADER_PREFIX}{name} is no number: {text[:20]!r}") from None
