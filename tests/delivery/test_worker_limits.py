"""Memory stays bounded and the pipeline stays full."""

import pytest

from pipeline.delivery.limits import EXIT_OK, Limits
from pipeline.delivery.outcome import Blocked
from tests.delivery.virtual_time import VirtualClock, run_virtual
from tests.delivery.world import RuleStep, World, blocked_until, make_message, unavailable


def test_back_pressure_by_count() -> None:
    """A blocked step lets in as many messages as the inbox and the batches in flight hold, and no more."""

    async def scenario() -> None:
        limits = Limits(linger_s=0.01, inbox_records=20, batch_records=5, batches_in_flight=2)
        world = World(RuleStep(lambda _message, _seen: Blocked(unavailable())), limits=limits)
        offered = 0

        async def offer_for_ever() -> None:
            nonlocal offered
            while await world.worker.offer(make_message(offered)):
                offered += 1
                assert world.worker.status().inbox_records <= 20

        feeding = world.running.get_loop().create_task(offer_for_ever())
        await VirtualClock().sleep_async(600)
        assert offered == 20 + 2 * 5
        await world.worker.stop(drain_s=1)
        await feeding

    run_virtual(scenario)


def test_back_pressure_by_bytes() -> None:
    """Large messages are bounded by their bytes, long before their number would matter."""

    async def scenario() -> None:
        limits = Limits(linger_s=0.01, inbox_bytes=10_000, batch_bytes=3_000, batches_in_flight=1)
        world = World(RuleStep(lambda _message, _seen: Blocked(unavailable())), limits=limits)
        offered = 0

        async def offer_for_ever() -> None:
            nonlocal offered
            while await world.worker.offer(make_message(offered, key=b"%04d" % offered, value=bytes(996))):
                offered += 1
                assert world.worker.status().inbox_bytes <= 10_000

        feeding = world.running.get_loop().create_task(offer_for_ever())
        await VirtualClock().sleep_async(600)
        assert offered == 10 + 3
        await world.worker.stop(drain_s=1)
        await feeding

    run_virtual(scenario)


def test_unacknowledged_messages_are_bounded_while_one_is_blocked() -> None:
    """One blocked message at the head of a partition lets others pass, but not without end."""

    async def scenario() -> None:
        limits = Limits(
            linger_s=0.01, inbox_records=10, batch_records=5, unacknowledged_records=50, acknowledge_records=5
        )
        world = World(RuleStep(blocked_until(10, {0})), limits=limits)
        feeding = world.running.get_loop().create_task(world.offer_all(make_message(offset) for offset in range(500)))
        while world.ends.acknowledged == []:
            assert world.worker.status().unacknowledged <= 50
            await VirtualClock().sleep_async(0.1)
        await feeding
        assert await world.finish() == EXIT_OK
        assert world.ends.offsets == list(range(500))

    run_virtual(scenario)


@pytest.mark.parametrize(("slots", "seconds"), [(1, 20), (2, 10)])
def test_batches_in_flight_overlap_step_and_sending(slots: int, seconds: int) -> None:
    """With two batches in flight the step works on one while the outputs of the other are confirmed."""

    async def scenario() -> float:
        limits = Limits(linger_s=0.0, batch_records=10, batches_in_flight=slots)
        world = World(RuleStep(takes_s=1.0), limits=limits)
        world.ends.send_takes_s = 1.0
        await world.offer_all(make_message(offset) for offset in range(100))
        assert await world.finish() == EXIT_OK
        assert world.step.most_running == slots
        return VirtualClock().monotonic_s()

    assert run_virtual(scenario) == pytest.approx(seconds, abs=2)


def test_acknowledgements_come_at_the_rhythm_of_time_and_count() -> None:
    """A trickle is acknowledged within the interval, a flood after so many messages."""

    async def scenario() -> None:
        limits = Limits(linger_s=0.0, acknowledge_records=10, acknowledge_interval_s=2.0)
        world = World(limits=limits)
        calls: list[tuple[float, int]] = []
        world.ends.on_acknowledge = lambda done: calls.append((VirtualClock().monotonic_s(), len(done)))
        await world.offer_all([make_message(0)])
        await VirtualClock().sleep_async(3)
        await world.offer_all(make_message(offset) for offset in range(1, 11))
        await VirtualClock().sleep_async(0.1)
        assert calls == [(2.0, 1), (3.0, 10)]
        await world.finish()

    run_virtual(scenario)


@pytest.mark.parametrize("wrong", [{"inbox_records": 0}, {"linger_s": -1}, {"unacknowledged_records": 10}])
def test_limits_that_could_never_work_are_refused(wrong: dict[str, int]) -> None:
    """Bounds of 0, and a window smaller than the acknowledgement rhythm, would stop the worker for ever."""
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Limits(**wrong)
