"""T1: workers are killed without warning, in turn under load and at the worst moments."""

import pytest

from pipeline.log.base import Log
from pipeline.log.tools import read_topic
from pipeline.roles import ENRICH, INDEX, Role
from schemas.message import OutgoingMessage
from schemas.topics import ENRICHED
from tests.faults.articles import Oracle, article_id
from tests.faults.checks import find_early_commits, find_losses, read_dead_letters
from tests.faults.harness import PROGRAM, rotate, wait_drained
from tests.faults.installation import Installation
from tests.faults.worker_program import EXIT_CRASHED

ROUNDS = 3
ARTICLES = 120


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
@pytest.mark.parametrize("role", [INDEX, ENRICH], ids=lambda role: role.name)
def test_dying_before_the_acknowledgement_only_repeats(installation: Installation, log: Log, role: Role) -> None:
    """Workers that die between a confirmed effect and its acknowledgement leave everything done, and nothing twice."""
    oracle = Oracle()
    oracle.send(log, [(number, 1) for number in range(ARTICLES)], enriched=role is INDEX)
    bad = OutgoingMessage(role.inputs[0].name, article_id("bad").encode(), b"{")
    log.send([bad])
    for point in ("written", "output", "dead-letter"):
        with installation.start(PROGRAM, role.name, "--die-after", point) as dying:
            assert dying.process.wait(60) == EXIT_CRASHED, dying.output
            assert find_early_commits(installation, log, role) == []
    with installation.start(PROGRAM, role.name):
        wait_drained(log, role, 60.0)
    assert find_early_commits(installation, log, role) == []
    assert len(read_dead_letters(log)) == 1
    if role is INDEX:
        assert find_losses(installation, log, oracle) == []
    else:
        sent = {message.key.decode() for message in read_topic(log, ENRICHED.name) if message.key}
        assert sent == oracle.versions.keys()
