"""T9: workers come and go while articles are sent, and one is away for longer than its group waits."""

import signal
import time
from contextlib import ExitStack
from random import Random

import pytest

from pipeline.delivery.limits import EXIT_OK
from pipeline.log.base import Log
from pipeline.roles import INDEX
from tests.faults.articles import Oracle
from tests.faults.checks import find_early_commits, find_losses
from tests.faults.harness import PROGRAM, Crew, Traffic, wait_drained
from tests.faults.installation import Installation

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

ROUNDS = 4
SESSION_S = 2.0


def test_workers_that_come_and_go_lose_nothing(installation: Installation, log: Log, seed: int) -> None:
    """While others join and leave in order, every article is written once; who leaves does it with code 0."""
    print(f"seed {seed}")
    random = Random(seed)  # noqa: S311 - chaos that can be repeated
    with ExitStack() as stack:
        crew = Crew(installation, INDEX, 1, stack)
        with Traffic(log, INDEX, 60.0, seed).running() as traffic:
            for _ in range(ROUNDS):
                crew.add().wait_ready()
                time.sleep(random.uniform(0.0, 1.0))
                leaving = crew.workers.pop(0)
                assert leaving.stop().code == EXIT_OK, leaving.output
        wait_drained(log, INDEX, 60.0, crew)
        assert find_losses(installation, log, traffic.oracle) == [], crew.outputs()
        assert find_early_commits(installation, log, INDEX) == []


def test_a_worker_that_was_given_up_comes_back_and_harms_nothing(installation: Installation, log: Log) -> None:
    """Suspended past its session in the middle of work, it finds its partitions with another, and joins again."""
    oracle = Oracle()
    with ExitStack() as stack:
        given_up = stack.enter_context(installation.start(PROGRAM, INDEX.name, "--session", str(SESSION_S)))
        given_up.wait_ready()
        oracle.send(log, [(number, 1) for number in range(1_000)], enriched=True)
        given_up.process.send_signal(signal.SIGSTOP)
        heir = stack.enter_context(installation.start(PROGRAM, INDEX.name, "--session", str(SESSION_S)))
        wait_drained(log, INDEX, 60.0)
        oracle.send(log, [(number, 2) for number in range(100)], enriched=True)
        given_up.process.send_signal(signal.SIGCONT)
        wait_drained(log, INDEX, 60.0)
        assert find_losses(installation, log, oracle) == []
        given_up.wait_ready()
        assert heir.stop().code == EXIT_OK, heir.output
        oracle.send(log, [(number, 3) for number in range(100)], enriched=True)
        wait_drained(log, INDEX, 60.0)
        assert find_losses(installation, log, oracle) == []
        assert find_early_commits(installation, log, INDEX) == []
        assert given_up.running
