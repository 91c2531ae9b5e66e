"""The trace tells the truth of each kind of article, on both runtimes."""

import asyncio
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.cli.trace import describe
from pipeline.clock import SystemClock
from pipeline.connections import index_of, log_of
from pipeline.index.base import ArticleIndex
from pipeline.log.base import Log
from pipeline.log.tools import read_topic
from pipeline.monitoring.trace import State, Trace, build_trace
from pipeline.monitoring.trace_reading import read_evidence
from pipeline.monitoring.trace_steps import Stage
from pipeline.runtime import EmbeddedRuntime
from pipeline.settings import Settings
from schemas.article import FeedEntry, RawArticle, SourceClaim
from schemas.codec import encode
from schemas.message import OutgoingMessage
from schemas.topics import BACKFILL_RAW, RAW, TOPICS
from tests.index.making import NOW, article_id
from tests.services.fixtures import Service, delete_indices, delete_topics

NORMAL, ORIGINAL, COPY, UPDATED, DEAD, NO_ARTICLE, BACK_FILLED, LATE = (article_id(name) for name in range(8))
STORY = " ".join(
    f"The {number} crates of slate that the harbour of Lindhaven took in for quay {number * 7} stay until Monday."
    for number in range(3, 12)
)


def make_raw(name: int, text: str, *, version: int = 1, domain: str = "harbour-post.example") -> RawArticle:
    """Return a received article."""
    return RawArticle(
        article_id=article_id(name),
        version=version,
        fetched_at=NOW + timedelta(seconds=version),
        source=SourceClaim(domain=domain),
        channel="feed",
        content=text,
        content_type="text",
        feed_entry=FeedEntry(title=f"Report {name}"),
        received_from=f"https://{domain}/feed",
    )


def send(log: Log, *articles: RawArticle, topic: str = RAW.name) -> None:
    """Append received articles."""
    log.send([OutgoingMessage(topic, one.article_id.encode(), encode(one)) for one in articles])


@dataclass(frozen=True)
class World:
    """A log and an index in which everything has happened to somebody."""

    log: Log
    index: ArticleIndex

    def trace(self, wanted: str) -> Trace:
        """Return the trace of an article."""
        return build_trace(read_evidence(self.log, self.index, wanted))


def settings_of(request: pytest.FixtureRequest, folder: Path) -> Settings:
    """Return where one of the runtimes keeps its things."""
    own: dict[str, object] = {"data_dir": folder, "models": {}, "processes": 1}
    if request.param == "distributed":
        kafka: Service = request.getfixturevalue("kafka_server")
        elastic: Service = request.getfixturevalue("elastic_server")
        name = secrets.token_hex(4)
        prefixes = {"topic_prefix": f"test-{name}.", "index_prefix": f"news-test-{name}-"}
        request.addfinalizer(lambda: delete_indices(elastic.address, prefixes["index_prefix"]))
        request.addfinalizer(lambda: delete_topics(kafka.address, prefixes["topic_prefix"]))
        own |= {"log_url": kafka.url, "index_url": elastic.url, **prefixes}
    return Settings.model_validate(own)


@pytest.fixture(scope="module", params=["embedded", "distributed"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """All kinds of articles, worked on; one more was received after the last worker had left."""
    clock = SystemClock()
    settings = settings_of(request, tmp_path_factory.mktemp("trace"))
    log, index = log_of(settings, clock), index_of(settings, clock)
    log.create_topics(TOPICS)
    index.install()
    runtime = EmbeddedRuntime(settings, log, index, clock)
    send(log, make_raw(0, "The lighthouse of Lindhaven is painted anew, said the keeper, and shines at night again."))
    send(log, make_raw(1, STORY), make_raw(3, "The old ferry of Lindhaven sails on Mondays, says its captain Ida."))
    send(log, make_raw(5, "Ok."))
    log.send([OutgoingMessage(RAW.name, DEAD.encode(), b'{"schema_version": 1, "article_id"')])
    asyncio.run(runtime.run_until_drained())
    send(log, make_raw(2, STORY, domain="quay-echo.example"))
    send(log, make_raw(3, "The new ferry of Lindhaven sails on Sundays, says its captain Ida.", version=2))
    send(
        log,
        make_raw(6, "The customs house of Lindhaven opens a museum of old scales and weights."),
        topic=BACKFILL_RAW.name,
    )
    asyncio.run(runtime.run_until_drained())
    send(log, make_raw(7, "The tower of Lindhaven closes for a week."))
    yield World(log, index)
    log.close()
    index.close()


def stages(trace: Trace) -> list[Stage]:
    """Return the stages of the path, in order."""
    return [step.stage for step in trace.steps]


ALL = [Stage.RECEIVED, Stage.ENRICHED, Stage.INDEXED, Stage.GROUPED]


def test_a_normal_article(world: World) -> None:
    """Each stage once, in order of time, with where from, by which version, how long, and where to."""
    trace = world.trace(NORMAL)
    assert (trace.state, stages(trace), trace.title) == (State.INDEXED, ALL, "Report 0")
    received, enriched, _, grouped = trace.steps
    assert received.facts["received_from"] == "https://harbour-post.example/feed"
    assert {step.raw_position for step in trace.steps[:3]} == {received.position}
    assert enriched.facts["enrichment_version"] >= 1
    assert enriched.facts["milliseconds"]["extraction"] > 0
    assert "is_copy" in grouped.facts
    assert trace.index is not None
    assert trace.index["index"].endswith("2024.05")
    assert trace.index["story_id"] == grouped.facts["story_id"]
    assert [step.at for step in trace.steps] == sorted(step.at for step in trace.steps)


def test_a_copy(world: World) -> None:
    """It says of what it is a copy, as the index does."""
    trace = world.trace(COPY)
    assert (trace.state, stages(trace)) == (State.INDEXED, ALL)
    assert trace.index is not None
    assert trace.steps[-1].facts["copy_of"] == trace.index["copy_of"] == ORIGINAL
    assert f"a copy of {ORIGINAL}" in trace.summary


def test_an_updated_article(world: World) -> None:
    """Both versions went the whole way, and the index has the newer one."""
    trace = world.trace(UPDATED)
    assert trace.state is State.INDEXED
    assert [step.version for step in trace.steps if step.stage is Stage.RECEIVED] == [1, 2]
    assert [step.version for step in trace.steps if step.stage is Stage.INDEXED] == [1, 2]
    assert trace.index is not None
    assert trace.index["version"] == 2


def test_a_dead_letter(world: World) -> None:
    """What could not be read is told with stage, reason and the dead letter's id."""
    trace = world.trace(DEAD)
    assert (trace.state, stages(trace)) == (State.REFUSED, [Stage.RECEIVED, Stage.REFUSED])
    assert trace.index is None
    refused = trace.steps[-1].facts
    assert (refused["stage"], refused["reason"], refused["of"]) == ("enrich", "decode", trace.steps[0].position)
    assert refused["letter"].partition("-")[0].isdigit()
    assert "decode" in trace.summary


def test_not_an_article(world: World) -> None:
    """What was received and is no article is told apart from what failed."""
    trace = world.trace(NO_ARTICLE)
    assert (trace.state, stages(trace)) == (State.NOT_AN_ARTICLE, [Stage.RECEIVED, Stage.REFUSED])
    assert trace.steps[-1].facts["reason"] == "not-an-article"


def test_a_back_filled_article(world: World) -> None:
    """Its whole way is marked as back-fill."""
    trace = world.trace(BACK_FILLED)
    assert (trace.state, stages(trace)) == (State.INDEXED, ALL)
    assert [step.backfill for step in trace.steps[:3]] == [True, True, True]
    assert not any(step.backfill for step in world.trace(NORMAL).steps)


def test_an_article_that_waits(world: World) -> None:
    """While no worker has taken it, it is told which stage it waits for, and how many are before it."""
    trace = world.trace(LATE)
    assert (trace.state, stages(trace), trace.waiting_for, trace.ahead) == (
        State.WAITING,
        [Stage.RECEIVED],
        "enrich",
        0,
    )


def test_nobody_knows_it(world: World) -> None:
    """An id that was never seen is unknown, and nothing is made up."""
    trace = world.trace("f" * 32)
    assert (trace.state, trace.steps, trace.index) == (State.UNKNOWN, (), None)


def test_a_time_cuts_off_what_is_older(world: World) -> None:
    """With `since`, messages before it are not read; those after it are all found."""
    message = next(one for one in read_topic(world.log, RAW.name) if one.key == NORMAL.encode())
    late = SystemClock().now() + timedelta(hours=1)
    assert read_evidence(world.log, world.index, NORMAL, since=late).messages == []
    early = late - timedelta(days=1)
    assert message in read_evidence(world.log, world.index, NORMAL, since=early).messages


def test_every_trace_can_be_read(world: World) -> None:
    """The lines for people name the state first, and every stage."""
    for wanted in (NORMAL, COPY, UPDATED, DEAD, NO_ARTICLE, BACK_FILLED, LATE):
        trace = world.trace(wanted)
        lines = list(describe(trace))
        assert lines[0].startswith(wanted)
        assert lines[1] == trace.summary
        assert all(any(step.stage.value in line for line in lines) for step in trace.steps)
        assert "None" not in " ".join(lines)
