"""The outcome table (DELIVERY.md section 3): what is too large is split, and pressure makes batches smaller."""

from collections import Counter

from pipeline.index.base import IndexDocument, WriteResult
from pipeline.index.elastic import ElasticIndex
from schemas.errors import TOO_LARGE, Rejected, Unavailable
from tests.index.delivering import BULK, COUNT, CREATED, UNCHANGED, check_each_once, deliver
from tests.index.making import make_document
from tests.services.elastic_stand_in import ElasticStandIn, Reply, error_reply


def test_too_large_requests_are_split(
    server: ElasticStandIn, index: ElasticIndex, documents: list[IndexDocument]
) -> None:
    """A request beyond the server's limit is halved until it fits; nothing is lost or sent twice with success."""
    too_large = Reply(413, b"", is_elastic=False)
    server.queue(BULK, too_large, too_large)
    assert list(index.write(documents)) == [CREATED] * COUNT
    assert [len(bulk.ids) for bulk in server.bulks][:3] == [10, 5, 2]
    check_each_once(server)


def test_a_single_document_too_large_is_rejected(server: ElasticStandIn, index: ElasticIndex) -> None:
    """A document that is too large alone is rejected; the one behind it is written."""
    server.queue(BULK, *[Reply(413, b"", is_elastic=False)] * 2)
    outcomes = index.write([make_document("a"), make_document("b")])
    assert isinstance(outcomes[0], Rejected)
    assert outcomes[0].reason == TOO_LARGE
    assert outcomes[1] is CREATED


def test_pressure_halves_the_batch_and_success_restores_it(server: ElasticStandIn, index: ElasticIndex) -> None:
    """After 429 batches are half as large, and grow back slowly while the server takes them whole."""
    documents = [make_document(n) for n in range(600)]
    server.queue(BULK, *[error_reply(429, "es_rejected_execution_exception")] * 4)
    first = list(index.write(documents))
    assert all(isinstance(outcome, Unavailable) for outcome in first)
    assert [len(bulk.ids) for bulk in server.bulks] == [125] * 4
    assert list(index.write(documents)) == [CREATED] * 600
    assert sorted(len(bulk.ids) for bulk in server.bulks[4:8]) == [61, 63, 63, 63]
    assert sum(len(bulk.ids) for bulk in server.bulks[8:]) == 350
    check_each_once(server, range(600))


def test_a_request_turned_away_costs_only_its_share(server: ElasticStandIn, index: ElasticIndex) -> None:
    """Of the requests that are under way at once, those that were taken are not repeated."""
    documents = [make_document(n) for n in range(200)]
    server.queue(BULK, error_reply(429, "es_rejected_execution_exception"))
    first = list(index.write(documents))
    assert Counter(type(outcome) for outcome in first) == {WriteResult: 150, Unavailable: 50}
    assert set(deliver(index, documents).values()) == {CREATED, UNCHANGED}
    assert [len(bulk.ids) for bulk in server.bulks] == [50] * 5
    check_each_once(server, range(200))
