"""Publishing: each content once, versions that rise, bad inputs dead-lettered once. Over a real embedded log."""

import itertools
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.clock import ManualClock
from pipeline.delivery.dead_letter import parse_dead_letter
from pipeline.log.sqlite import SqliteLog
from pipeline.producers.files import read_path
from pipeline.producers.inputs import BadInput
from pipeline.producers.ledger import Ledger, Sent
from pipeline.producers.publish import Counts, Publisher
from schemas.article import RawArticle
from schemas.codec import decode
from schemas.errors import ConfigurationError, Unavailable
from schemas.message import Message
from schemas.topics import DEAD_LETTER, RAW, TOPICS, Topic

NOON = datetime(2026, 2, 2, 12, tzinfo=UTC)
NewPublisher = Callable[..., Publisher]


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SqliteLog]:
    """An embedded log with all topics."""
    made = SqliteLog(tmp_path / "log.db", ManualClock(NOON))
    made.create_topics(TOPICS)
    yield made
    made.close()


@pytest.fixture
def publisher(log: SqliteLog, tmp_path: Path) -> Iterator[NewPublisher]:
    """Makes publishers as separate runs of the program would: over the same log and ledger."""
    ledgers: list[Ledger] = []

    def make(*, again: bool = False) -> Publisher:
        ledgers.append(Ledger(tmp_path / "data" / "ledger.db"))
        return Publisher(log, ledgers[-1], ManualClock(NOON), again=again)

    yield make
    for ledger in ledgers:
        ledger.close()


def _article(letter: str = "a", text: str = "The ferry.", seconds: int = 0) -> RawArticle:
    at = NOON + timedelta(seconds=seconds)
    return RawArticle(
        article_id=letter * 32, version=int(at.timestamp() * 1000), fetched_at=at, channel="file", content=text,
        content_type="text", received_from=f"{letter}.txt",
    )  # fmt: skip


def _read(log: SqliteLog, topic: Topic) -> list[Message]:
    messages = [message for part in range(topic.partitions) for message in log.read(topic.name, part, 0, 10_000)]
    return sorted(messages, key=lambda message: (message.partition, message.offset))


def _sent(log: SqliteLog) -> list[RawArticle]:
    return [decode(RawArticle, message.value) for message in _read(log, RAW)]


def test_article_is_sent_once(log: SqliteLog, publisher: NewPublisher) -> None:
    """A second run over the same input sends nothing and says so."""
    assert publisher().publish([_article("a"), _article("b")]) == Counts(read=2, sent=2)
    assert publisher().publish([_article("a"), _article("b")]) == Counts(read=2, unchanged=2)
    (message, _) = _read(log, RAW)
    assert message.key in {b"a" * 32, b"b" * 32}
    assert message.header("newswire-received-from") in {b"a.txt", b"b.txt"}


def test_fetching_again_is_no_change(log: SqliteLog, publisher: NewPublisher) -> None:
    """A later fetch time, or another path, of the same content is no new version."""
    publisher().publish([_article()])
    moved = _article(seconds=60).model_copy(update={"received_from": "elsewhere.txt"})
    assert publisher().publish([moved]).unchanged == 1
    assert len(_sent(log)) == 1


@pytest.mark.parametrize("seconds", [60, 0, -60])
def test_changed_content_gets_a_higher_version(log: SqliteLog, publisher: NewPublisher, seconds: int) -> None:
    """A changed content wins over the old one whatever its file's time; version and fetch time agree."""
    publisher().publish([_article()])
    assert publisher().publish([_article(text="The ferry is back.", seconds=seconds)]).sent == 1
    old, new = _sent(log)
    assert new.version == max(old.version + 1, old.version + seconds * 1000)
    assert new.fetched_at == datetime.fromtimestamp(new.version / 1000, UTC)


@pytest.mark.parametrize("runs", [2, 3])
def test_two_contents_under_one_id_settle(log: SqliteLog, publisher: NewPublisher, runs: int) -> None:
    """An input that holds an article twice, with two contents, sends both once, in order, however often it is read."""
    both = [_article(text="first"), _article(text="second")]
    counts = [publisher().publish(both) for _ in range(runs)]
    assert counts == [Counts(read=2, sent=2), *[Counts(read=2, unchanged=2)] * (runs - 1)]
    assert [one.content for one in sorted(_sent(log), key=lambda one: one.version)] == ["first", "second"]


def test_going_back_to_an_old_content_is_a_change(log: SqliteLog, publisher: NewPublisher) -> None:
    """An edit that is taken back later is sent as a new version."""
    for text, seconds in (("first", 0), ("second", 60), ("first", 120)):
        assert publisher().publish([_article(text=text, seconds=seconds)]).sent == 1
    assert [one.content for one in sorted(_sent(log), key=lambda one: one.version)] == ["first", "second", "first"]


def test_again_sends_with_the_version_it_had(log: SqliteLog, publisher: NewPublisher) -> None:
    """Sending regardless repeats the message; consumers see the same version and change nothing."""
    publisher().publish([_article()])
    assert publisher(again=True).publish([_article(seconds=60)]) == Counts(read=1, sent=1)
    first, second = _sent(log)
    assert (first.content, first.version) == (second.content, second.version)


def test_crash_before_the_ledger_means_sending_again(log: SqliteLog, tmp_path: Path) -> None:
    """What the log has and the ledger has not is sent once more, with the same version."""
    for run in range(2):
        with Ledger(tmp_path / f"ledger-{run}.db") as ledger:
            Publisher(log, ledger, ManualClock(NOON)).publish([_article()])
    first, second = _sent(log)
    assert first == second


def test_log_that_fails_leaves_the_ledger_alone(tmp_path: Path, publisher: NewPublisher) -> None:
    """Nothing is remembered as sent that the log did not confirm."""
    empty = SqliteLog(tmp_path / "empty.db", ManualClock(NOON))
    with Ledger(tmp_path / "data" / "ledger.db") as ledger:
        with pytest.raises(ConfigurationError):
            Publisher(empty, ledger, ManualClock(NOON)).publish([_article()])
        assert ledger.sent("a" * 32) == []
    empty.close()
    assert publisher().publish([_article()]).sent == 1


def test_bad_input_is_dead_lettered_once(log: SqliteLog, publisher: NewPublisher) -> None:
    """The dead letter has bytes, reason and place; the same line read again is counted and not sent again."""
    bad = BadInput(Path("news.jsonl"), 7, b'{"title": "cut', "The line is not JSON.")
    for _ in range(2):
        assert publisher().publish([bad, bad]) == Counts(read=2, bad=2)
    (message,) = _read(log, DEAD_LETTER)
    letter = parse_dead_letter(message)
    assert (message.value, letter.stage, letter.reason, letter.topic) == (bad.value, "ingest", "bad-input", "file")
    assert (letter.received_from, letter.error_message) == ("news.jsonl:7", "The line is not JSON.")
    other_line = BadInput(bad.path, 8, bad.value, bad.detail)
    publisher().publish([other_line])
    assert len(_read(log, DEAD_LETTER)) == 2


def test_too_large_article_is_dead_lettered_once(log: SqliteLog, publisher: NewPublisher) -> None:
    """An article that no topic takes does not stop the others."""
    large = _article("a", "x" * RAW.max_message_bytes)
    for expected in (Counts(read=2, sent=1, bad=1), Counts(read=2, unchanged=1, bad=1)):
        assert publisher().publish([large, _article("b")]) == expected
    (message,) = _read(log, DEAD_LETTER)
    letter = parse_dead_letter(message)
    assert (letter.reason, letter.received_from, message.key) == ("too-large", "a.txt", b"a" * 32)


def test_largest_article_passes(publisher: NewPublisher) -> None:
    """Just below the limit, an article is sent."""
    assert publisher().publish([_article("a", "x" * (RAW.max_message_bytes - 3000))]).sent == 1


def test_many_batches_keep_order(log: SqliteLog, publisher: NewPublisher) -> None:
    """Batches are cut by number; versions of one article stay in order across them."""
    items = [_article(letter, f"text {number}", number) for number in range(300) for letter in "ab"]
    assert publisher().publish(iter(items)).sent == 600
    for letter, group in itertools.groupby(_sent(log), key=lambda one: one.article_id):
        versions = [one.version for one in group]
        assert versions == sorted(versions), letter


def test_counts_add_up_over_calls(publisher: NewPublisher) -> None:
    """One publisher may be given several inputs."""
    one = publisher()
    one.publish([_article("a")])
    assert one.publish([_article("a"), _article("b")]) == one.counts == Counts(read=3, sent=2, unchanged=1)


def test_seeds_publish_and_repeat(repository: Path, publisher: NewPublisher) -> None:
    """The shipped articles go through; a second run changes nothing."""
    items = list(read_path(repository / "seeds" / "articles"))
    first = publisher().publish(items)
    assert first.bad == 2
    assert first.sent == len(items) - 2
    second = publisher().publish(items)
    assert (second.sent, second.unchanged, second.bad) == (0, first.sent, 2)


def test_foreign_file_is_no_ledger(tmp_path: Path) -> None:
    """A file that is no database is a matter of configuration."""
    path = tmp_path / "ledger.db"
    path.write_bytes(b"no database at all, but long enough to be looked at" * 100)
    with pytest.raises(ConfigurationError, match="cannot be used"):
        Ledger(path)


def test_ledger_remembers_the_highest(tmp_path: Path) -> None:
    """Recording twice, or late, never lowers a version; closing twice is harmless."""
    with Ledger(tmp_path / "ledger.db") as ledger:
        ledger.record([Sent("a" * 32, b"x", 5, 5)])
        ledger.record([Sent("a" * 32, b"x", 3, 7)])
        assert ledger.sent("a" * 32) == [Sent("a" * 32, b"x", 5, 7)]
        assert not ledger.was_refused(b"y")
        ledger.record([], [b"y", b"y"])
        assert ledger.was_refused(b"y")
    ledger.close()


def test_damaged_ledger_does_not_answer(tmp_path: Path) -> None:
    """A ledger whose table is gone says that it does not answer."""
    with Ledger(tmp_path / "ledger.db") as ledger:
        other = sqlite3.connect(tmp_path / "ledger.db")
        other.execute("DROP TABLE sent")
        other.commit()
        other.close()
        with pytest.raises(Unavailable, match="does not answer"):
            ledger.sent("a" * 32)
