"""T13: a backlog far larger than a worker's memory, behind an Elasticsearch that takes nothing."""

import time
from collections.abc import Callable
from dataclasses import replace

import psutil
import pytest

from pipeline.delivery.limits import MIB
from pipeline.log.base import Log
from pipeline.roles import INDEX
from tests.faults.articles import enriched_article
from tests.faults.checks import find_early_commits
from tests.faults.harness import PROGRAM, count_lag
from tests.faults.installation import Installation, Worker, wait_until
from tests.services.elastic_stand_in import ElasticStandIn, error_reply

ARTICLES = 1_500
TEXT_BYTES = 200_000
AT_ONCE = 20
BLOCKED_S = 4.0
WORKED_OFF = 60
# The inbox (32 MiB), one poll of Faust's (200 messages, 40 MB), its stream (64 messages, 13 MB), and two batches of
# 3 MiB, each as bytes, text, document and request: 151 MiB were measured with 300 MB waiting.
GROWTH_MIB = 190


def watch_memory(worker: Worker, until: Callable[[], bool], seconds: float) -> float:
    """Return the most memory that the process holds until the condition is met, in MiB."""
    process, most = psutil.Process(worker.process.pid), 0.0
    deadline = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < deadline, worker.output
        most = max(most, process.memory_info().rss / MIB)
        time.sleep(0.1)
    return most


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_backlog_does_not_fill_the_memory(installation: Installation, log: Log, front: ElasticStandIn) -> None:
    """With 300 MB waiting and nothing taken the worker holds what its limits allow, and later as well."""
    text = "A ship came in with timber. " * (TEXT_BYTES // 28)
    with replace(installation, elastic=front.address).start(PROGRAM, INDEX.name) as worker:
        worker.wait_ready()
        before = psutil.Process(worker.process.pid).memory_info().rss / MIB
        with front.always("/_mget|/_bulk", error_reply(429, "es_rejected_execution_exception")):
            for first in range(0, ARTICLES, AT_ONCE):
                log.send([enriched_article(number, text=text) for number in range(first, first + AT_ONCE)])
            wait_until(lambda: bool(worker.readiness().get("blocked")), 60.0, lambda: worker.output, worker)
            end = time.monotonic() + BLOCKED_S
            blocked = watch_memory(worker, lambda: time.monotonic() > end, 60.0)
            assert count_lag(log, INDEX) == ARTICLES, "nothing is acknowledged"
        working = watch_memory(worker, lambda: count_lag(log, INDEX) < ARTICLES - WORKED_OFF, 90.0)
        print(f"MiB: {before:.0f} at first, {blocked:.0f} blocked, {working:.0f} working")
        assert max(blocked, working) - before < GROWTH_MIB, worker.output
        assert find_early_commits(installation, log, INDEX) == []
