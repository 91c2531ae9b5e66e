"""Every line of the outcome table (DELIVERY.md section 3), against a scripted Elasticsearch.

`deliver` does what the delivery loop does: it offers again what is unavailable, and nothing else.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from pipeline.clock import ManualClock
from pipeline.index.base import IndexDocument, WriteOutcome, WriteResult
from pipeline.index.elastic import ElasticIndex
from schemas.errors import INDEX_MAPPING, TOO_LARGE, ConfigurationError, Rejected, Unavailable
from schemas.query import Interval, SearchQuery
from tests.index.making import NOW, article_id, make_document
from tests.services.elastic_stand_in import Answer, Edit, ElasticStandIn, FailItems, Hang, Reply, Reset, error_reply

CREATED, UPDATED, UNCHANGED = WriteResult.CREATED, WriteResult.UPDATED, WriteResult.UNCHANGED
BULK = "/_bulk"
COUNT = 10


@pytest.fixture
def server() -> Iterator[ElasticStandIn]:
    """A scripted server."""
    with ElasticStandIn() as server:
        yield server


@pytest.fixture
def index(server: ElasticStandIn) -> Iterator[ElasticIndex]:
    """An index whose patience is short."""
    index = ElasticIndex(server.address, clock=ManualClock(NOW), timeout_s=0.5)
    yield index
    index.close()


@pytest.fixture
def documents() -> list[IndexDocument]:
    """A batch of new articles."""
    return [make_document(n) for n in range(COUNT)]


def called(value: object) -> str:
    """Return a short name for a case."""
    match value:
        case Reply(status, content):
            kind = content["error"]["type"] if isinstance(content, dict) and "error" in content else "other"
            return f"request-{status}-{kind}"
        case FailItems(_, status, kind):
            return f"item-{status}-{kind}"
    return type(value).__name__ if not isinstance(value, str) else value


def is_third(document_id: str) -> bool:
    """Choose three documents of the batch."""
    return document_id in {article_id(n) for n in (1, 4, 7)}


def attempt(index: ElasticIndex, documents: Sequence[IndexDocument]) -> list[WriteOutcome]:
    """Write once; when the index does not answer at all, everything is unavailable."""
    try:
        return list(index.write(documents))
    except Unavailable as error:
        return [error] * len(documents)


def deliver(index: ElasticIndex, documents: Sequence[IndexDocument], attempts: int = 5) -> dict[str, WriteOutcome]:
    """Write until nothing is unavailable, and return the last outcome of each article."""
    outcomes: dict[str, WriteOutcome] = {}
    pending = list(documents)
    for _ in range(attempts):
        answers = attempt(index, pending)
        outcomes |= {document.article_id: answer for document, answer in zip(pending, answers, strict=True)}
        pending = [document for document, answer in zip(pending, answers, strict=True) if _is_open(answer)]
        if not pending:
            return outcomes
    pytest.fail(f"{len(pending)} articles are still unavailable after {attempts} attempts: {answers[0]}")


def _is_open(answer: WriteOutcome) -> bool:
    return isinstance(answer, Unavailable)


def check_each_once(server: ElasticStandIn, names: Sequence[int] = range(COUNT)) -> None:
    """Fail unless exactly these articles are held, each once."""
    held = Counter(document["article_id"] for document in server.memory.documents())
    assert held == Counter(article_id(n) for n in names)


def test_items_200_and_201_are_done(
    server: ElasticStandIn, index: ElasticIndex, documents: list[IndexDocument]
) -> None:
    """A clean answer needs one lookup and one bulk, and says for each article what became of it."""
    assert list(index.write(documents)) == [CREATED] * COUNT
    newer = [replace(document, version=2) for document in documents]
    assert list(index.write([*newer[:3], *documents[3:]])) == [UPDATED] * 3 + [UNCHANGED] * 7
    assert [len(bulk.ids) for bulk in server.bulks] == [COUNT, 3]
    assert len(server.requests("/_mget")) == 2
    check_each_once(server)


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
    server.queue(BULK, FailItems(lambda _: True, 400, "document_parsing_exception"))
    outcomes = index.write([make_document("a", "Good"), make_document("a", "Bad", version=2)])
    assert outcomes[0] is CREATED
    assert isinstance(outcomes[1], Rejected)
    assert [document["title"] for document in server.memory.documents()] == ["Good"]


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


def test_nothing_more_is_sent_to_a_server_that_is_down(server: ElasticStandIn, index: ElasticIndex) -> None:
    """When one request of several gets no answer, those behind it are not tried, and are asked for again."""
    server.queue(BULK, *[Edit(lambda body: body)] * 4, *[Reset(applied=False)] * 4)
    outcomes = list(index.write([make_document(n) for n in range(1200)]))
    assert Counter(type(outcome) for outcome in outcomes) == {WriteResult: 500, Unavailable: 700}
    assert len(server.bulks) == 8


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
