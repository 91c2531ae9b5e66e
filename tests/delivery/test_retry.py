"""Pauses between attempts spread and grow within their bounds, and show what is blocked."""

import asyncio
from random import Random

import pytest
from structlog.typing import EventDict

from pipeline.delivery.retry import CAP_S, Retries, backoff_s
from pipeline.metrics import BLOCKED, RETRIES, Metrics
from schemas.errors import ConfigurationError, Unavailable
from tests.delivery.virtual_time import START, VirtualClock, run_virtual

RANDOM = Random(7)  # noqa: S311  # jitter, not a secret


@pytest.mark.parametrize(("attempt", "bound"), [(1, 0.2), (2, 0.4), (5, 3.2), (8, 25.6), (9, CAP_S), (10_000, CAP_S)])
def test_backoff_fills_its_range(attempt: int, bound: float) -> None:
    """Full jitter: pauses lie anywhere between 0 and the bound of the attempt, which stops growing at 30 s."""
    pauses = [backoff_s(attempt, RANDOM) for _ in range(2000)]
    assert 0 <= min(pauses) < bound * 0.02
    assert bound * 0.98 < max(pauses) <= bound
    assert sum(pauses) / len(pauses) == pytest.approx(bound / 2, rel=0.1)


def test_a_blockage_is_visible_until_it_ends(log_lines: list[EventDict]) -> None:
    """It shows place, time, reason and attempts, is counted, logged at 1, 2, 4, … attempts, and gone at the end."""

    async def scenario() -> None:
        metrics = Metrics()
        retries = Retries(VirtualClock(), RANDOM, metrics.at("index"))
        with retries.open("step") as retry:
            assert list(retries.blockages) == []
            for _ in range(9):
                await retry.pause(Unavailable("index is down"))
            blockage = retries.blockages[0]
            assert (blockage.where, blockage.since, blockage.attempts) == ("step", START, 9)
            assert metrics.value(BLOCKED, stage="index") == 1
        assert retries.blockages == ()
        assert metrics.value(BLOCKED, stage="index") == 0
        assert metrics.value(RETRIES, stage="index", where="step") == 9

    run_virtual(scenario)
    assert [(line["log_level"], line["attempts"]) for line in log_lines] == [
        *[("warning", attempts) for attempts in (1, 2, 4, 8)],
        ("info", 9),
    ]


def test_configuration_faults_are_loud_and_slow(log_lines: list[EventDict]) -> None:
    """A person has to act: every 30 s, each time as an error."""

    async def scenario() -> float:
        retries = Retries(VirtualClock(), RANDOM, Metrics().at("index"))
        with retries.open("step") as retry:
            for _ in range(3):
                await retry.pause(ConfigurationError("no index template"))
            assert retries.blockages[0].needs_person
        return VirtualClock().monotonic_s()

    assert run_virtual(scenario) == 90
    assert [line["log_level"] for line in log_lines[:3]] == ["error"] * 3


def test_leaving_ends_pauses_and_keeps_later_ones_short() -> None:
    """At a shutdown a pause that is going on ends at once, and each later one within two seconds."""

    async def scenario() -> None:
        clock = VirtualClock()
        retries = Retries(clock, RANDOM, Metrics().at("index"))
        with retries.open("step") as retry:
            pausing = asyncio.create_task(retry.pause(ConfigurationError("no index template")))
            await clock.sleep_async(1)
            retries.hurry()
            await pausing
            assert clock.monotonic_s() == 1
            await retry.pause(ConfigurationError("no index template"))
            assert clock.monotonic_s() == 3

    run_virtual(scenario)
