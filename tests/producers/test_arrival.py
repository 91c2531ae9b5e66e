"""Following sent articles into a real embedded index, past a real dead-letter topic."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.clock import ManualClock
from pipeline.index.tantivy import TantivyIndex
from pipeline.log.sqlite import SqliteLog
from pipeline.producers.arrival import Arrivals, Arrived
from pipeline.producers.ledger import Sent
from schemas.message import OutgoingMessage
from schemas.topics import DEAD_LETTER, TOPICS
from tests.index.making import NOW, article_id, make_document


@pytest.fixture
def clock() -> ManualClock:
    """A clock on which waiting takes no time."""
    return ManualClock(NOW)


@pytest.fixture
def log(tmp_path: Path, clock: ManualClock) -> Iterator[SqliteLog]:
    """An embedded log with all topics."""
    with closing(SqliteLog(tmp_path / "log.db", clock)) as made:
        made.create_topics(TOPICS)
        yield made


@pytest.fixture
def index(tmp_path: Path, clock: ManualClock) -> Iterator[TantivyIndex]:
    """An empty index."""
    with closing(TantivyIndex(tmp_path / "index", clock, background=False)) as made:
        made.install()
        yield made


def _sent(name: str | int, version: int = 1) -> Sent:
    return Sent(article_id(name), b"content", version, version)


def _refuse(log: SqliteLog, name: str) -> None:
    log.send([OutgoingMessage(DEAD_LETTER.name, article_id(name).encode(), b"refused")])


def test_each_article_is_counted_once(log: SqliteLog, index: TantivyIndex, clock: ManualClock) -> None:
    """What is in the index, what was refused since, and what is still on the way add up to what was sent."""
    _refuse(log, "before")
    arrivals = Arrivals(log, index, clock)
    arrivals.expect([_sent("here"), _sent("before"), _sent("bad"), _sent("late")])
    index.write([make_document("here"), make_document("somebody else's")])
    _refuse(log, "bad")
    _refuse(log, "bad")
    assert arrivals.wait(3.0) == Arrived(searchable=1, refused=1, missing=2)
    assert clock.monotonic_s() >= 3.0
    index.write([make_document("late"), make_document("before")])
    before_s = clock.monotonic_s()
    assert arrivals.wait(3.0) == Arrived(searchable=3, refused=1, missing=0)
    assert clock.monotonic_s() == before_s


def test_an_older_version_has_not_arrived(log: SqliteLog, index: TantivyIndex, clock: ManualClock) -> None:
    """Of an article that was there before, the version that was sent is waited for, or a newer one."""
    arrivals = Arrivals(log, index, clock)
    arrivals.expect([_sent("a", 5)])
    arrivals.expect([_sent("a", 3)])
    index.write([make_document("a", version=4)])
    assert arrivals.wait(0.0).missing == 1
    index.write([make_document("a", version=6)])
    assert arrivals.wait(0.0) == Arrived(searchable=1, refused=0, missing=0)


def test_more_than_one_look_asks_for(log: SqliteLog, index: TantivyIndex, clock: ManualClock) -> None:
    """Thousands of articles are followed by questions of bounded size."""
    arrivals = Arrivals(log, index, clock)
    arrivals.expect(_sent(number) for number in range(2500))
    index.write([make_document(number) for number in range(2400)])
    looks: list[Arrived] = []
    arrivals.wait(1.0, looks.append)
    assert looks[-1] == Arrived(searchable=2400, refused=0, missing=100)
