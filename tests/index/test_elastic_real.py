"""What a real Elasticsearch does to writes: blocks, closed and missing indices, months, templates that differ."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from pipeline.clock import ManualClock
from pipeline.index.base import BandQuery, IndexDocument, StoryFields, WriteResult
from pipeline.index.elastic import ElasticIndex
from schemas.errors import INDEX_MAPPING, ConfigurationError, Rejected, Unavailable
from schemas.query import SearchQuery, Sort, Word
from tests.index.making import NOW, article_id, days_ago, make_document
from tests.services.elastic_stand_in import ElasticStandIn, Reset
from tests.services.fixtures import Service

CREATED, UPDATED, UNCHANGED, STALE = WriteResult.CREATED, WriteResult.UPDATED, WriteResult.UNCHANGED, WriteResult.STALE
LONG_AGO = datetime(2023, 11, 5, tzinfo=UTC)


@pytest.fixture
def client(elastic_server: Service) -> Iterator[Elasticsearch]:
    """A client beside the index."""
    with Elasticsearch(elastic_server.address) as client:
        yield client


@pytest.fixture
def opened(elastic_server: Service, index_prefix: str) -> Iterator[Callable[..., ElasticIndex]]:
    """Open the test's index, as often as there are workers."""
    made: list[ElasticIndex] = []

    def open_one(url: str = elastic_server.url, **options: Any) -> ElasticIndex:  # noqa: ANN401 - of the index
        made.append(ElasticIndex(url, clock=ManualClock(NOW), index_prefix=index_prefix, **options))
        return made[-1]

    yield open_one
    for index in made:
        index.close()


@pytest.fixture
def index(opened: Callable[..., ElasticIndex]) -> ElasticIndex:
    """An installed index."""
    index = opened()
    index.install()
    return index


@pytest.fixture
def month(index_prefix: str) -> str:
    """The index of the present month."""
    return f"{index_prefix}news-articles-2024.05"


def where(client: Elasticsearch, prefix: str) -> dict[str, list[str]]:
    """Return, for each article, the months in which it lives."""
    client.indices.refresh(index=f"{prefix}news-articles")
    found: dict[str, list[str]] = {}
    for hit in client.search(index=f"{prefix}news-articles", size=1000)["hits"]["hits"]:
        found.setdefault(hit["_id"], []).append(hit["_index"][-7:])
    return found


@pytest.mark.parametrize("block", ["write", "read_only_allow_delete"])
def test_a_block_is_waited_for(client: Elasticsearch, index: ElasticIndex, month: str, block: str) -> None:
    """While an index takes no writes (a person, a full disk) its articles are unavailable, then they are written."""
    client.indices.put_settings(index=month, settings={f"index.blocks.{block}": True})
    outcome = index.write([make_document("a")])[0]
    assert isinstance(outcome, Unavailable)
    assert "cluster_block_exception" in str(outcome)
    client.indices.put_settings(index=month, settings={f"index.blocks.{block}": None})
    assert index.write([make_document("a")]) == [CREATED]


def test_a_closed_index_stops(client: Elasticsearch, index: ElasticIndex, month: str) -> None:
    """A closed month would hide what it holds, so nothing is written until somebody opens it."""
    index.write([make_document("a")])
    client.indices.close(index=month)
    for call in (lambda: index.write([make_document("a")]), lambda: index.get(article_id("a")), index.check):
        with pytest.raises(ConfigurationError, match="is closed"):
            call()
    client.indices.open(index=month, wait_for_active_shards=1)
    assert index.write([make_document("a")]) == [UNCHANGED]


def test_a_deleted_index_is_made_again_from_the_template(
    client: Elasticsearch, index: ElasticIndex, month: str, index_prefix: str
) -> None:
    """A month that was deleted under our feet comes back with mapping and alias; nothing makes it up otherwise."""
    index.write([make_document("a")])
    client.indices.delete(index=month)
    assert index.write([make_document("a")]) == [CREATED]
    held = client.indices.get(index=month)[month]
    assert held["mappings"]["dynamic"] == "strict"
    assert list(held["aliases"]) == [f"{index_prefix}news-articles"]


def test_no_index_without_its_template(client: Elasticsearch, index: ElasticIndex, index_prefix: str) -> None:
    """When the template is gone a new month is not created, and the message says what to run."""
    client.indices.delete_index_template(name=f"{index_prefix}news-articles@v1")
    with pytest.raises(ConfigurationError, match=r"index template .* is missing(.|\n)*newswire setup"):
        index.write([make_document("a", fetched=LONG_AGO)])
    assert not client.indices.exists(index=f"{index_prefix}news-articles-2023.11")
    index.install()
    assert index.write([make_document("a", fetched=LONG_AGO)]) == [CREATED]


def test_a_value_that_the_mapping_refuses_is_rejected(index: ElasticIndex) -> None:
    """A document that passes our checks and not the server's is rejected with its words, alone."""
    document = make_document("a")
    immense = replace(document, fields={**document.fields, "section": "x" * 40_000})
    outcomes = index.write([immense, make_document("b")])
    assert isinstance(outcomes[0], Rejected)
    assert outcomes[0].reason == INDEX_MAPPING
    assert "section" in outcomes[0].detail
    assert outcomes[1] is CREATED


def test_applied_and_never_answered_leaves_one_document(
    elastic_server: Service, index: ElasticIndex, opened: Callable[..., ElasticIndex]
) -> None:
    """A bulk that was carried out before its connection broke is found, not written a second time."""
    with ElasticStandIn(upstream=elastic_server.address) as between:
        broken = opened(between.address)
        between.queue("/_bulk", Reset(applied=True), Reset(applied=True, mid_body=True))
        documents = [make_document(n) for n in range(20)]
        assert all(isinstance(outcome, Unavailable) for outcome in broken.write(documents[:10]))
        outcomes = broken.write(documents)
        assert list(outcomes[:10]) == [UNCHANGED] * 10
        assert all(isinstance(outcome, Unavailable) for outcome in outcomes[10:])
        assert broken.write(documents) == [UNCHANGED] * 20
        assert len(between.bulks) == 2
    assert index.count() == 20


def test_an_article_stays_in_its_first_month(client: Elasticsearch, index: ElasticIndex, index_prefix: str) -> None:
    """Versions of one article fetched in different months, in any order, are one document."""
    old, new = make_document("a", version=1, fetched=LONG_AGO), make_document("a", "New", version=2)
    assert index.write([old]) == [CREATED]
    assert index.write([new, make_document("b")]) == [UPDATED, CREATED]
    late = make_document("b", version=0, fetched=LONG_AGO)
    assert index.write([late, old, make_document("c", fetched=LONG_AGO)]) == [STALE, STALE, CREATED]
    assert where(client, index_prefix) == {
        article_id("a"): ["2023.11"],
        article_id("b"): ["2024.05"],
        article_id("c"): ["2023.11"],
    }
    held = index.get(article_id("a"))
    assert held is not None
    assert (held.fields["title"], held.fields["first_seen_at"]) == ("New", "2023-11-05T00:00:00Z")
    assert index.write_stories([StoryFields(article_id("a"), 2, "s", None, False)]) == [UPDATED]
    assert index.versions([article_id("a"), article_id("c")]) == {article_id("a"): (2, 1), article_id("c"): (1, 1)}


def test_story_fields_leave_the_text_searchable(index: ElasticIndex) -> None:
    """After the group role has written, an article is still found by inflected forms, which its source lacks."""
    index.write([make_document("a", "Floods", "Häuser", language="en"), make_document("b", "Häuser", language="de")])
    index.write_stories([StoryFields(article_id(name), 1, "s", None, False) for name in "ab"])
    index.refresh()
    for word, name in (("flooding", "a"), ("Haus", "b")):
        page = index.search(SearchQuery(now=NOW, expression=Word(word)))
        assert [hit.article_id for hit in page.hits] == [article_id(name)]
        assert page.hits[0].highlights["title"][0].startswith("<mark>")


def test_pages_run_through_all_months(index: ElasticIndex) -> None:
    """Order, counts and paging know nothing of months."""
    index.write([make_document(n, published=days_ago(n), fetched=days_ago(n)) for n in range(0, 200, 10)])
    index.refresh()
    seen: list[str] = []
    cursor = None
    while True:
        page = index.search(SearchQuery(now=NOW, sort=Sort.NEWEST, limit=6, cursor=cursor))
        assert (page.total, page.stories) == (20, 20)
        seen.extend(hit.article_id for hit in page.hits)
        cursor = page.cursor
        if cursor is None:
            break
    assert seen == [article_id(n) for n in range(0, 200, 10)]


def test_candidates_see_what_other_workers_wrote(index: ElasticIndex, opened: Callable[..., ElasticIndex]) -> None:
    """The grouper finds what any index worker has finished writing, in this month and before."""
    other = opened()
    other.write([make_document("a", bands=["x"], fetched=days_ago(40)), make_document("b", bands=["x"])])
    for since, seen in ((50, "ba"), (5, "b")):
        (found,) = index.find_kin([BandQuery(article_id("z"), ("x",), days_ago(since), NOW)])
        assert [each.article_id for each in found] == [article_id(one) for one in seen]
    assert {each.article_id for each in index.members([article_id("a")])} == {article_id("a")}


def test_prune_keeps_the_last_months(
    elastic_server: Service, client: Elasticsearch, index: ElasticIndex, index_prefix: str
) -> None:
    """Old months go whole, also closed ones; the last ones stay, and so does what is not ours."""
    index.write([make_document(n, fetched=NOW - timedelta(days=30 * n)) for n in range(5)])
    client.indices.create(index=f"{index_prefix}news-articles-2020.01-copy")
    index.refresh()
    usages = index.list_indices()
    assert [(usage.month, usage.articles) for usage in usages] == [
        (month, 1) for month in ("2024.05", "2024.04", "2024.03", "2024.02", "2024.01")
    ]
    assert all(usage.bytes and usage.is_open and usage.has_alias for usage in usages)
    client.indices.close(index=f"{index_prefix}news-articles-2024.01")
    assert index.list_indices()[-1].articles is None
    dropped = index.prune(keep=2)
    assert sorted(name[-7:] for name in dropped) == ["2024.01", "2024.02", "2024.03"]
    assert index.prune(keep=2) == []
    assert index.count() == 2
    assert client.indices.exists(index=f"{index_prefix}news-articles-2020.01-copy")
    opened_later = ManualClock(NOW + timedelta(days=400))
    later = ElasticIndex(elastic_server.url, clock=opened_later, index_prefix=index_prefix)
    assert [name[-7:] for name in later.prune(keep=1)] == ["2024.04"]
    assert later.search(SearchQuery(now=NOW)).total == 1
    later.close()
    with pytest.raises(ValueError, match="at least one"):
        index.prune(keep=0)


def test_differences_are_named(client: Elasticsearch, index: ElasticIndex, index_prefix: str, month: str) -> None:
    """A template or an index that does not fit stops the program with every place; installing mends what it can."""
    index.check()
    component = f"{index_prefix}news-mappings@v1"
    held = client.cluster.get_component_template(name=component)["component_templates"][0]["component_template"]
    changed = held["template"]
    right = dict(changed["mappings"]["properties"])
    changed["mappings"]["properties"] |= {"title": {"type": "keyword"}, "shoe_size": {"type": "long"}}
    client.cluster.put_component_template(name=component, template=changed)
    with pytest.raises(ConfigurationError) as caught:
        index.install()
    message = str(caught.value)
    assert "title.type is keyword, not text" in message
    assert "shoe_size.type is not expected" in message
    changed["mappings"]["properties"] = right
    client.cluster.put_component_template(name=component, template=changed)
    client.indices.delete_alias(index=month, name=f"{index_prefix}news-articles")
    with pytest.raises(ConfigurationError, match="not behind the alias"):
        index.check()
    index.install()
    index.check()
    client.indices.put_mapping(index=month, properties={"shoe_size": {"type": "long"}})
    with pytest.raises(ConfigurationError, match=r"2024\.05: properties\.shoe_size\.type is not expected"):
        index.install()


def test_before_setup_it_says_what_to_run(opened: Callable[..., ElasticIndex], document: IndexDocument) -> None:
    """Without templates and indices every call names the command that makes them."""
    index = opened()
    for call in (
        index.check,
        index.count,
        index.refresh,
        lambda: index.write([document]),
        lambda: index.search(SearchQuery(now=NOW)),
    ):
        with pytest.raises(ConfigurationError, match="newswire setup"):
            call()
    assert index.get(document.article_id) is None
    assert index.list_indices() == []


@pytest.fixture
def document() -> IndexDocument:
    """Any article."""
    return make_document("a")


def test_nobody_there(opened: Callable[..., ElasticIndex], document: IndexDocument) -> None:
    """An address where nothing listens is unavailable, not wrong: it may be starting."""
    index = opened("http://127.0.0.1:9")
    for call in (index.install, index.count, lambda: index.write([document]), lambda: index.get("x")):
        with pytest.raises(Unavailable, match="does not answer"):
            call()
