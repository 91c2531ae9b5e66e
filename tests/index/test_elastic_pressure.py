"""The outcome table (DELIVERY.md section 3): what is too large is split, and pressure makes batches smaller."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pipeline.index.base import IndexDocument, WriteResult
from pipeline.index.elastic import ElasticIndex
from schemas.errors import TOO_LARGE, Rejected, Unavailable
from tests.index.delivering import BULK, COUNT, CREATED, UNCHANGED, check_each_once, deliver
from tests.index.making import make_document
from tests.services.elastic_stand_in import Edit, ElasticStandIn, Reply, error_reply


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
    server.queue(BULK, error_reply(429, "es_rejected_execution_exception"))
    first = list(index.write(documents))
    assert all(isinstance(outcome, Unavailable) for outcome in first)
    assert list(index.write(documents)) == [CREATED] * 600
    assert [len(bulk.ids) for bulk in server.bulks] == [500, 250, 275, 75]
    check_each_once(server, range(600))


def test_a_request_turned_away_costs_only_its_share(server: ElasticStandIn, index: ElasticIndex) -> None:
    """Of the requests that a batch is sent in, those that were taken are not repeated."""
    documents = [make_document(n) for n in range(700)]
    server.queue(BULK, Edit(lambda body: body), error_reply(429, "es_rejected_execution_exception"))
    first = list(index.write(documents))
    assert Counter(type(outcome) for outcome in first) == {WriteResult: 500, Unavailable: 200}
    assert set(deliver(index, documents).values()) == {CREATED, UNCHANGED}
    assert [len(bulk.ids) for bulk in server.bulks] == [500, 200, 200]
    check_each_once(server, range(700))


def test_requests_go_one_after_the_other(server: ElasticStandIn, index: ElasticIndex) -> None:
    """Batches that are written at the same time take turns: no request is sent while another is answered."""
    underway, most = 0, 0

    def watch(body: Any) -> Any:  # noqa: ANN401 - as the stand-in hands it over
        nonlocal underway, most
        underway += 1
        most = max(most, underway)
        time.sleep(0.05)
        underway -= 1
        return body

    server.queue(BULK, *[Edit(watch)] * 4)
    with ThreadPoolExecutor(4) as pool:
        written = list(pool.map(index.write, [[make_document(n)] for n in range(4)]))
    assert written == [[CREATED]] * 4
    assert most == 1
