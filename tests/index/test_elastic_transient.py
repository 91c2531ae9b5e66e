"""The outcome table (DELIVERY.md section 3): what passes is asked for again, until it has passed, and nothing else."""

from collections import Counter

import pytest

from pipeline.index.base import IndexDocument, WriteResult
from pipeline.index.elastic import ElasticIndex
from schemas.errors import Unavailable
from tests.index.delivering import BULK, COUNT, CREATED, UNCHANGED, called, check_each_once, deliver, is_third
from tests.index.making import article_id, make_document
from tests.services.elastic_stand_in import Answer, Edit, ElasticStandIn, FailItems, Hang, Reply, Reset, error_reply

TRANSIENT_ITEMS = [
    (429, "es_rejected_execution_exception"),
    (429, "circuit_breaking_exception"),
    (503, "unavailable_shards_exception"),
    (403, "cluster_block_exception"),
    (429, "cluster_block_exception"),
    (500, "node_closed_exception"),
    (502, "anything_else"),
]


@pytest.mark.parametrize(("status", "kind"), TRANSIENT_ITEMS)
def test_transient_items_are_asked_for_again_alone(
    server: ElasticStandIn, index: ElasticIndex, documents: list[IndexDocument], status: int, kind: str
) -> None:
    """Of a batch with failed items only those are offered again, and only those are sent again."""
    server.queue(BULK, FailItems(is_third, status, kind), FailItems(is_third, status, kind))
    outcomes = deliver(index, documents)
    assert set(outcomes.values()) == {CREATED}
    failed = sorted(article_id(n) for n in (1, 4, 7))
    assert [sorted(bulk.ids) for bulk in server.bulks[1:]] == [failed, failed]
    check_each_once(server)


TRANSIENT_REQUESTS: list[Answer] = [
    error_reply(429, "es_rejected_execution_exception"),
    error_reply(429, "circuit_breaking_exception"),
    error_reply(503, "cluster_block_exception", "blocked by: [SERVICE_UNAVAILABLE/2/no master];"),
    error_reply(500, "anything"),
    Reply(502, b"<html>Bad Gateway</html>", is_elastic=False),
    Reply(504, b"", is_elastic=False),
    Reply(200, b'{"took": 1, "items": [', is_elastic=True),
    Reset(applied=False),
    Hang(),
]


@pytest.mark.parametrize("answer", TRANSIENT_REQUESTS, ids=called)
def test_requests_without_effect_are_repeated(
    server: ElasticStandIn, index: ElasticIndex, documents: list[IndexDocument], answer: Answer
) -> None:
    """A bulk that is turned away, hangs or breaks is offered again whole, and succeeds as if it were the first."""
    server.queue(BULK, answer)
    outcomes = deliver(index, documents)
    assert set(outcomes.values()) == {CREATED}
    assert len(server.bulks) == 2
    check_each_once(server)


@pytest.mark.parametrize("mid_body", [False, True])
def test_applied_but_never_answered(
    server: ElasticStandIn, index: ElasticIndex, documents: list[IndexDocument], mid_body: bool
) -> None:
    """When a bulk was carried out and its answer lost, the articles are found to be there and not sent again."""
    server.queue(BULK, Reset(applied=True, mid_body=mid_body))
    outcomes = deliver(index, documents)
    assert set(outcomes.values()) == {UNCHANGED}
    assert len(server.bulks) == 1
    check_each_once(server)


def test_short_items_prove_nothing(server: ElasticStandIn, index: ElasticIndex, documents: list[IndexDocument]) -> None:
    """An answer with fewer items than operations settles none of them; the next lookup says which are there."""
    server.queue(BULK, Edit(lambda body: body | {"items": body["items"][:-2]}))
    first = list(index.write(documents))
    assert all(isinstance(outcome, Unavailable) and "8 items" in str(outcome) for outcome in first)
    assert set(deliver(index, documents).values()) == {UNCHANGED}
    check_each_once(server)


def test_items_in_another_order_prove_nothing(
    server: ElasticStandIn, index: ElasticIndex, documents: list[IndexDocument]
) -> None:
    """Items that do not name the documents they should are not believed."""
    server.queue(BULK, Edit(lambda body: body | {"items": body["items"][::-1]}))
    assert all(isinstance(outcome, Unavailable) for outcome in index.write(documents))


def test_nothing_more_is_sent_to_a_server_that_is_down(server: ElasticStandIn, index: ElasticIndex) -> None:
    """When one request of several gets no answer, those behind it are not tried, and are asked for again."""
    server.queue(BULK, Edit(lambda body: body), Reset(applied=False))
    outcomes = list(index.write([make_document(n) for n in range(1200)]))
    assert Counter(type(outcome) for outcome in outcomes) == {WriteResult: 500, Unavailable: 700}
    assert len(server.bulks) == 2


@pytest.mark.parametrize("path", ["/_resolve/index", "/_mget"])
@pytest.mark.parametrize(
    "answer", [error_reply(503, "x"), error_reply(429, "x"), Reset(applied=False), Hang()], ids=called
)
def test_lookups_that_fail_write_nothing(
    server: ElasticStandIn, index: ElasticIndex, documents: list[IndexDocument], path: str, answer: Answer
) -> None:
    """Without knowing what is there nothing is written: the whole batch is asked for again."""
    server.queue(path, answer)
    with pytest.raises(Unavailable):
        index.write(documents)
    assert len(server.bulks) == 0
    assert list(index.write(documents)) == [CREATED] * COUNT


def test_a_lookup_that_fails_for_one_document_writes_nothing(server: ElasticStandIn, index: ElasticIndex) -> None:
    """A shard that does not answer a lookup is no proof that the article is new."""
    missing = {"_index": "news-articles-2024.05", "_id": "x", "error": {"type": "no_shard_available_action_exception"}}
    server.queue("/_mget", Reply(200, {"docs": [missing]}))
    with pytest.raises(Unavailable):
        index.write([make_document("a")])
    assert len(server.bulks) == 0
