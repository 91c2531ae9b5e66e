"""A log and an index in which everything has happened to somebody, on both runtimes; made once for all tests here."""

import asyncio
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.clock import SystemClock
from pipeline.connections import index_of, log_of
from pipeline.index.base import ArticleIndex, Withdrawal
from pipeline.log.base import Log
from pipeline.monitoring.trace import Trace, build_trace
from pipeline.monitoring.trace_reading import read_evidence
from pipeline.runtime import EmbeddedRuntime
from pipeline.settings import Settings
from schemas.article import FeedEntry, RawArticle, SourceClaim
from schemas.codec import encode
from schemas.message import OutgoingMessage
from schemas.topics import BACKFILL_RAW, RAW, TOPICS
from tests.index.making import NOW, article_id
from tests.services.fixtures import Service, delete_indices, delete_topics

NORMAL, ORIGINAL, COPY, UPDATED, DEAD, NO_ARTICLE, BACK_FILLED, LATE = (article_id(name) for name in range(8))
EXCERPTED, WITHDRAWN = (article_id(name) for name in range(8, 10))
REGISTRY = """\
id,name,aliases,domains,kind,country,language,timezone,owner,licence,store
strict-herald,The Strict Herald,,strict-herald.example,newspaper,GB,en,Europe/London,,all-rights-reserved,excerpt
"""
STORY = " ".join(
    f"The {number} crates of slate that the harbour of Lindhaven took in for quay {number * 7} stay until Monday."
    for number in range(3, 12)
)


CATCH = " ".join(
    f"In week {week} the boats of Lindhaven landed {week * 31} barrels of herring." for week in range(1, 30)
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

    settings: Settings
    log: Log
    index: ArticleIndex

    def trace(self, wanted: str) -> Trace:
        """Return the trace of an article."""
        return build_trace(read_evidence(self.log, self.index, wanted))


def settings_of(request: pytest.FixtureRequest, folder: Path) -> Settings:
    """Return where one of the runtimes keeps its things."""
    sources = folder / "sources.csv"
    sources.write_text(REGISTRY, encoding="utf-8")
    own: dict[str, object] = {"data_dir": folder, "models": {}, "processes": 1, "sources": sources}
    if request.param == "distributed":
        kafka: Service = request.getfixturevalue("kafka_server")
        elastic: Service = request.getfixturevalue("elastic_server")
        name = secrets.token_hex(4)
        prefixes = {"topic_prefix": f"test-{name}.", "index_prefix": f"news-test-{name}-"}
        request.addfinalizer(lambda: delete_indices(elastic.address, prefixes["index_prefix"]))
        request.addfinalizer(lambda: delete_topics(kafka.address, prefixes["topic_prefix"]))
        own |= {"log_url": kafka.url, "index_url": elastic.url, **prefixes}
    return Settings.model_validate(own)


@pytest.fixture(scope="session", params=["embedded", "distributed"])
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
    send(log, make_raw(5, "Ok."), make_raw(9, "The tugboat of Lindhaven was sold, said somebody who did not know."))
    send(log, make_raw(8, f"{CATCH} At the very end a porpoise was seen.", domain="strict-herald.example"))
    log.send([OutgoingMessage(RAW.name, DEAD.encode(), b'{"schema_version": 1, "article_id"')])
    asyncio.run(runtime.run_until_drained())
    index.withdraw([Withdrawal(WITHDRAWN)])
    late = "The tugboat of Lindhaven was sold to Bergen, said its captain, and sails on Friday."
    send(log, make_raw(9, late, version=2))
    send(log, make_raw(9, "The tugboat of Lindhaven was sold, said somebody."), topic=BACKFILL_RAW.name)
    send(log, make_raw(2, STORY, domain="quay-echo.example"))
    send(log, make_raw(3, "The new ferry of Lindhaven sails on Sundays, says its captain Ida.", version=2))
    send(
        log,
        make_raw(6, "The customs house of Lindhaven opens a museum of old scales and weights."),
        topic=BACKFILL_RAW.name,
    )
    asyncio.run(runtime.run_until_drained())
    send(log, make_raw(7, "The tower of Lindhaven closes for a week."))
    index.refresh()
    yield World(settings, log, index)
    log.close()
    index.close()
