"""Whoever follows the corrections knows all that were said before, whatever stands between them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.clock import ManualClock
from pipeline.corrections.follow import CorrectionFollower
from pipeline.log.sqlite import SqliteLog
from schemas.codec import encode
from schemas.corrections import EntityCorrection
from schemas.message import OutgoingMessage
from schemas.topics import CORRECTIONS
from tests.corrections.making import ADA, IDA, hide, rename
from tests.index.making import NOW


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SqliteLog]:
    """A log with the topic."""
    log = SqliteLog(tmp_path / "log.db", ManualClock(NOW))
    log.create_topics([CORRECTIONS])
    yield log
    log.close()


def say(log: SqliteLog, *corrections: EntityCorrection) -> None:
    """Send corrections."""
    log.send([OutgoingMessage(CORRECTIONS.name, one.key.encode(), encode(one)) for one in corrections])


def test_each_reading_sees_what_was_said_before_it(log: SqliteLog) -> None:
    """Early and late followers know the same, with the same revisions."""
    early = CorrectionFollower(log)
    assert not early.read()
    say(log, rename(ADA, "A"), rename(ADA, "B"))
    assert early.read().fate(ADA).name == "B"
    say(log, hide(IDA))
    assert early.read() == CorrectionFollower(log).read()
    assert early.read().fate(IDA).is_hidden


def test_compaction_takes_nothing_that_counts(log: SqliteLog) -> None:
    """After superseded messages are gone, a late follower knows the same fates."""
    say(log, *(rename(ADA, f"A{number}") for number in range(50)), hide(IDA))
    early = CorrectionFollower(log).read()
    assert log.prune() > 0
    late = CorrectionFollower(log).read()
    assert (late.fate(ADA).name, late.fate(IDA).is_hidden) == ("A49", True)
    assert set(late.by_key) == set(early.by_key)


def test_what_is_not_ours_keeps_nobody_from_working(log: SqliteLog) -> None:
    """A message that is no correction is passed over; the ones around it count."""
    say(log, hide(ADA))
    log.send([OutgoingMessage(CORRECTIONS.name, b"x", value) for value in (b"{", b"[]", b'{"kind": "hide"}')])
    log.send([OutgoingMessage(CORRECTIONS.name, b"x", None)])
    say(log, hide(IDA))
    said = CorrectionFollower(log).read()
    assert (said.fate(ADA).is_hidden, said.fate(IDA).is_hidden, len(said.by_key)) == (True, True, 2)
