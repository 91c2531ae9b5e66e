"""Matching saved searches on Elasticsearch: one that the server refuses keeps no other from its articles."""

import pytest

from pipeline.index.elastic import ElasticIndex
from schemas.errors import ConfigurationError, Unavailable
from schemas.query import SearchQuery
from tests.index.making import NOW
from tests.services.elastic_stand_in import ElasticStandIn, Reply

QUERIES = [SearchQuery(now=NOW), SearchQuery(now=NOW)]
FOUND = {"timed_out": False, "hits": {"hits": [{"_id": "a"}]}, "status": 200}


def failure(status: int, kind: str) -> dict[str, object]:
    """Return the part of an answer for one search that failed."""
    return {"status": status, "error": {"type": kind, "reason": "as the test wants it"}}


def test_a_refused_search_finds_nothing(server: ElasticStandIn, index: ElasticIndex) -> None:
    """What will never be answered counts as no match, and the other search is answered."""
    server.queue("/_msearch", Reply(200, {"responses": [failure(400, "too_many_nested_clauses"), FOUND]}))
    assert list(index.match(QUERIES, ["a", "b"])) == [frozenset(), frozenset({"a"})]


@pytest.mark.parametrize(
    ("part", "error"),
    [
        (failure(429, "es_rejected_execution_exception"), Unavailable),
        (failure(503, "no_shard_available_action_exception"), Unavailable),
        (failure(404, "index_not_found_exception"), ConfigurationError),
        ({**FOUND, "timed_out": True}, Unavailable),
    ],
)
def test_a_server_that_cannot_is_asked_again(
    server: ElasticStandIn, index: ElasticIndex, part: dict[str, object], error: type[Exception]
) -> None:
    """What may be answered later is no match and no failure to match: the batch is tried again."""
    server.queue("/_msearch", Reply(200, {"responses": [FOUND, part]}))
    with pytest.raises(error):
        index.match(QUERIES, ["a", "b"])
