"""T13: a backlog far larger than a worker's memory, behind an Elasticsearch that takes nothing."""

import time
from dataclasses import replace

import psutil
import pytest

from pipeline.clock import epoch_ms
from pipeline.delivery.limits import MIB
from pipeline.log.base import Log
from pipeline.roles import INDEX
from tests.faults.articles import START, Oracle, article_id, enriched_article
from tests.faults.checks import find_losses, read_dead_letters
from tests.faults.harness import PROGRAM, wait_drained
from tests.faults.installation import Installation, Worker, wait_until
from tests.services.elastic_stand_in import ElasticStandIn, error_reply

ARTICLES = 800
TEXT_BYTES = 200_000
AT_ONCE = 20
BLOCKED_S = 6.0
# The inbox (32 MiB), two batches of 5 MiB with the documents and requests made of them, and what Faust has fetched: up
# to 1 MiB of each of 12 partitions, as received and as decompressed. Less than half of the backlog.
GROWTH_MIB = 90


def resident_mib(worker: Worker) -> float:
    """Return how much memory the process holds."""
    return float(psutil.Process(worker.process.pid).memory_info().rss) / MIB


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_backlog_does_not_fill_the_memory(installation: Installation, log: Log, front: ElasticStandIn) -> None:
    """With 160 MB waiting and nothing taken, the worker holds what its limits allow; later it works off all of it."""
    text = "A ship came in with timber. " * (TEXT_BYTES // 28)
    oracle = Oracle()
    with replace(installation, elastic=front.address).start(PROGRAM, INDEX.name) as worker:
        worker.wait_ready()
        before = most = resident_mib(worker)
        with front.always("/_mget|/_bulk", error_reply(429, "es_rejected_execution_exception")):
            for first in range(0, ARTICLES, AT_ONCE):
                log.send([enriched_article(number, text=text) for number in range(first, first + AT_ONCE)])
                most = max(most, resident_mib(worker))
            wait_until(lambda: bool(worker.readiness().get("blocked")), 30.0, lambda: worker.output, worker)
            until = time.monotonic() + BLOCKED_S
            while time.monotonic() < until:
                most = max(most, resident_mib(worker))
                time.sleep(0.1)
            waiting = worker.readiness()
            blocked_at = most
        oracle.versions = {article_id(number): epoch_ms(START) + 1000 for number in range(ARTICLES)}
        while True:
            try:
                wait_drained(log, INDEX, 1.0)
            except AssertionError:
                most = max(most, resident_mib(worker))
            else:
                break
        print(f"{before:.0f} MiB at first, {blocked_at:.0f} blocked, at most {most:.0f}; {waiting}")
        assert most - before < GROWTH_MIB, worker.output
        assert find_losses(installation, log, oracle) == []
        assert read_dead_letters(log) == {}
