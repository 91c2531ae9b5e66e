"""Silences and faults in a real index, dead letters and waiting work in a real log: one alert each."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from pipeline.alerts.patrol import Patrol
from pipeline.log.sqlite import SqliteLog
from schemas.alert import AlertKind, Watch
from schemas.article import SourceFacts
from schemas.message import OutgoingMessage
from schemas.topics import DEAD_LETTER, RAW, TOPICS
from tests.alerts.newsdesk import Newsdesk
from tests.index.making import NOW, make_document

LOUD = SourceFacts(id="loud", name="Daily Loud", domain="loud.example", country="GB")
CALM = SourceFacts(id="calm", name="Calm Weekly", domain="calm.example", country="DE")


@pytest.fixture
def log(tmp_path: Path, newsdesk: Newsdesk) -> Iterator[SqliteLog]:
    """An empty log."""
    log = SqliteLog(tmp_path / "log.db", newsdesk.clock)
    log.create_topics(TOPICS)
    yield log
    log.close()


@pytest.fixture
def patrol(newsdesk: Newsdesk, log: SqliteLog) -> Patrol:
    """A patrol over the newsdesk."""
    return Patrol(newsdesk.index, log, newsdesk.matcher, newsdesk.store, newsdesk.clock)


def publish(
    newsdesk: Newsdesk, source: SourceFacts, times: list[datetime], *, dated: bool = True, text: str = ""
) -> None:
    """Put an article of the source into the index for each time."""
    newsdesk.index.write(
        [
            make_document(
                f"{source.id} {at.isoformat()}",
                f"News of {source.id}",
                text or "A long report on the harbour. " * 20,
                source=source,
                published=at if dated else None,
                fetched=at,
            )
            for at in times
        ]
    )
    newsdesk.index.refresh()


def every(hours: float, days: float, until: datetime = NOW) -> list[datetime]:
    """Return times so many hours apart, over the days before `until`."""
    return [until - timedelta(hours=hours * n) for n in range(1, int(days * 24 / hours) + 1)]


def test_a_silence_is_one_alert(newsdesk: Newsdesk, patrol: Patrol) -> None:
    """A source that brings one an hour is missed; the next silence is another alert; quiet sources are left alone."""
    publish(newsdesk, LOUD, every(1, 28))
    publish(newsdesk, CALM, every(24 * 3.5, 28))
    newsdesk.store.add("sources", NOW, watch=Watch.SOURCES)
    assert patrol.look() == 0
    newsdesk.later(9 * 3600)
    assert patrol.look() == 1
    newsdesk.later(3600)
    assert patrol.look() == 0
    (alert,) = newsdesk.alerts()
    assert (alert.kind, alert.text) == (
        AlertKind.SOURCE_QUIET,
        "Daily Loud has been quiet for 10 hours, in which 9 articles are usual",
    )
    publish(newsdesk, LOUD, [newsdesk.clock.now()])
    newsdesk.later(9 * 3600)
    assert patrol.look() == 1


def test_only_the_sources_that_are_asked_for(newsdesk: Newsdesk, patrol: Patrol) -> None:
    """The query of a watch says which sources; a paused watch looks at none."""
    publish(newsdesk, LOUD, every(1, 28))
    newsdesk.store.add("german", NOW, watch=Watch.SOURCES, query="country:DE")
    newsdesk.store.add("british", NOW, watch=Watch.SOURCES, query="country:GB")
    newsdesk.store.pause("british")
    newsdesk.later(9 * 3600)
    assert patrol.look() == 0
    newsdesk.store.resume("british", newsdesk.clock.now())
    assert patrol.look() == 1


@pytest.mark.parametrize(
    ("broken", "kind"),
    [
        ({"dated": False}, AlertKind.DATES_FAILING),
        ({"text": "Read on."}, AlertKind.EXTRACTION_FAILING),
    ],
)
def test_a_source_that_breaks(newsdesk: Newsdesk, patrol: Patrol, broken: dict[str, bool], kind: AlertKind) -> None:
    """When a source's articles lose their dates or their text, that is one alert a day."""
    publish(newsdesk, LOUD, every(2, 27, NOW - timedelta(days=1)))
    publish(newsdesk, LOUD, every(2, 0.9), **broken)  # type: ignore[arg-type] # one of two keywords
    publish(newsdesk, LOUD, [NOW])
    newsdesk.store.add("sources", NOW, watch=Watch.SOURCES)
    assert patrol.look() == 1
    assert patrol.look() == 0
    (alert,) = newsdesk.alerts()
    assert alert.kind is kind
    assert alert.text.startswith("10 of 11 articles of Daily Loud within a day")


def test_dead_letters_and_lag(newsdesk: Newsdesk, patrol: Patrol, log: SqliteLog) -> None:
    """Dead letters that rise and work that piles up are told once a day, each."""
    newsdesk.store.add("pipeline", NOW, watch=Watch.PIPELINE)
    for look in range(5):
        assert patrol.look() == 0, look
        newsdesk.later(300)
    log.send([OutgoingMessage(DEAD_LETTER.name, b"k", b"v")] * 30)
    assert patrol.look() == 1
    for _ in range(4):
        log.send([OutgoingMessage(RAW.name, b"k", b"v")] * 400)
        newsdesk.later(300)
        patrol.look()
    assert {one.kind: one.subject for one in newsdesk.alerts()} == {
        AlertKind.DEAD_LETTERS_RISING: "2024-05-20",
        AlertKind.LAG_RISING: "enrich/2024-05-20",
    }
