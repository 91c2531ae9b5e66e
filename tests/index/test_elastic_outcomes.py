"""The outcome table (DELIVERY.md section 3): what is done, decided again, rejected, or left to a person."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pipeline.index.base import IndexDocument, WriteResult
from pipeline.index.elastic import ElasticIndex
from schemas.errors import INDEX_MAPPING, ConfigurationError, Rejected, Unavailable
from schemas.query import Interval, SearchQuery
from tests.index.delivering import BULK, COUNT, CREATED, UNCHANGED, UPDATED, called, check_each_once, is_third
from tests.index.making import NOW, make_document
from tests.services.elastic_stand_in import Answer, Edit, ElasticStandIn, FailItems, Reply, error_reply


def test_items_200_and_201_are_done(
    server: ElasticStandIn, index: ElasticIndex, documents: list[IndexDocument]
) -> None:
    """A clean answer needs one lookup and one bulk, what is replaced another lookup, and says what became of each."""
    assert list(index.write(documents)) == [CREATED] * COUNT
    newer = [replace(document, version=2) for document in documents]
    assert list(index.write([*newer[:3], *documents[3:]])) == [UPDATED] * 3 + [UNCHANGED] * 7
    assert [len(bulk.ids) for bulk in server.bulks] == [COUNT, 3]
    assert len(server.requests("/_mget")) == 3
    check_each_once(server)


def test_conflicts_are_decided_again(
    server: ElasticStandIn, index: ElasticIndex, documents: list[IndexDocument]
) -> None:
    """An item answered 409 is looked up and decided again within the same call; the others are left alone."""
    server.queue(BULK, FailItems(is_third, 409, "version_conflict_engine_exception"))
    assert list(index.write(documents)) == [CREATED] * COUNT
    assert [len(bulk.ids) for bulk in server.bulks] == [COUNT, 3]
    assert len(server.requests("/_mget")) == 2
    check_each_once(server)


def test_endless_conflicts_are_given_back(server: ElasticStandIn, index: ElasticIndex) -> None:
    """Collisions without end stop after some rounds; the item stays with the caller, never lost."""
    conflict = FailItems(lambda _: True, 409, "version_conflict_engine_exception")
    server.queue(BULK, *[conflict] * 5)
    outcome = index.write([make_document("a")])[0]
    assert isinstance(outcome, Unavailable)
    assert len(server.bulks) == 5
    assert list(index.write([make_document("a")])) == [CREATED]


@pytest.mark.parametrize(
    ("answer", "remedy"),
    [
        (error_reply(401, "security_exception"), "elastic_api_key"),
        (error_reply(403, "security_exception"), "elastic_api_key"),
        (error_reply(404, "index_not_found_exception"), "setup"),
        (error_reply(400, "index_closed_exception"), "open the index"),
        (FailItems(is_third, 403, "security_exception"), "elastic_api_key"),
        (FailItems(is_third, 404, "index_not_found_exception"), "setup"),
        (FailItems(is_third, 400, "index_closed_exception"), "open the index"),
        (
            FailItems(is_third, 403, "cluster_block_exception", "index [x] blocked by: [index closed];"),
            "open the index",
        ),
    ],
    ids=called,
)
def test_configuration_faults_are_raised(
    server: ElasticStandIn, index: ElasticIndex, documents: list[IndexDocument], answer: Answer, remedy: str
) -> None:
    """Credentials, a missing or closed index: a person has to act; no article is refused, all is well afterwards."""
    server.queue(BULK, answer)
    with pytest.raises(ConfigurationError, match=remedy):
        index.write(documents)
    assert all(isinstance(outcome, WriteResult) for outcome in index.write(documents))
    check_each_once(server)


def test_something_else_at_the_address_is_a_wrong_setting(
    server: ElasticStandIn, index: ElasticIndex, documents: list[IndexDocument]
) -> None:
    """A server that answers well and is no Elasticsearch is named as such."""
    server.queue("/_resolve", Reply(200, {"indices": []}, is_elastic=False))
    with pytest.raises(ConfigurationError, match="does not answer as Elasticsearch"):
        index.write(documents)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "document_parsing_exception"),
        (400, "strict_dynamic_mapping_exception"),
        (400, "illegal_argument_exception"),
    ],
)
def test_items_that_do_not_fit_are_rejected(
    server: ElasticStandIn, index: ElasticIndex, documents: list[IndexDocument], status: int, kind: str
) -> None:
    """A document that the mapping refuses is rejected with the server's words; its neighbours are written."""
    server.queue(BULK, FailItems(is_third, status, kind, "failed to parse field [x]"))
    outcomes = list(index.write(documents))
    for n, outcome in enumerate(outcomes):
        if n in {1, 4, 7}:
            assert isinstance(outcome, Rejected)
            assert outcome.reason == INDEX_MAPPING
            assert "failed to parse field [x]" in outcome.detail
        else:
            assert outcome is CREATED
    assert len(server.bulks) == 1
    check_each_once(server, [0, 2, 3, 5, 6, 8, 9])


def test_an_older_version_lives_when_the_newer_is_rejected(server: ElasticStandIn, index: ElasticIndex) -> None:
    """Of two versions in one batch the newer one's fault does not cost the older one."""
    kept = Edit(lambda body: body)  # the older one is kept before it would be replaced
    server.queue(BULK, kept, FailItems(lambda _: True, 400, "document_parsing_exception"))
    outcomes = index.write([make_document("a", "Good"), make_document("a", "Bad", version=2)])
    assert outcomes[0] is CREATED
    assert isinstance(outcomes[1], Rejected)
    assert [document["title"] for document in server.memory.documents()] == ["Good"]


def test_an_hourly_histogram_of_too_many_hours_gets_days(server: ElasticStandIn, index: ElasticIndex) -> None:
    """The server's limit on buckets widens the histogram; the page says how wide it is."""
    counted = {"found": {"doc_count": 7, "histogram": {"buckets": [{"key": 0, "doc_count": 7}]}}}
    server.queue(
        "/_search",
        error_reply(400, "too_many_buckets_exception"),
        Reply(200, {"hits": {"hits": []}, "aggregations": counted}),
    )
    page = index.search(SearchQuery(now=NOW, histogram=Interval.HOUR, limit=0, collapse=False))
    assert (page.total, page.histogram_interval, page.histogram[0].count) == (7, Interval.DAY, 7)


@pytest.mark.parametrize("path", ["/_resolve/index", "/_mget"])
@pytest.mark.parametrize("status", [401, 403])
def test_credentials_that_are_refused_at_the_lookup_write_nothing(
    server: ElasticStandIn, index: ElasticIndex, documents: list[IndexDocument], path: str, status: int
) -> None:
    """Who may not read is told so before anything is written, and no article is refused for it."""
    server.queue(path, error_reply(status, "security_exception"))
    with pytest.raises(ConfigurationError, match="elastic_api_key"):
        index.write(documents)
    assert len(server.bulks) == 0
    assert list(index.write(documents)) == [CREATED] * COUNT


def test_a_month_without_its_template_is_not_made_up(server: ElasticStandIn, index: ElasticIndex) -> None:
    """When the template is missing a new month's index is not created, nothing is sent, and the remedy is named."""
    with pytest.raises(ConfigurationError, match="newswire setup"):
        index.write([make_document("a", fetched=datetime(2023, 11, 5, tzinfo=UTC))])
    assert len(server.bulks) == 0
    assert server.requests("^PUT") == []
