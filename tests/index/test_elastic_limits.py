"""A real Elasticsearch with limits so low that every batch runs into them: a tiny write queue, tiny requests."""

import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from elasticsearch import Elasticsearch

from pipeline.clock import ManualClock
from pipeline.index.base import IndexDocument, WriteOutcome, WriteResult
from pipeline.index.elastic import ElasticIndex
from schemas.errors import TOO_LARGE, Rejected, Unavailable
from tests.index.making import NOW, article_id, make_document
from tests.services.elastic_server import ElasticServer, SettingValue
from tests.services.fixtures import Service, give_up
from tests.services.jars import ServiceUnavailable
from tests.services.prepare import prepare

MAX_CONTENT = 256 * 1024
ROUNDS = 20
WORKERS = 8
PER_WORKER = 30


@pytest.fixture(scope="module")
def narrow(elastic_server: Service) -> Iterator[ElasticServer]:  # noqa: ARG001 - marks the tests as needing a service
    """A server with one writing thread, room for one more request, and small requests."""
    settings: dict[str, SettingValue] = {
        "thread_pool.write.size": 1,
        "thread_pool.write.queue_size": 1,
        "http.max_content_length": f"{MAX_CONTENT}b",
    }
    try:
        prepare()
    except ServiceUnavailable as error:
        give_up(str(error))
    with ElasticServer(settings, heap="512m") as server:
        yield server


@pytest.fixture
def workers(narrow: ElasticServer, index_prefix: str) -> Iterator[list[ElasticIndex]]:
    """One installed index, as each of several workers has it open."""
    with ExitStack() as stack:
        opened = [
            ElasticIndex(narrow.address, clock=ManualClock(NOW), index_prefix=index_prefix) for _ in range(WORKERS)
        ]
        for each in opened:
            stack.callback(each.close)
        opened[0].install()
        yield opened


@pytest.fixture
def index(workers: list[ElasticIndex]) -> ElasticIndex:
    """The index of one worker."""
    return workers[0]


def deliver(index: ElasticIndex, documents: list[IndexDocument]) -> list[WriteOutcome]:
    """Offer what is unavailable again, as the delivery loop does; return the last outcomes."""
    outcomes: dict[str, WriteOutcome] = {}
    pending = documents
    for _ in range(200):
        try:
            answers: list[WriteOutcome] = list(index.write(pending))
        except Unavailable as error:
            answers = [error] * len(pending)
        outcomes |= {document.article_id: answer for document, answer in zip(pending, answers, strict=True)}
        pending = [each for each in pending if isinstance(outcomes[each.article_id], Unavailable)]
        if not pending:
            return list(outcomes.values())
        time.sleep(random.uniform(0, 0.05))  # noqa: S311 - workers that come again all at once would collide for ever
    pytest.fail(f"{len(pending)} articles are still unavailable: {answers[0]}")


def rejections(server: ElasticServer) -> int:
    """Return how many writes the server turned away."""
    with Elasticsearch(server.address) as client:
        nodes = client.nodes.stats(metric="thread_pool")["nodes"]
        return sum(node["thread_pool"]["write"]["rejected"] for node in nodes.values())


def test_writes_that_are_turned_away_are_not_lost(narrow: ElasticServer, workers: list[ElasticIndex]) -> None:
    """Many workers in front of a full queue: items answered 429 come again, each article is there once."""
    for turn in range(ROUNDS):
        batches = [
            [make_document(f"{turn} {worker} {n}", "x" * 200) for n in range(PER_WORKER)] for worker in range(WORKERS)
        ]
        with ThreadPoolExecutor(WORKERS) as pool:
            results = list(pool.map(deliver, workers, batches))
        assert {outcome for outcomes in results for outcome in outcomes} <= {
            WriteResult.CREATED,
            WriteResult.UNCHANGED,
        }
        assert workers[0].count() == (turn + 1) * WORKERS * PER_WORKER
        if rejections(narrow):
            return
    pytest.fail(f"the server turned nothing away in {ROUNDS} rounds, so this proves nothing")


def test_requests_beyond_the_limit_are_split(index: ElasticIndex) -> None:
    """A batch larger than the server takes arrives in pieces; a document that is too large alone is rejected."""
    documents = [make_document(f"large {n}", text="word " * 4000) for n in range(30)]
    documents.insert(7, make_document("huge", text="word " * 100_000))
    outcomes = deliver(index, documents)  # the pieces may find the server's queue full
    refused = outcomes.pop(7)
    assert isinstance(refused, Rejected)
    assert refused.reason == TOO_LARGE
    assert set(outcomes) == {WriteResult.CREATED}
    assert index.get(article_id("huge")) is None
    assert index.versions([document.article_id for document in documents]).keys() == {
        document.article_id for document in documents if document.article_id != article_id("huge")
    }
