"""Replaying dead letters: to their topic of origin, once each, never in a loop."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.clock import ManualClock
from pipeline.delivery.dead_letter import build_dead_letter
from pipeline.delivery.replay import replay
from pipeline.log.base import Log
from pipeline.log.open import open_log
from pipeline.log.tools import read_topic
from schemas.dead_letter import MAX_REPLAYS
from schemas.errors import BAD_INPUT, Rejected
from schemas.message import Message, OutgoingMessage
from schemas.topics import DEAD_LETTER, RAW, TOPICS

NOW = datetime(2026, 4, 5, tzinfo=UTC)


@pytest.fixture
def log(tmp_path: Path) -> Log:
    """An empty log with all topics."""
    made = open_log(f"sqlite:///{tmp_path}/log.db", ManualClock(NOW))
    made.create_topics(TOPICS)
    return made


def _dead(log: Log, message: Message) -> Message:
    """Dead-letter the message and return it as it stands in the dead-letter topic."""
    error = Rejected(BAD_INPUT, "broken")
    position = log.send([build_dead_letter(message, "enrich", error, attempts=1, now=NOW, program_version="1")])[0]
    return log.read(DEAD_LETTER.name, position.partition, position.offset, 1)[0]


def _raw(log: Log, key: bytes, value: bytes) -> Message:
    position = log.send([OutgoingMessage(RAW.name, key, value)])[0]
    return log.read(RAW.name, position.partition, position.offset, 1)[0]


def test_goes_back_under_its_key(log: Log) -> None:
    """The original key and value arrive again in the topic that they came from; a dry run sends nothing."""
    letter = _dead(log, _raw(log, b"k1", b"v1"))
    assert replay(log, [letter], dry_run=True).sent == 1
    assert len(list(read_topic(log, RAW.name))) == 1
    assert replay(log, [letter]).sent == 1
    assert [(m.key, m.value) for m in read_topic(log, RAW.name)] == [(b"k1", b"v1")] * 2
    log.close()


def test_only_the_last_letter_of_a_message_is_sent(log: Log) -> None:
    """A message that was replayed and refused again is sent once, so that its count of replays grows to the limit."""
    message = _raw(log, b"k1", b"v1")
    for _ in range(MAX_REPLAYS):
        _dead(log, message)
        assert replay(log, read_topic(log, DEAD_LETTER.name)).sent == 1
        message = list(read_topic(log, RAW.name))[-1]
    _dead(log, message)
    result = replay(log, read_topic(log, DEAD_LETTER.name))
    assert result.sent == 0
    assert any(f"replayed {MAX_REPLAYS} times" in why for _, why in result.refused)
    log.close()
