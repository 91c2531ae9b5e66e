"""`newswire setup` creates and verifies; `newswire worker` refuses what is not set up, in a sentence."""

import json
from dataclasses import replace

import pytest
from elasticsearch import Elasticsearch
from kafka import KafkaAdminClient

from schemas.topics import TOPICS
from tests.faults.installation import Installation
from tests.services.kafka_clients import connect

EXIT_FAILED = 1
EXIT_USAGE = 2


def test_setup_creates_everything_once_and_names_what_differs(bare_installation: Installation) -> None:
    """It creates what is missing, changes nothing the second time, and names each difference with exit code 1."""
    here = bare_installation
    for _ in range(2):
        done = here.newswire("setup", "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        assert [part["faults"] for part in json.loads(done.stdout)["parts"]] == [[], []]
    admin = connect(KafkaAdminClient, here.kafka)
    try:
        admin.create_partitions({here.topic_prefix + "news.indexed.v1": 2})
    finally:
        admin.close()
    with Elasticsearch(here.elastic) as client:
        index = next(iter(client.indices.get(index=f"{here.index_prefix}news-articles-*")))
        client.indices.close(index=index)
    done = here.newswire("setup")
    assert done.returncode == EXIT_FAILED
    assert "topic news.indexed.v1 has partitions 2, not 1" in done.stdout
    assert f"index {index} is closed" in done.stdout


def test_a_worker_names_missing_topics(bare_installation: Installation) -> None:
    """Without its topics it starts nothing: every missing topic is named, and the command that creates them."""
    done = bare_installation.newswire("worker", "index")
    assert done.returncode == EXIT_USAGE
    assert all(f"topic {topic.name} does not exist" in done.stderr for topic in TOPICS)
    assert "newswire setup creates what is missing" in done.stderr


def test_a_worker_names_what_is_missing_in_the_index(bare_installation: Installation) -> None:
    """An index without its templates would take any field, so the worker does not start."""
    bare_installation.set_up()
    done = replace(bare_installation, index_prefix="news-elsewhere-").newswire("worker", "group")
    assert done.returncode == EXIT_USAGE
    assert "index template news-elsewhere-" in done.stderr
    assert "newswire setup" in done.stderr


def test_a_worker_names_a_model_that_is_not_installed(bare_installation: Installation) -> None:
    """A wrong model is found before the first article, not with it."""
    bare_installation.set_up()
    done = replace(bare_installation, variables={"NEWSWIRE_MODELS": "en=no_such_model"}).newswire("worker", "enrich")
    assert done.returncode == EXIT_USAGE
    assert "no_such_model" in done.stderr


@pytest.mark.parametrize(
    ("role", "variables", "sentence"),
    [
        ("index", {"NEWSWIRE_LOG_URL": "sqlite:///x.db"}, "a worker needs Kafka"),
        ("publish", {}, "there is no role 'publish'"),
        ("editor", {}, "there is no role 'editor'; roles are enrich, index, group"),
        ("index", {"NO_CYTHON": "1"}, "unset NO_CYTHON"),
        ("index", {"NEWSWIRE_METRICS_PORT": "65536"}, "setting metrics_port = '65536'"),
    ],
)
def test_a_worker_refuses_in_one_sentence(
    bare_installation: Installation, role: str, variables: dict[str, str], sentence: str
) -> None:
    """Wrong use ends with code 2 and says what to do."""
    done = replace(bare_installation, variables=variables).newswire("worker", role)
    assert (done.returncode, sentence in done.stderr) == (EXIT_USAGE, True), done.stderr
    assert "Traceback" not in done.stderr


def test_doctor_says_what_is_wrong_with_a_cluster(bare_installation: Installation) -> None:
    """Before setup it names topics and templates and creates nothing; after it, only workers; passwords stay inside."""
    host = bare_installation.elastic.partition("://")[2]
    here = replace(bare_installation, elastic=f"http://ada:s3cret@{host}")
    for _ in range(2):
        done = here.newswire("doctor")
        assert done.returncode == EXIT_FAILED
        assert "topic news.raw.v1 does not exist" in done.stdout
        assert "index template" in done.stdout
        assert "s3cret" not in done.stdout + done.stderr
    here.set_up()
    done = here.newswire("doctor")
    faults = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("FAIL")]
    assert (done.returncode, faults) == (EXIT_FAILED, ["workers"]), done.stdout
    assert "s3cret" not in done.stdout
