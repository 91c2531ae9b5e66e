"""The Elasticsearch of the tests is a real server, with the analysis of a distribution and rules as in production."""

import http.client
from contextlib import closing

import pytest
from elasticsearch import BadRequestError, ConflictError, Elasticsearch, NotFoundError

from pipeline.clock import ManualClock
from pipeline.index.base import WriteResult
from pipeline.index.elastic import ElasticIndex
from schemas.errors import ConfigurationError
from tests.index.making import NOW, article_id, make_document
from tests.services.elastic_server import ElasticServer
from tests.services.fixtures import Service
from tests.services.jars import load_versions

#: One inflected pair per language that must meet in one stem.
STEMS = {
    "english": ("running horses", "run horse"),
    "german": ("Häuser", "Haus"),
    "french": ("l'élection présidentielle", "élections présidentielles"),
    "spanish": ("elecciones", "elección"),
    "italian": ("dell'elezione", "elezioni"),
    "portuguese": ("eleições", "eleição"),
    "dutch": ("verkiezingen", "verkiezing"),
    "russian": ("выборами", "выборы"),
    "swedish": ("tidningarna", "tidningar"),
    "greek": ("εκλογές", "εκλογών"),
}


@pytest.fixture
def client(elastic_server: Service) -> Elasticsearch:
    """A client of the shared server."""
    return Elasticsearch(elastic_server.address)


def tokens(client: Elasticsearch, index: str | None = None, **analysis: object) -> list[str]:
    """Return the tokens an analysis makes."""
    answer = client.indices.analyze(index=index, body=dict(analysis))
    return [token["token"] for token in answer["tokens"]]


def test_the_client_accepts_the_server(client: Elasticsearch) -> None:
    """The official client finds the product header and the pinned version."""
    info = client.info()
    assert info["version"]["number"] == load_versions()["elasticsearch"]
    assert info["tagline"] == "You Know, for Search"
    assert info.meta.headers["x-elastic-product"] == "Elasticsearch"
    assert client.ping()


@pytest.mark.parametrize("language", sorted(STEMS))
def test_language_analyzers_stem(client: Elasticsearch, language: str) -> None:
    """Inflected forms of a word meet in one stem, as on a distribution of the server."""
    one, other = STEMS[language]
    stems = tokens(client, analyzer=language, text=one)
    assert stems
    assert stems == tokens(client, analyzer=language, text=other)


def test_custom_filters_take_their_documented_settings(client: Elasticsearch, index_prefix: str) -> None:
    """Stemmer, elision, stop words, folding, char filters and the others are configured as on a distribution."""
    filters = {
        "articles": {"type": "elision", "articles": ["l", "d"], "articles_case": True},
        "french_stop": {"type": "stop", "stopwords": "_french_"},
        "kept": {"type": "keyword_marker", "keywords": ["chevaux"]},
        "french_stem": {"type": "stemmer", "language": "light_french"},
        "folded": {"type": "asciifolding", "preserve_original": False},
        "start": {"type": "edge_ngram", "min_gram": 2, "max_gram": 3},
        "parts": {"type": "word_delimiter_graph", "split_on_case_change": True, "preserve_original": True},
    }
    dashes = {"type": "mapping", "mappings": ["– => -", "— => -"]}
    french = ["articles", "lowercase", "french_stop", "kept", "french_stem", "folded"]
    analyzers = {
        "french_text": {"tokenizer": "standard", "char_filter": ["html_strip"], "filter": french},
        "suggest": {"tokenizer": "standard", "filter": ["lowercase", "start"]},
        "names": {"tokenizer": "whitespace", "char_filter": ["dashes"], "filter": ["parts", "lowercase"]},
    }
    normalizers = {"folding": {"type": "custom", "filter": ["lowercase", "asciifolding"]}}
    analysis = {
        "filter": filters,
        "char_filter": {"dashes": dashes},
        "analyzer": analyzers,
        "normalizer": normalizers,
    }
    index = f"{index_prefix}analysis"
    client.indices.create(index=index, settings={"analysis": analysis})
    text = "<p>L'élection des maires et les chevaux</p>"
    assert tokens(client, index, analyzer="french_text", text=text) == ["election", "mair", "chevaux"]
    assert tokens(client, index, analyzer="suggest", text="News") == ["ne", "new"]
    assert tokens(client, index, analyzer="names", text="PowerShot—X") == ["powershot-x", "power", "shot", "x"]
    assert tokens(client, index, normalizer="folding", text="Łódź") == ["lodz"]


def test_filters_can_be_named_without_being_defined(client: Elasticsearch) -> None:
    """The ready-made filters work in an ad-hoc chain."""
    chain = ["lowercase", "elision", "asciifolding", "porter_stem", "reverse"]
    assert tokens(client, tokenizer="standard", filter=chain, text="L'Élections") == ["tcele"]


def test_a_strict_template_refuses_unknown_fields(client: Elasticsearch, index_prefix: str) -> None:
    """An index made from component templates takes its fields and no others, compressed with zstd."""
    mappings = {"dynamic": "strict", "properties": {"title": {"type": "text", "analyzer": "english"}}}
    client.cluster.put_component_template(
        name=f"{index_prefix}settings", template={"settings": {"codec": "best_compression"}}
    )
    client.cluster.put_component_template(name=f"{index_prefix}mappings", template={"mappings": mappings})
    client.indices.put_index_template(
        name=f"{index_prefix}articles",
        index_patterns=[f"{index_prefix}articles-*"],
        composed_of=[f"{index_prefix}settings", f"{index_prefix}mappings"],
        template={"aliases": {f"{index_prefix}articles": {}}},
    )
    client.indices.create(index=f"{index_prefix}articles-2026.01")
    client.index(index=f"{index_prefix}articles-2026.01", id="1", document={"title": "Elections"}, refresh=True)
    with pytest.raises(BadRequestError, match="strict_dynamic_mapping_exception"):
        client.index(index=f"{index_prefix}articles-2026.01", document={"title": "x", "unknown": 1})
    found = client.search(index=f"{index_prefix}articles", query={"match": {"title": "election"}})
    assert found["hits"]["total"]["value"] == 1


def test_nothing_creates_a_news_index_by_writing(client: Elasticsearch, index_prefix: str) -> None:
    """An index that should come from a template is never made up by a write."""
    with pytest.raises(NotFoundError):
        client.index(index=f"{index_prefix}absent", document={"title": "x"})
    answer = client.bulk(operations=[{"index": {"_index": f"{index_prefix}absent", "_id": "1"}}, {"title": "x"}])
    assert answer["errors"]
    assert answer["items"][0]["index"]["status"] == 404


def test_compare_and_set_conflicts(client: Elasticsearch, index_prefix: str) -> None:
    """A write against a sequence number that has passed is answered 409, alone and in a bulk."""
    index = f"{index_prefix}versions"
    client.indices.create(index=index)
    client.create(index=index, id="1", document={"version": 1})
    read = client.mget(index=index, ids=["1"])["docs"][0]
    seen = {"if_seq_no": read["_seq_no"], "if_primary_term": read["_primary_term"]}
    client.index(index=index, id="1", document={"version": 2}, **seen)
    with pytest.raises(ConflictError):
        client.index(index=index, id="1", document={"version": 3}, **seen)
    answer = client.bulk(operations=[{"index": {"_index": index, "_id": "1", **seen}}, {"version": 3}])
    assert answer["items"][0]["index"]["status"] == 409
    assert client.get(index=index, id="1")["_source"] == {"version": 2}


def test_search_aggregates(client: Elasticsearch, index_prefix: str) -> None:
    """Terms, date histogram and cardinality give the numbers of what was written."""
    index = f"{index_prefix}counts"
    mappings = {"properties": {"source": {"type": "keyword"}, "at": {"type": "date"}}}
    client.indices.create(index=index, mappings=mappings)
    operations: list[dict[str, object]] = []
    for number in range(30):
        operations += [{"index": {}}, {"source": f"s{number % 3}", "at": f"2026-01-{number % 2 + 1:02}T00:00:00Z"}]
    assert not client.bulk(index=index, operations=operations, refresh=True)["errors"]
    answer = client.search(
        index=index,
        size=0,
        aggs={
            "sources": {"terms": {"field": "source"}},
            "days": {"date_histogram": {"field": "at", "calendar_interval": "day"}},
            "distinct": {"cardinality": {"field": "source"}},
        },
    )["aggregations"]
    assert {bucket["key"]: bucket["doc_count"] for bucket in answer["sources"]["buckets"]} == dict.fromkeys(
        ("s0", "s1", "s2"), 10
    )
    assert [bucket["doc_count"] for bucket in answer["days"]["buckets"]] == [15, 15]
    assert answer["distinct"]["value"] == 3


def test_a_killed_server_comes_back_with_its_data(own_elastic_server: ElasticServer) -> None:
    """After kill -9 and a start the same address serves every acknowledged document."""
    client = Elasticsearch(own_elastic_server.address)
    client.indices.create(index="kept", settings={"number_of_replicas": 0})
    operations: list[dict[str, object]] = []
    for number in range(200):
        operations += [{"index": {"_id": str(number)}}, {"number": number}]
    assert not client.bulk(index="kept", operations=operations)["errors"]
    first = own_elastic_server.pid
    own_elastic_server.kill()
    assert not own_elastic_server.is_healthy()
    own_elastic_server.start()
    assert own_elastic_server.pid != first
    client.indices.refresh(index="kept")
    assert client.count(index="kept")["count"] == 200


def test_settings_of_the_caller_are_used(own_elastic_server: ElasticServer) -> None:
    """Limits that fault tests lower are the server's real limits."""
    with ElasticServer({"http.max_content_length": "1kb", "thread_pool.write.queue_size": 7}, heap="512m") as server:
        client = Elasticsearch(server.address)
        pools = client.nodes.info(metric="thread_pool")["nodes"]
        assert [node["thread_pool"]["write"]["queue_size"] for node in pools.values()] == [7]
        assert server.port != own_elastic_server.port
        status, _ = server.request("PUT", "/too-large/_doc/1", {"text": "x" * 2_000})
        assert status == 413


def test_a_snapshot_brings_everything_back(own_elastic_server: ElasticServer) -> None:
    """After the indices were deleted, a restore gives every article back, and writes go on under the same checks."""
    server = own_elastic_server
    chosen = {"indices": "news-*", "include_global_state": False}
    with closing(ElasticIndex(server.address, clock=ManualClock(NOW))) as index:
        index.install()
        index.write([make_document(number) for number in range(20)])
        for path, body in (
            ("/_snapshot/backup", {"type": "fs", "settings": {"location": "newswire"}}),
            ("/_snapshot/backup/2026-11-27?wait_for_completion=true", chosen),
        ):
            status, answer = server.request("PUT", path, body)
            assert status == http.client.OK, answer
        with Elasticsearch(server.address) as client:
            client.indices.delete(index=list(client.indices.get(index="news-*")))
        with pytest.raises(ConfigurationError):
            index.count()
        restore = "/_snapshot/backup/2026-11-27/_restore?wait_for_completion=true"
        status, answer = server.request("POST", restore, chosen)
        assert status == http.client.OK, answer
        index.check()
        assert index.count() == 20
        assert list(index.write([make_document(3, version=2)])) == [WriteResult.UPDATED]
        stored = index.get(article_id(3))
        assert stored is not None
        assert stored.version == 2
