"""T3 and T4: Kafka and Elasticsearch go away and come back, while articles are sent."""

import secrets
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.delivery.limits import EXIT_FORCED
from pipeline.roles import INDEX
from tests.faults.articles import Oracle
from tests.faults.checks import find_early_commits, find_losses
from tests.faults.harness import Crew, Traffic, count_lag, wait_drained
from tests.faults.installation import REPOSITORY, Installation, Worker, wait_until
from tests.services.elastic_server import ElasticServer
from tests.services.kafka_server import KafkaServer

OBVIOUS = str(REPOSITORY / "tests" / "faults" / "obvious_worker.py")
ELASTIC_OUTAGE_S = 12.0
BROKER_OUTAGE_S = 10.0
PER_SECOND = 50.0
# A line for each kind of trouble now and then, not one for each attempt to connect.
MAX_LINES = 60

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def own_installation(own_kafka_server: KafkaServer, own_elastic_server: ElasticServer, tmp_path: Path) -> Installation:
    """Topics and templates of this test on servers that it may kill."""
    name = secrets.token_hex(4)
    here = Installation(own_kafka_server.address, own_elastic_server.address, f"t{name}.", f"news-{name}-", tmp_path)
    here.set_up()
    return here


def wait_blocked(worker: Worker, reason: str, seconds: float = 60.0) -> None:
    """Wait until /readyz names what the worker waits for."""
    wait_until(lambda: reason in str(worker.readiness().get("blocked")), seconds, lambda: worker.output, worker)


def go_through(here: Installation, outage: Callable[[], None], seed: int) -> tuple[Oracle, list[Worker]]:
    """Send articles before, during and after the outage; all is well when the lag goes back to 0 by itself."""
    with ExitStack() as stack:
        log = here.open_log()
        stack.callback(log.close)
        crew = Crew(here, INDEX, 2, stack)
        with Traffic(log, INDEX, PER_SECOND, seed).running() as traffic:
            time.sleep(3)
            outage()
            time.sleep(3)
        wait_drained(log, INDEX, 120.0, crew)
        assert find_losses(here, log, traffic.oracle) == []
        assert find_early_commits(here, log, INDEX) == []
        assert all(worker.running for worker in crew.workers), crew.outputs()
        assert max(len(worker.output.splitlines()) for worker in crew.workers) < MAX_LINES, crew.outputs()
        return traffic.oracle, crew.workers


def test_an_outage_of_elasticsearch_loses_nothing_but_with_the_obvious_worker(
    own_installation: Installation, own_elastic_server: ElasticServer, seed: int
) -> None:
    """Our workers wait, and finish by themselves; the obvious one loses under the same load, so losses are seen."""
    here = own_installation
    elsewhere = replace(here, index_prefix=f"{here.index_prefix}obvious-")
    elsewhere.set_up()

    def outage() -> None:
        own_elastic_server.kill()
        time.sleep(ELASTIC_OUTAGE_S)
        own_elastic_server.start()

    with ExitStack() as stack:
        obvious = stack.enter_context(elsewhere.start(OBVIOUS))
        oracle, _ = go_through(here, outage, seed)
        log = stack.enter_context(closing(here.open_log()))
        role = replace(INDEX, name="obvious")
        wait_until(lambda: count_lag(log, role) == 0 or not obvious.running, 60.0, lambda: obvious.output)
        lost = [line for line in find_losses(elsewhere, log, oracle) if line.startswith("lost")]
        print(f"seed {seed}: the obvious worker lost {len(lost)} of {len(oracle.versions)} articles")
        assert lost


def test_a_broker_that_is_killed_and_comes_back_loses_nothing(
    own_installation: Installation, own_kafka_server: KafkaServer, seed: int
) -> None:
    """After kill -9 of the broker under load, workers join again by themselves and go on where they were."""

    def outage() -> None:
        own_kafka_server.kill()
        time.sleep(BROKER_OUTAGE_S)
        own_kafka_server.start()

    print(f"seed {seed}")
    oracle, _ = go_through(own_installation, outage, seed)
    assert oracle.versions


def test_a_worker_waits_for_services_that_are_down_at_its_start(
    own_installation: Installation, own_kafka_server: KafkaServer, own_elastic_server: ElasticServer
) -> None:
    """It names what it waits for, in few lines, and starts once it is there."""
    own_kafka_server.kill()
    own_elastic_server.kill()
    with own_installation.start(INDEX.name) as worker:
        wait_blocked(worker, "Kafka at")
        own_kafka_server.start()
        wait_blocked(worker, "Elasticsearch does not answer")
        own_elastic_server.start()
        worker.wait_ready()
        assert len(worker.output.splitlines()) < MAX_LINES, worker.output


def test_leaving_while_elasticsearch_is_down_ends_in_time(
    own_installation: Installation, own_elastic_server: ElasticServer
) -> None:
    """With a batch that cannot be written it leaves within 30 s, says so by its exit code, and nothing is lost."""
    oracle = Oracle()
    with ExitStack() as stack:
        log = stack.enter_context(closing(own_installation.open_log()))
        worker = stack.enter_context(own_installation.start(INDEX.name)).wait_ready()
        own_elastic_server.kill()
        oracle.send(log, [(number, 1) for number in range(50)], enriched=True)
        wait_blocked(worker, "Elasticsearch does not answer")
        left = worker.stop()
        own_elastic_server.start()
        assert left.code == EXIT_FORCED, worker.output
        assert left.seconds < 31
        assert find_early_commits(own_installation, log, INDEX) == []
        stack.enter_context(own_installation.start(INDEX.name))
        wait_drained(log, INDEX, 60.0)
        assert find_losses(own_installation, log, oracle) == []
