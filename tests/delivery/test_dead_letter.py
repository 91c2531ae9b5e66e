"""A dead letter says what happened, keeps the bytes, and can be sent back."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.delivery.dead_letter import ReplayRefused, build_dead_letter, build_replay, parse_dead_letter
from schemas.dead_letter import MAX_REPLAYS, DeadLetter
from schemas.errors import DECODE, INDEX_MAPPING, REASONS, TOO_LARGE, Rejected
from schemas.message import Message, OutgoingMessage
from schemas.topics import BY_NAME, DEAD_LETTER, ENRICHED

NOW = datetime(2026, 3, 1, 13, tzinfo=timezone(timedelta(hours=1)))
MESSAGE = Message(ENRICHED.name, 3, 41, 1_772_000_000_123, b"id", b"\xff\x00{", (("trace", b"\x01"),))


def _read(outgoing: OutgoingMessage) -> Message:
    return Message(outgoing.topic, 1, 7, 1_772_000_009_999, outgoing.key, outgoing.value, outgoing.headers)


def _bury(message: Message, error: Rejected | None = None, *, status: int | None = None) -> Message:
    error = error or Rejected(INDEX_MAPPING, "field `title` is no text")
    return _read(build_dead_letter(message, "index", error, attempts=2, now=NOW, program_version="1.0", status=status))


def _size(message: OutgoingMessage) -> int:
    return _read(message).size_bytes + 10 * len(message.headers) + 100


def test_round_trip() -> None:
    """All facts come back, the bytes and the original headers are unchanged."""
    error = Rejected(INDEX_MAPPING, "field `title` is no text")
    error.__cause__ = KeyError("title")
    letter = _bury(MESSAGE, error, status=400)
    assert parse_dead_letter(letter) == DeadLetter(
        stage="index",
        reason=INDEX_MAPPING,
        error_type="KeyError",
        error_message="field `title` is no text",
        topic=ENRICHED.name,
        partition=3,
        offset=41,
        timestamp_ms=1_772_000_000_123,
        failed_at=datetime(2026, 3, 1, 12, tzinfo=UTC),
        attempts=2,
        replays=0,
        program_version="1.0",
        status=400,
    )
    assert (letter.topic, letter.key, letter.value) == (DEAD_LETTER.name, MESSAGE.key, MESSAGE.value)
    assert letter.header("trace") == b"\x01"


@given(
    reason=st.sampled_from(sorted(REASONS)),
    detail=st.text(max_size=2000),
    key=st.none() | st.binary(max_size=40),
    value=st.none() | st.binary(max_size=200),
    headers=st.lists(st.tuples(st.text(st.characters(codec="utf-8"), max_size=20), st.binary(max_size=20)), max_size=4),
)
def test_any_bytes_and_any_error_survive(
    reason: str, detail: str, key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes]]
) -> None:
    """Hostile keys, values, headers and error texts come back as they were, the error text within 1 KiB."""
    message = Message("news.raw.v1", 0, 0, 0, key, value, tuple(headers))
    letter = _bury(message, Rejected(reason, detail))
    read = parse_dead_letter(letter)
    assert (letter.key, letter.value, read.reason, read.truncated) == (key, value, reason, False)
    assert len(read.error_message.encode()) <= 1024
    assert detail.encode("utf-8", "replace").decode().startswith(read.error_message)
    again = build_replay(letter)
    assert (again.topic, again.key, again.value) == ("news.raw.v1", key, value)
    assert again.headers[: len(headers)] == tuple(headers)


@pytest.mark.parametrize(
    "message",
    [
        Message("news.raw.v1", 0, 0, 0, b"k", bytes(10 * 1024 * 1024)),
        Message("news.raw.v1", 0, 0, 0, bytes(10 * 1024 * 1024), b"value"),
        Message("news.raw.v1", 0, 0, 0, b"k", b"value", (("small", b"1"), ("h", bytes(10 * 1024 * 1024)))),
        Message("news.raw.v1", 0, 0, 0, b"k", b"value", (("h", b""),) * 500_000),
    ],
    ids=["value", "key", "header", "many headers"],
)
def test_what_is_too_large_is_cut_and_marked(message: Message) -> None:
    """Whatever part is too large, the dead letter fits its topic, says that it was cut, and is not replayed."""
    outgoing = build_dead_letter(
        message, "enrich", Rejected(TOO_LARGE, "10 MB"), attempts=1, now=NOW, program_version="1.0"
    )
    assert _size(outgoing) <= DEAD_LETTER.max_message_bytes
    kept, whole = (outgoing.key or b"", outgoing.value or b""), (message.key or b"", message.value or b"")
    assert whole[0].startswith(kept[0])
    assert whole[1].startswith(kept[1])
    assert sum(map(len, kept)) >= min(sum(map(len, whole)), DEAD_LETTER.max_message_bytes // 5)
    letter = parse_dead_letter(_read(outgoing))
    assert (letter.truncated, letter.reason, letter.topic) == (True, TOO_LARGE, "news.raw.v1")
    with pytest.raises(ReplayRefused, match="truncated"):
        build_replay(_read(outgoing))


def test_the_largest_message_of_every_topic_fits_whole() -> None:
    """A dead letter of a message that its own topic accepted is never cut."""
    for topic in BY_NAME.values():
        if topic is DEAD_LETTER:
            continue
        message = Message(topic.name, 0, 0, 0, b"k" * 32, bytes(topic.max_message_bytes - 32))
        letter = _bury(message)
        assert (letter.value, parse_dead_letter(letter).truncated) == (message.value, False)


def test_replays_are_counted_over_rounds_and_end() -> None:
    """Each round adds one, original headers are kept once, and the sixth round is refused."""
    message = MESSAGE
    for replays in range(MAX_REPLAYS):
        letter = _bury(message)
        assert parse_dead_letter(letter).replays == replays
        again = build_replay(letter)
        assert (again.topic, again.key, again.value) == (MESSAGE.topic, MESSAGE.key, MESSAGE.value)
        assert again.headers == (("trace", b"\x01"), ("newswire-replays", str(replays + 1).encode()))
        message = _read(again)
    with pytest.raises(ReplayRefused, match="5 times"):
        build_replay(_bury(message))


def test_where_it_was_received_from_is_carried_through() -> None:
    """The sender of a pushed article stays known in the dead letter and after a replay."""
    pushed = Message("news.raw.v1", 0, 0, 0, b"id", b"{}", (("newswire-received-from", b"agency"),))
    letter = _bury(pushed)
    assert parse_dead_letter(letter).received_from == "agency"
    assert build_replay(letter).headers == (("newswire-replays", b"1"), ("newswire-received-from", b"agency"))


def test_a_topic_of_nobody_is_not_written_to() -> None:
    """A dead letter that names a topic outside the table is not replayed."""
    with pytest.raises(ReplayRefused, match="no topic"):
        build_replay(_bury(Message("__consumer_offsets", 0, 0, 0, b"k", b"v")))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("newswire-stage", None),
        ("newswire-offset", b"many"),
        ("newswire-failed-at", b"yesterday"),
        ("newswire-failed-at", b"2026-03-01T12:00:00"),
        ("newswire-status", b""),
    ],
)
def test_what_is_no_dead_letter_is_refused(name: str, value: bytes | None) -> None:
    """Missing and impossible headers are a decode error, never another exception."""
    letter = _bury(MESSAGE)
    headers = tuple(header for header in letter.headers if header[0] != name)
    if value is not None:
        headers += ((name, value),)
    with pytest.raises(Rejected) as caught:
        parse_dead_letter(Message(letter.topic, 0, 0, 0, letter.key, letter.value, headers))
    assert caught.value.reason == DECODE


@pytest.mark.parametrize("count", [b"-3", b"x", b"9" * 5000, "²".encode()])
def test_a_forged_replay_count_counts_as_none(count: bytes) -> None:
    """Only counts that this program writes are believed."""
    forged = Message("news.raw.v1", 0, 0, 0, b"id", b"{}", (("newswire-replays", count),))
    assert parse_dead_letter(_bury(forged)).replays == 0
