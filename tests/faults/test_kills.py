"""T1: workers are killed without warning, in turn under load and at the worst moments."""

from contextlib import ExitStack

import pytest

from pipeline.roles import ENRICH, INDEX
from schemas.message import OutgoingMessage
from schemas.topics import ENRICHED
from tests.faults.articles import Oracle, article_id
from tests.faults.checks import find_early_commits, find_losses, read_dead_letters
from tests.faults.harness import PROGRAM, rotate, wait_drained
from tests.faults.installation import Installation
from tests.faults.worker_program import EXIT_CRASHED

ROUNDS = 3
ARTICLES = 300


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_killed_index_workers_lose_nothing(installation: Installation, seed: int) -> None:
    """After kill -9 of each worker in turn under load, every article is indexed once, at its highest version."""
    assert len(rotate(installation, INDEX, seed=seed, rounds=ROUNDS).versions) > 100


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_killed_enrich_workers_lose_nothing(installation: Installation, seed: int) -> None:
    """After kill -9 of enrich workers under load, each committed message has its enriched article in the next topic."""
    assert rotate(installation, ENRICH, seed=seed, rounds=2, workers=1, per_second=20.0).versions


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("point", ["written", "output", "dead-letter"])
def test_dying_before_the_acknowledgement_only_repeats(installation: Installation, point: str) -> None:
    """A worker that dies between a confirmed effect and its acknowledgement leaves one document for each article."""
    oracle = Oracle()
    bad = OutgoingMessage(ENRICHED.name, article_id("bad").encode(), b"{")
    with ExitStack() as stack:
        log = installation.open_log()
        stack.callback(log.close)
        oracle.send(log, [(number, 1) for number in range(ARTICLES)], enriched=True)
        log.send([bad])
        dying = stack.enter_context(installation.start(PROGRAM, INDEX.name, "--die-after", point))
        assert dying.process.wait(60) == EXIT_CRASHED, dying.output
        assert find_early_commits(installation, log, INDEX) == []
        stack.enter_context(installation.start(PROGRAM, INDEX.name))
        wait_drained(log, INDEX, 60.0)
        assert find_losses(installation, log, oracle) == []
        assert len(read_dead_letters(log)) == 1
