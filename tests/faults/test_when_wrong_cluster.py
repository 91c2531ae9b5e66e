"""The README's page "When something is wrong", of a cluster: what is missing, and what blocks a stage."""

from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from pipeline.roles import INDEX
from tests.faults.articles import Oracle
from tests.faults.harness import wait_drained
from tests.faults.installation import Installation, wait_until
from tests.services.elastic_stand_in import ElasticStandIn, error_reply
from tests.services.fixtures import Service

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.mark.symptom("`doctor`: a template or a topic is missing")
def test_what_is_missing_is_set_up(
    kafka_server: Service,
    elastic_server: Service,
    topic_prefix: str,
    index_prefix: str,
    tmp_path: Path,
) -> None:
    """Doctor names topics and templates, setup makes them; where a mapping differs, reindexing mends it."""
    here = Installation(kafka_server.address, elastic_server.address, topic_prefix, index_prefix, tmp_path)
    told = here.newswire("doctor").stdout
    assert "topic news.raw.v1 does not exist" in told
    assert "index template" in told
    assert here.newswire("setup").returncode == 0
    assert "does not exist" not in here.newswire("doctor").stdout
    with Elasticsearch(here.elastic) as client:
        [index] = client.indices.get(index=f"{index_prefix}news-articles-*")
        client.indices.delete(index=index)
        client.indices.put_index_template(
            name="older-" + index_prefix.strip("-"),
            index_patterns=[index],
            priority=900,
            template={"mappings": {"dynamic": "strict", "properties": {"title": {"type": "keyword"}}}},
        )
        client.indices.create(index=index, aliases={f"{index_prefix}news-articles": {}})
        client.indices.delete_index_template(name="older-" + index_prefix.strip("-"))
    differs = here.newswire("setup")
    assert (differs.returncode, index in differs.stdout) == (1, True), differs.stdout
    done = here.newswire("index", "reindex")
    assert done.returncode == 0, done.stderr
    assert here.newswire("setup").returncode == 0


@pytest.mark.symptom("`status`: a stage is blocked, and why")
def test_a_blocked_stage_goes_on_by_itself(installation: Installation, front: ElasticStandIn) -> None:
    """While Elasticsearch refuses, status names stage and reason; once it takes writes again, nothing is missing."""
    here = replace(installation, elastic=front.address, variables={"NEWSWIRE_METRICS_INTERVAL_S": "1"})
    oracle = Oracle()
    with ExitStack() as stack:
        log = stack.enter_context(closing(here.open_log()))
        worker = stack.enter_context(here.start(INDEX.name)).wait_ready()
        with front.always("news-articles.*/_bulk|/_mget", error_reply(429, "es_rejected_execution_exception")):
            oracle.send(log, [(name, 1) for name in range(5)], enriched=True)
            said = ""

            def is_told() -> bool:
                nonlocal said
                said = here.newswire("status").stdout
                return "index (" in said and "is blocked at" in said

            wait_until(is_told, 120.0, lambda: f"{said}\n{worker.output}", worker)
            assert "429" in said
        wait_drained(log, INDEX, 90.0)
        assert "is blocked" not in here.newswire("status").stdout
        with closing(here.open_index()) as index:
            index.refresh()
            assert index.count() == 5
