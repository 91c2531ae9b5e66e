"""T12: a worker whose event loop is blocked, one of whose tasks dies, or whose client falls silent, ends itself."""

import time

import pytest

from pipeline.delivery.limits import EXIT_OK, EXIT_UNEXPECTED
from pipeline.log.base import Log
from pipeline.roles import INDEX
from tests.faults.articles import Oracle
from tests.faults.checks import find_early_commits, find_losses
from tests.faults.harness import PROGRAM, wait_drained
from tests.faults.installation import Installation

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

ARTICLES = 300
WATCHDOG_S = 4.0
# Ours (tests/delivery has the others), and Faust's own: what hands messages over and what takes them.
TASKS = ("Lane.dispatch", "Agent._execute_actor", "Service._execute_task")
HARMS = {
    "blocked": ("--block", "60"),
    **{task: ("--cancel", task) for task in TASKS},
}


def test_a_worker_that_cannot_go_on_ends_itself(installation: Installation, log: Log) -> None:
    """Blocked beyond its limit, or without one of its tasks, it leaves with code 70 instead of looking healthy."""
    oracle = Oracle()
    for name, harm in HARMS.items():
        oracle.send(log, [(f"{name} {number}", 1) for number in range(ARTICLES)], enriched=True)
        with installation.start(PROGRAM, INDEX.name, *harm, "--watchdog", str(WATCHDOG_S)) as worker:
            assert worker.process.wait(60) == EXIT_UNEXPECTED, f"{name}: {worker.output}"
            if name == "blocked":
                assert "event loop is blocked" in worker.output
                assert "worker_program.py" in worker.output, "the stacks name what blocks"
        assert find_early_commits(installation, log, INDEX) == []
    with installation.start(PROGRAM, INDEX.name):
        wait_drained(log, INDEX, 60.0)
    assert find_losses(installation, log, oracle) == []


def test_a_worker_that_is_blocked_for_a_while_goes_on(installation: Installation, log: Log) -> None:
    """Missed by its group meanwhile, it joins again by itself and finishes."""
    oracle = Oracle()
    oracle.send(log, [(number, 1) for number in range(ARTICLES)], enriched=True)
    with installation.start(PROGRAM, INDEX.name, "--block", "4", "--session", "2") as worker:
        wait_drained(log, INDEX, 60.0)
        oracle.send(log, [(f"later {number}", 1) for number in range(50)], enriched=True)
        wait_drained(log, INDEX, 60.0)
        assert find_losses(installation, log, oracle) == []
        assert worker.stop().code == EXIT_OK, worker.output


def test_a_worker_whose_client_falls_silent_ends_itself(installation: Installation, log: Log) -> None:
    """Faust can stop delivering and look healthy; messages that wait in the worker's own partitions give it away."""
    oracle = Oracle()
    oracle.send(log, [(number, 1) for number in range(50)], enriched=True)
    with installation.start(PROGRAM, INDEX.name, "--hush", "--stall", "3") as worker:
        wait_drained(log, INDEX, 60.0)
        time.sleep(1)
        oracle.send(log, [(f"later {number}", 1) for number in range(50)], enriched=True)
        assert worker.process.wait(30) == EXIT_UNEXPECTED, worker.output
        assert "but are not delivered" in worker.output
    assert find_early_commits(installation, log, INDEX) == []
    with installation.start(PROGRAM, INDEX.name):
        wait_drained(log, INDEX, 60.0)
    assert find_losses(installation, log, oracle) == []
