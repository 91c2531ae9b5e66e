"""Fixtures of the fault tests."""

import os
import random
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.log.base import Log
from tests.faults.installation import Installation
from tests.services.elastic_stand_in import ElasticStandIn
from tests.services.fixtures import Service, delete_indices, delete_topics


@pytest.fixture
def seed() -> int:
    """The seed of this run, printed by what uses it; NEWSWIRE_TEST_SEED repeats a run."""
    given = os.environ.get("NEWSWIRE_TEST_SEED")
    return int(given) if given else random.SystemRandom().randrange(1_000_000)


@pytest.fixture
def installation(
    kafka_server: Service, elastic_server: Service, topic_prefix: str, index_prefix: str, tmp_path: Path
) -> Installation:
    """Topics and templates of this test alone, on the shared servers."""
    here = Installation(kafka_server.address, elastic_server.address, topic_prefix, index_prefix, tmp_path)
    here.set_up()
    return here


@pytest.fixture(scope="module")
def module_installation(
    kafka_server: Service, elastic_server: Service, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """Topics and templates that the tests of a module share, on the shared servers."""
    name = secrets.token_hex(4)
    folder = tmp_path_factory.mktemp("installation")
    here = Installation(kafka_server.address, elastic_server.address, f"test-{name}.", f"news-test-{name}-", folder)
    here.set_up()
    yield here
    delete_topics(here.kafka, here.topic_prefix)
    delete_indices(here.elastic, here.index_prefix)


@pytest.fixture
def log(installation: Installation) -> Iterator[Log]:
    """The installation's log, for sending and for reading along."""
    opened = installation.open_log()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def front(elastic_server: Service) -> Iterator[ElasticStandIn]:
    """A server in front of the real Elasticsearch that can be told to fail; answers are the real ones otherwise."""
    with ElasticStandIn(upstream=elastic_server.address) as server:
        yield server
