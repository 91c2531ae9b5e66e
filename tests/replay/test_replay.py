"""Replay: what was asked for is worked on again, once, in order, and goes on where it was interrupted."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.clock import ManualClock, SystemClock
from pipeline.enrich.version import ENRICHMENT_VERSION
from pipeline.index.base import ArticleIndex, IndexDocument
from pipeline.index.tantivy import TantivyIndex
from pipeline.log.base import Log
from pipeline.log.kafka import KafkaLog
from pipeline.log.sqlite import SqliteLog
from pipeline.log.tools import read_topic
from pipeline.replay.position import Position, PositionFile
from pipeline.replay.run import BATCH, Ends, Replay, begin
from pipeline.replay.selection import Selection, Work
from pipeline.sources.registry import SourceRegistry
from schemas.article import RawArticle, SourceClaim
from schemas.codec import encode
from schemas.errors import ConfigurationError, Unavailable
from schemas.message import OutgoingMessage
from schemas.message import Position as Place
from schemas.topics import BACKFILL_ENRICHED, BACKFILL_RAW, ENRICHED, RAW, TOPICS
from tests.cli.conftest import Newswire, newswire
from tests.index.making import NOW, article_id, make_article, make_document
from tests.services.fixtures import Service

__all__ = ["newswire"]
OLDER = ENRICHMENT_VERSION - 1


def make_raw(
    name: str | int, *, version: int = 1, domain: str = "harbour-post.example", hours: float = 0
) -> RawArticle:
    """Return a received article, fetched so many hours before `NOW`."""
    return RawArticle(
        article_id=article_id(name),
        version=version,
        fetched_at=NOW - timedelta(hours=hours),
        source=SourceClaim(domain=domain),
        channel="file",
        content=f"Ferry {name} runs again\n\nThe ferry between the islands runs again, the office said on Monday.",
        content_type="text",
    )


def outdated(name: str, title: str = "", *, version: int = 1) -> IndexDocument:
    """Return the document that an older enrichment gave."""
    return replace(make_document(name, title, version=version), enrichment_version=OLDER)


def send_raw(log: Log, articles: Sequence[RawArticle]) -> None:
    """Append received articles."""
    log.send([OutgoingMessage(RAW.name, one.article_id.encode(), encode(one), (("h", b"v"),)) for one in articles])


@pytest.fixture
def ends(tmp_path: Path) -> Iterator[Ends]:
    """An embedded log and index, both empty."""
    with ExitStack() as stack:
        log = stack.enter_context(closing(SqliteLog(tmp_path / "log.db", SystemClock())))
        index = stack.enter_context(closing(TantivyIndex(tmp_path / "index", ManualClock(NOW), background=False)))
        log.create_topics(TOPICS)
        index.install()
        yield Ends(log, index, SourceRegistry([]), SystemClock())


def build(
    ends: Ends, work: Work, selection: Selection, file: PositionFile | None, position: Position | None = None
) -> Replay:
    """Return a replay from the beginning, or from a position."""
    start = position or begin(ends.log, work)
    return Replay(ends, work, selection, start, enrichment_version=ENRICHMENT_VERSION, file=file)


def back_filled(log: Log, work: Work = Work.ENRICH) -> list[bytes | None]:
    """Return the keys of what was sent to the back-fill topic."""
    return [message.key for message in read_topic(log, work.target.name)]


def keys(*names: str | int) -> list[bytes]:
    """Return the keys of articles."""
    return sorted(article_id(name).encode() for name in names)


def test_by_source_and_time(ends: Ends, tmp_path: Path) -> None:
    """Only the chosen sources and times are sent, with key, value and headers as they were."""
    other = make_raw("d", domain="gazette.example")
    send_raw(ends.log, [make_raw("a", hours=1), make_raw("b", hours=5), make_raw("c", hours=9), other])
    chosen = Selection(frozenset({"harbour-post.example"}), NOW - timedelta(hours=5), NOW - timedelta(minutes=30))
    done = build(ends, Work.ENRICH, chosen, PositionFile(tmp_path, {})).run()
    assert (done.read, done.selected, done.by_source) == (4, 2, {"harbour-post.example": 2})
    sent = {message.key: message for message in read_topic(ends.log, BACKFILL_RAW.name)}
    assert sorted(key or b"" for key in sent) == keys("a", "b")
    for before in read_topic(ends.log, RAW.name):
        after = sent.get(before.key)
        assert after is None or (after.value, after.headers) == (before.value, before.headers)


def test_only_what_is_stale(ends: Ends, tmp_path: Path) -> None:
    """Of what the index holds only results of an older enrichment are enriched again, by the version that is shown."""
    send_raw(ends.log, [*(make_raw(name) for name in ("old", "new", "later", "absent")), make_raw("old", version=2)])
    ends.index.write(
        [
            outdated("old", version=2),
            make_document("new", enrichment_version=ENRICHMENT_VERSION),
            outdated("later", version=9),
        ]
    )
    done = build(ends, Work.ENRICH, Selection(stale=True), PositionFile(tmp_path, {})).run()
    (sent,) = read_topic(ends.log, BACKFILL_RAW.name)
    assert (sent.key, done.selected) == (article_id("old").encode(), 1)
    assert b'"version":2' in (sent.value or b"")


def test_index_again(ends: Ends, tmp_path: Path) -> None:
    """Enriched articles go to the back-fill of the index; with stale, those that it lacks or has in an older form."""
    articles = [make_article("a"), make_article("b", enrichment_version=2), make_article("c", version=3)]
    ends.log.send([OutgoingMessage(ENRICHED.name, one.article_id.encode(), encode(one)) for one in articles])
    ends.index.write([make_document("a"), make_document("b"), make_document("c", version=4)])
    assert build(ends, Work.INDEX, Selection(), None).run().selected == 3
    build(ends, Work.INDEX, Selection(stale=True), PositionFile(tmp_path, {})).run()
    assert [message.key for message in read_topic(ends.log, BACKFILL_ENRICHED.name)] == keys("b")


def test_dry_run_sends_nothing(ends: Ends) -> None:
    """Without a position file everything is counted and nothing is sent; what is no article is counted apart."""
    send_raw(ends.log, [make_raw(name) for name in range(30)])
    ends.log.send([OutgoingMessage(RAW.name, b"x", b"no json"), OutgoingMessage(RAW.name, b"y", None)])
    done = build(ends, Work.ENRICH, Selection(), None).run()
    assert (done.read, done.selected, done.unreadable) == (32, 30, 2)
    assert back_filled(ends.log) == []


class _Breaking(SqliteLog):
    """A log that stops answering after so many sends."""

    sends = 3

    def send(self, messages: Sequence[OutgoingMessage]) -> Sequence[Place]:
        """Send, or not."""
        if self.sends == 0:
            reason = "as the test wants it"
            raise Unavailable(reason)
        self.sends -= 1
        return super().send(messages)


def test_goes_on_where_it_was(ends: Ends, tmp_path: Path) -> None:
    """After an interruption everything is sent exactly once, counted once, and what came since is left to live work."""
    send_raw(ends.log, [make_raw(number) for number in range(BATCH * 2)])
    file = PositionFile(tmp_path / "positions", {"since": "7d"})
    with closing(_Breaking(tmp_path / "log.db", SystemClock())) as breaking, pytest.raises(Unavailable):
        build(replace(ends, log=breaking), Work.ENRICH, Selection(), file).run()
    assert 0 < len(back_filled(ends.log)) < BATCH * 2
    send_raw(ends.log, [make_raw("meanwhile")])
    held = file.load()
    assert held is not None
    assert held.resumed
    done = build(ends, Work.ENRICH, Selection(), file, held).run()
    assert sorted(key or b"" for key in back_filled(ends.log)) == keys(*range(BATCH * 2))
    assert done.selected == done.read == BATCH * 2
    assert file.load() is None


def test_each_selection_has_a_position_of_its_own(tmp_path: Path) -> None:
    """Another question never goes on from the position of the first; a damaged file says what to do."""
    one, other = (PositionFile(tmp_path, {"since": since}) for since in ("7d", "8d"))
    one.save(Position({0: 5}, {0: 9}))
    assert other.load() is None
    assert PositionFile(tmp_path, {"since": "7d"}).load() == Position({0: 5}, {0: 9}, resumed=True)
    one.path.write_text("{")
    with pytest.raises(ConfigurationError, match="--restart"):
        one.load()


def test_rate_is_kept(ends: Ends, tmp_path: Path) -> None:
    """Messages are sent no faster than asked, by the clock that is given."""
    send_raw(ends.log, [make_raw(number) for number in range(50)])
    clock = ManualClock(NOW)
    before = clock.monotonic_s()
    slow = replace(ends, clock=clock)
    file = PositionFile(tmp_path, {})
    Replay(slow, Work.ENRICH, Selection(), begin(ends.log, Work.ENRICH), enrichment_version=1, file=file, rate=10).run()
    assert clock.monotonic_s() - before == pytest.approx(5.0)


def test_on_kafka(kafka_server: Service, topic_prefix: str, ends: Ends, tmp_path: Path) -> None:
    """The same on a real Kafka."""
    with closing(KafkaLog([kafka_server.address], SystemClock(), topic_prefix=topic_prefix)) as log:
        log.create_topics([RAW, BACKFILL_RAW])
        send_raw(log, [make_raw(number, hours=number) for number in range(40)])
        wanted = Selection(since=NOW - timedelta(hours=9))
        done = build(replace(ends, log=log), Work.ENRICH, wanted, PositionFile(tmp_path, {})).run()
        assert (done.read, done.selected) == (40, 10)
        assert sorted(key or b"" for key in back_filled(log)) == keys(*range(10))


def test_command_replaces_older_results_only(newswire: Newswire, tmp_path: Path) -> None:
    """`newswire replay` enriches again what is stale, replaces it in the index, and leaves newer versions alone."""
    data = tmp_path / "data"
    data.mkdir()
    raws = [make_raw("a"), make_raw("b"), make_raw("c")]
    with closing(SqliteLog(data / "log.db", SystemClock())) as log:
        log.create_topics(TOPICS)
        send_raw(log, raws)
        with closing(log.subscribe("newswire-enrich", [RAW.name])) as consumer:
            while sum(log.lag("newswire-enrich", [RAW.name]).values()):
                found = consumer.poll(10, 10_000_000, 0.2)
                consumer.commit({message.topic_partition: message.offset + 1 for message in found})
    index: ArticleIndex
    with closing(TantivyIndex(data / "index", SystemClock())) as index:
        index.install()
        stale = [outdated(name, "Before") for name in "ab"]
        index.write([*stale, outdated("c", "Newer", version=5)])
    asked = ("replay", "--re-enrich", "--stale", "--json")
    variables = {"NEWSWIRE_MODELS": "", "NEWSWIRE_PROCESSES": "1"}
    counted = newswire(*asked, "--dry-run", **variables).json
    assert (counted["selected"], counted["sent"], counted["by_source"]) == (2, 0, {"harbour-post.example": 2})
    assert newswire(*asked, **variables).json["sent"] == 2
    with closing(TantivyIndex(data / "index", SystemClock())) as index:
        titles = {name: index.get(article_id(name)) for name in "abc"}
        assert index.versions(keys_of("a", "b", "c")) == {
            article_id("a"): (1, ENRICHMENT_VERSION),
            article_id("b"): (1, ENRICHMENT_VERSION),
            article_id("c"): (5, OLDER),
        }
        shown = {name: held.fields["title"] for name, held in titles.items() if held}
        assert shown["a"].startswith("Ferry a")
        assert shown["c"] == "Newer"


def keys_of(*names: str) -> list[str]:
    """Return the ids of articles."""
    return [article_id(name) for name in names]


def test_command_wants_one_kind_of_work(newswire: Newswire) -> None:
    """Neither or both kinds of work, or a time that is none, is wrong use."""
    assert newswire("replay").code == 2
    assert newswire("replay", "--re-enrich", "--re-index").code == 2
