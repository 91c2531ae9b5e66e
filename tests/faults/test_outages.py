"""T3, T4, T18 and a part of T8: Kafka and Elasticsearch go away and come back, while articles are sent.

All on one pair of servers, one test after the other.
"""

import secrets
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.delivery.limits import EXIT_FORCED
from pipeline.roles import INDEX
from schemas.message import OutgoingMessage
from schemas.topics import ENRICHED
from tests.faults.articles import Oracle
from tests.faults.checks import find_early_commits, find_losses, read_dead_letters
from tests.faults.harness import OBVIOUS, PROGRAM, Crew, Traffic, count_lag, wait_drained
from tests.faults.installation import Installation, Worker, wait_until
from tests.faults.scenarios import run_random
from tests.faults.stage import Stage, Wanted, is_well
from tests.services.elastic_server import ElasticServer
from tests.services.elastic_stand_in import ElasticStandIn
from tests.services.kafka_server import KafkaServer

# Longer than the session of the workers, so that they are given up meanwhile; minutes in `make chaos`.
OUTAGE_S = 6.0
RAGE_MINUTES = 0.25
PER_SECOND = 50.0
# A line for each kind of trouble now and then, not one for each attempt to connect.
MAX_LINES = 60

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def own_installation(own_kafka_server: KafkaServer, own_elastic_server: ElasticServer, tmp_path: Path) -> Installation:
    """Topics and templates of this test on servers that it may kill."""
    own_kafka_server.resume()
    own_kafka_server.start()
    own_elastic_server.start()
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
            time.sleep(2)
            outage()
            time.sleep(2)
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
        time.sleep(OUTAGE_S)
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
        time.sleep(OUTAGE_S)
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


def test_a_broker_that_hangs_while_dead_letters_are_sent(
    own_installation: Installation, own_kafka_server: KafkaServer
) -> None:
    """A dead letter that is not confirmed in time is sent again, and its message not acknowledged before."""
    oracle = Oracle()
    with ExitStack() as stack:
        log = stack.enter_context(closing(own_installation.open_log()))
        options = ("--delivery-timeout", "3", "--hold-dead-letters", "3")
        worker = stack.enter_context(own_installation.start(PROGRAM, INDEX.name, *options)).wait_ready()
        log.send([OutgoingMessage(ENRICHED.name, b"bad", b"{")])
        wait_until(lambda: worker.readiness().get("unacknowledged") == 1, 30.0, lambda: worker.output, worker)
        own_kafka_server.suspend()
        wait_blocked(worker, "dead-letters")
        own_kafka_server.resume()
        oracle.send(log, [(number, 1) for number in range(20)], enriched=True)
        wait_drained(log, INDEX, 60.0)
        assert {message.key for message in read_dead_letters(log).values()} == {b"bad"}
        assert len(read_dead_letters(log)) == 1
        assert find_losses(own_installation, log, oracle) == []


def test_everything_at_random_loses_nothing(
    own_kafka_server: KafkaServer, own_elastic_server: ElasticServer, tmp_path: Path, seed: int
) -> None:
    """Kills, outages, refusals and suspended workers in any order: nothing lost, doubled, stale, or committed early."""
    print(f"seed {seed}")
    own_kafka_server.start()
    own_elastic_server.start()
    wanted = Wanted(seed, (INDEX,), per_second=40.0, drain_s=120.0)
    with ExitStack() as stack:
        front = stack.enter_context(ElasticStandIn(upstream=own_elastic_server.address))
        stage = Stage(own_kafka_server, own_elastic_server, front, tmp_path, wanted)
        stack.callback(stage.log.close)
        stage.raise_crews(stack)
        summary = run_random(stage, RAGE_MINUTES, longest_s=3.0, calm_s=(0.5, 1.5))
        print(summary)
        assert is_well(summary), summary
        assert summary["articles"]
