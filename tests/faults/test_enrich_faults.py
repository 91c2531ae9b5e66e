"""T11: articles that crash, burst, hang or break the process that enriches them, in a real enrich worker."""

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
from schemas.topics import ENRICHED, RAW
from tests.faults.articles import Oracle, article_id, raw_article
from tests.faults.checks import find_early_commits, read_dead_letters
from tests.faults.harness import PROGRAM, wait_drained
from tests.faults.hostile_enrichment import HANG, MEMORY, RAISE, SEGFAULT
from tests.faults.installation import Installation

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

HARMS = {SEGFAULT: WORKER_CRASH, MEMORY: WORKER_CRASH, HANG: WORKER_CRASH, RAISE: NOT_ENRICHED}
GOOD = 15
BATCH_S = 8.0


def hostile_article(harm: str) -> OutgoingMessage:
    """Return a raw article that does harm."""
    message = raw_article(harm)
    article = decode(RawArticle, message.value)
    return OutgoingMessage(
        RAW.name, message.key, encode(article.model_copy(update={"content": f"{article.content}\n\nAnd {harm}."}))
    )


def test_an_article_that_harms_its_process_costs_only_itself(installation: Installation, log: Log) -> None:
    """A segmentation fault, lack of memory, a hang and an exception: each article is refused, its neighbours pass."""
    oracle = Oracle()
    oracle.send(log, [(number, 1) for number in range(GOOD)])
    log.send([hostile_article(harm) for harm in HARMS])
    oracle.send(log, [(number, 1) for number in range(GOOD, 2 * GOOD)])
    with installation.start(PROGRAM, ENRICH.name, "--hostile", str(BATCH_S)) as worker:
        wait_drained(log, ENRICH, 120.0)
        assert worker.running
        enriched = {decode(EnrichedArticle, message.value).article_id for message in read_topic(log, ENRICHED.name)}
        assert enriched == oracle.versions.keys()
        letters = {message.key: parse_dead_letter(message).reason for message in read_dead_letters(log).values()}
        assert letters == {article_id(harm).encode(): reason for harm, reason in HARMS.items()}, worker.output
        assert find_early_commits(installation, log, ENRICH) == []
