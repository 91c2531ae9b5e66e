"""Pytest plugin: one Kafka and one Elasticsearch for a whole test run, a prefix per test, servers of a test's own.

Loaded by `tests/conftest.py`. Addresses in NEWSWIRE_TEST_KAFKA and NEWSWIRE_TEST_ELASTIC are used when set; otherwise
the servers are started from jars. Where neither is possible, tests skip on a laptop and fail in CI.

With pytest-xdist all workers share the one server of each kind. Tests that stop, kill or suspend a server take
`own_kafka_server` or `own_elastic_server`, which nobody else sees.
"""

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pytest

from tests.services.elastic_server import ElasticServer
from tests.services.jars import ServiceUnavailable
from tests.services.kafka_clients import connect
from tests.services.kafka_server import KafkaServer
from tests.services.prepare import in_ci, prepare
from tests.services.server import temporary_folder
from tests.services.shared_servers import SharedServers

ADDRESS_VARIABLES = {"kafka_server": "NEWSWIRE_TEST_KAFKA", "elastic_server": "NEWSWIRE_TEST_ELASTIC"}
SERVICE_FIXTURES = {*ADDRESS_VARIABLES, "own_kafka_server", "own_elastic_server", "startable_services"}

SHARED = pytest.StashKey[SharedServers]()
UNAVAILABLE = pytest.StashKey[str]()


@dataclass(frozen=True)
class Service:
    """A running service: `address` as its client wants it, `url` as the product's settings want it."""

    address: str
    url: str


def pytest_configure(config: pytest.Config) -> None:
    """Decide who owns the servers: the process that runs the session, never one of its workers."""
    worker: dict[str, Any] | None = getattr(config, "workerinput", None)
    if worker is None:
        shared = SharedServers(temporary_folder("services", os.getpid()), os.getpid())
    else:
        shared = SharedServers(Path(worker["services_folder"]), worker["services_owner"])
    config.stash[SHARED] = shared


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:  # noqa: ANN401 - pytest-xdist has no public type for it
    """Tell a new pytest-xdist worker where the shared servers are noted."""
    shared = node.config.stash[SHARED]
    node.workerinput["services_folder"] = str(shared.folder)
    node.workerinput["services_owner"] = shared.owner


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the shared servers with the session."""
    if not hasattr(config, "workerinput") and SHARED in config.stash:
        config.stash[SHARED].stop()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a service, so that `-m "not service"` leaves exactly that out."""
    for item in items:
        if SERVICE_FIXTURES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.service)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Fetch and build before the first test starts, because tests have a time limit and a download has none."""
    config = session.config
    wanted = {name for item in session.items for name in getattr(item, "fixturenames", ())} & SERVICE_FIXTURES
    given = {name for name, variable in ADDRESS_VARIABLES.items() if os.environ.get(variable)}
    if config.option.collectonly or not wanted - given:
        return
    capture = config.pluginmanager.getplugin("capturemanager")
    try:
        with capture.global_and_fixture_disabled():
            prepare()
    except ServiceUnavailable as error:
        config.stash[UNAVAILABLE] = str(error)


def require(config: pytest.Config) -> None:
    """Skip the test on a laptop, and fail it in CI, when servers cannot be started here."""
    if UNAVAILABLE in config.stash:
        give_up(config.stash[UNAVAILABLE])


def give_up(reason: str) -> NoReturn:
    """Skip with the reason and the way out; in CI a missing service is a failure."""
    line = f"no test services: {reason} (or set {' and '.join(ADDRESS_VARIABLES.values())})"
    if in_ci():
        pytest.fail(line, pytrace=False)
    pytest.skip(line)


@pytest.fixture(scope="session")
def kafka_server(request: pytest.FixtureRequest) -> Service:
    """The Kafka of this test run; use names that start with `topic_prefix`."""
    address = os.environ.get(ADDRESS_VARIABLES["kafka_server"])
    if not address:
        require(request.config)
        address = request.config.stash[SHARED].address("kafka")
    return Service(address, f"kafka://{address}")


@pytest.fixture(scope="session")
def elastic_server(request: pytest.FixtureRequest) -> Service:
    """The Elasticsearch of this test run; use names that start with `index_prefix`."""
    address = os.environ.get(ADDRESS_VARIABLES["elastic_server"])
    if not address:
        require(request.config)
        address = request.config.stash[SHARED].address("elasticsearch")
    return Service(address, address)


@pytest.fixture(scope="session")
def startable_services(request: pytest.FixtureRequest) -> None:
    """Nothing but the promise that `KafkaServer` and `ElasticServer` can be started here."""
    require(request.config)


@pytest.fixture(scope="module")
def own_kafka_server(request: pytest.FixtureRequest) -> Iterator[KafkaServer]:
    """A Kafka of this test module alone, to kill, suspend and restart."""
    require(request.config)
    with KafkaServer() as server:
        yield server


@pytest.fixture(scope="module")
def own_elastic_server(request: pytest.FixtureRequest) -> Iterator[ElasticServer]:
    """An Elasticsearch of this test module alone, to kill, suspend and restart."""
    require(request.config)
    with ElasticServer() as server:
        yield server


@pytest.fixture
def topic_prefix(request: pytest.FixtureRequest) -> Iterator[str]:
    """A beginning for the topic names of this test; on the shared Kafka its topics are deleted afterwards."""
    prefix = f"test-{secrets.token_hex(4)}."
    yield prefix
    if "kafka_server" in request.fixturenames:
        delete_topics(request.getfixturevalue("kafka_server").address, prefix)


@pytest.fixture
def index_prefix(request: pytest.FixtureRequest) -> Iterator[str]:
    """A beginning for the index and template names of this test; on the shared server they are deleted afterwards.

    It begins with `news-`, so that the rule against automatic creation holds for these indices as well.
    """
    prefix = f"news-test-{secrets.token_hex(4)}-"
    yield prefix
    if "elastic_server" in request.fixturenames:
        delete_indices(request.getfixturevalue("elastic_server").address, prefix)


def delete_topics(address: str, prefix: str) -> None:
    """Delete every topic whose name starts with the prefix."""
    from kafka import KafkaAdminClient  # the clients are slow to import, and every test run imports this module

    admin = connect(KafkaAdminClient, address)
    try:
        names = [name for name in admin.list_topics() if name.startswith(prefix)]
        if names:
            admin.delete_topics(names)
    finally:
        admin.close()


def delete_indices(address: str, prefix: str) -> None:
    """Delete every index, index template and component template whose name starts with the prefix."""
    from elasticsearch import Elasticsearch  # as above

    with Elasticsearch(address) as client:
        indices = list(client.indices.get(index=f"{prefix}*", expand_wildcards="all"))
        if indices:
            client.indices.delete(index=indices)
        missing = client.options(ignore_status=404)  # a pattern that matches no template is an error there
        missing.indices.delete_index_template(name=f"{prefix}*")
        missing.cluster.delete_component_template(name=f"{prefix}*")
