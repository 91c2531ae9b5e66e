"""T11: articles that harm the process that enriches them, live and in a back-fill; and T1 for a back-fill."""

from dataclasses import dataclass, replace
from functools import partial

import pytest

from pipeline.delivery.dead_letter import parse_dead_letter
from pipeline.log.base import Log
from pipeline.log.tools import read_topic
from pipeline.roles import ENRICH
from schemas.article import EnrichedArticle, RawArticle
from schemas.codec import decode, encode
from schemas.errors import ENRICH as NOT_ENRICHED
from schemas.errors import WORKER_CRASH
from schemas.message import OutgoingMessage
from schemas.topics import BACKFILL_ENRICHED, BACKFILL_RAW, ENRICHED, RAW, Topic
from tests.faults.articles import article_id, raw_article
from tests.faults.checks import find_early_commits, read_dead_letters
from tests.faults.harness import PROGRAM, wait_drained
from tests.faults.hostile_enrichment import HANG, MEMORY, RAISE, SEGFAULT
from tests.faults.installation import Installation, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

HARMS = {SEGFAULT: WORKER_CRASH, MEMORY: WORKER_CRASH, HANG: WORKER_CRASH, RAISE: NOT_ENRICHED}
GOOD = 15
BACKFILLED = 400
BATCH_S = 8.0


@dataclass(frozen=True)
class Way:
    """The topic of raw articles, and the one that they are enriched to."""

    raw: Topic
    enriched: Topic


LIVE, BACKFILL = Way(RAW, ENRICHED), Way(BACKFILL_RAW, BACKFILL_ENRICHED)


def hostile_article(harm: str) -> OutgoingMessage:
    """Return a raw article that does harm."""
    message = raw_article(harm)
    article = decode(RawArticle, message.value)
    return replace(message, value=encode(article.model_copy(update={"content": f"{article.content}\n\nAnd {harm}."})))


def enriched_ids(log: Log, topic: Topic) -> list[str]:
    """Return the ids of the articles in a topic, in any order."""
    return [decode(EnrichedArticle, message.value).article_id for message in read_topic(log, topic.name)]


@pytest.mark.parametrize("way", [LIVE, BACKFILL], ids=["live", "back-fill"])
def test_an_article_that_harms_its_process_costs_only_itself(installation: Installation, log: Log, way: Way) -> None:
    """A segmentation fault, lack of memory, a hang and an exception: each article is refused, its neighbours pass."""
    good = [raw_article(number) for number in range(2 * GOOD)]
    articles = [*good[:GOOD], *map(hostile_article, HARMS), *good[GOOD:]]
    log.send([replace(article, topic=way.raw.name) for article in articles])
    with installation.start(PROGRAM, ENRICH.name, "--hostile", str(BATCH_S)) as worker:
        wait_drained(log, ENRICH, 120.0)
        assert worker.running
        assert set(enriched_ids(log, way.enriched)) == {article_id(number) for number in range(2 * GOOD)}
        letters = {message.key: parse_dead_letter(message).reason for message in read_dead_letters(log).values()}
        assert letters == {article_id(harm).encode(): reason for harm, reason in HARMS.items()}, worker.output
        assert find_early_commits(installation, log, ENRICH) == []


def test_a_back_fill_loses_nothing_when_its_worker_is_killed(installation: Installation, log: Log) -> None:
    """With live articles coming between, kill -9 in the middle of it: all are enriched, nothing is committed early."""
    names = [f"old {number}" for number in range(BACKFILLED)]
    log.send([replace(raw_article(name), topic=BACKFILL_RAW.name) for name in names])
    lives = [BACKFILLED // 4, BACKFILLED // 2, None]
    for life, until in enumerate(lives):
        with installation.start(PROGRAM, ENRICH.name) as worker:
            worker.wait_ready()
            log.send([raw_article(f"new {life} {number}") for number in range(GOOD)])
            if until is None:
                wait_drained(log, ENRICH, 120.0)
            else:
                wait_until(partial(_has_come, log, until), 60.0, lambda: worker.output, worker)
                worker.kill()
            assert find_early_commits(installation, log, ENRICH) == []
    assert set(enriched_ids(log, BACKFILL_ENRICHED)) == set(map(article_id, names))
    live = {article_id(f"new {life} {number}") for life in range(len(lives)) for number in range(GOOD)}
    assert set(enriched_ids(log, ENRICHED)) == live
    assert read_dead_letters(log) == {}


def _has_come(log: Log, count: int) -> bool:
    return sum(span.end - span.begin for span in log.offsets(BACKFILL_ENRICHED.name).values()) >= count
