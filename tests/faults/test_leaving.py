"""T2 and a part of T9: SIGTERM and SIGINT at every stage of a worker's life, and a worker that is suspended."""

import signal
from contextlib import ExitStack, closing
from dataclasses import replace

import pytest

from pipeline.delivery.limits import EXIT_OK
from pipeline.log.tools import read_topic
from pipeline.roles import INDEX
from schemas.topics import INDEXED
from tests.faults.articles import Oracle
from tests.faults.checks import find_early_commits, find_losses
from tests.faults.harness import PROGRAM, count_lag, wait_drained
from tests.faults.installation import Installation, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

LEAVE_S = 30.0
ARTICLES = 4_000


def test_leaving_under_load_is_clean_and_repeats_nothing(installation: Installation) -> None:
    """SIGTERM in the middle of work ends with code 0, and the next worker goes on exactly where this one stopped."""
    oracle = Oracle()
    with ExitStack() as stack:
        log = stack.enter_context(closing(installation.open_log()))
        oracle.send(log, [(number, 1) for number in range(ARTICLES)], enriched=True)
        worker = stack.enter_context(installation.start(INDEX.name))
        wait_until(lambda: 0 < count_lag(log, INDEX) < ARTICLES, 60.0, lambda: worker.output, worker)
        left = worker.stop()
        assert (left.code, left.seconds < LEAVE_S) == (EXIT_OK, True), worker.output
        assert find_early_commits(installation, log, INDEX) == []
        stack.enter_context(installation.start(INDEX.name))
        wait_drained(log, INDEX, 90.0)
        assert find_losses(installation, log, oracle) == []
        assert sum(1 for _ in read_topic(log, INDEXED.name)) == ARTICLES, "an event for each article, none twice"


def test_leaving_while_the_broker_is_not_there(installation: Installation) -> None:
    """A worker that still waits for its broker says so at /readyz, and Ctrl-C ends it at once with code 0."""
    with replace(installation, kafka="127.0.0.1:9").start(INDEX.name) as worker:
        wait_until(lambda: bool(worker.readiness().get("blocked")), 60.0, lambda: worker.output, worker)
        assert worker.readiness()["blocked"][0]["where"] == "broker"
        assert worker.ask("/readyz")[0] == 503
        assert worker.ask("/livez") == (200, "ok\n")
        left = worker.stop(signal.SIGINT)
        assert (left.code, left.seconds < 5) == (EXIT_OK, True), worker.output


def test_leaving_while_joining_and_a_suspended_worker_that_goes_on(installation: Installation) -> None:
    """A member that hangs holds up who joins; that one leaves in time, and the suspended one loses nothing."""
    oracle = Oracle()
    with ExitStack() as stack:
        log = stack.enter_context(closing(installation.open_log()))
        suspended = stack.enter_context(installation.start(PROGRAM, INDEX.name, "--session", "20")).wait_ready()
        suspended.process.send_signal(signal.SIGSTOP)
        joining = stack.enter_context(installation.start(PROGRAM, INDEX.name, "--session", "20"))
        wait_until(lambda: joining.readiness().get("state") == "running", 60.0, lambda: joining.output, joining)
        assert not joining.readiness()["joined"]
        left = joining.stop()
        assert (left.code, left.seconds < LEAVE_S) == (EXIT_OK, True), joining.output
        oracle.send(log, [(number, 1) for number in range(300)], enriched=True)
        suspended.process.send_signal(signal.SIGCONT)
        wait_drained(log, INDEX, 90.0)
        assert suspended.running
        assert find_losses(installation, log, oracle) == []
