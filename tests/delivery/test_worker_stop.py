"""Leaving: in time, with what was started acknowledged, and honest about what was not."""

import asyncio
from functools import partial

import pytest
from structlog.typing import EventDict

from pipeline.delivery.limits import EXIT_FORCED, EXIT_OK, Limits
from pipeline.delivery.outcome import Blocked, Outcome
from pipeline.delivery.status import State
from schemas.message import Message
from tests.delivery.virtual_time import VirtualClock, run_virtual
from tests.delivery.world import RuleStep, World, blocked_until, make_message, succeed, unavailable


def test_stop_finishes_what_was_started_and_leaves_the_rest() -> None:
    """At a stop, running batches are finished and acknowledged; messages that only waited are given back."""

    async def scenario() -> None:
        limits = Limits(linger_s=0.01, batch_records=10, batches_in_flight=2)
        world = World(RuleStep(takes_s=1.0), limits=limits)
        await world.offer_all(make_message(offset) for offset in range(50))
        await VirtualClock().sleep_async(0.5)
        assert await world.worker.stop()
        assert await world.running == EXIT_OK
        assert world.ends.offsets == list(range(20))
        assert len(world.ends.outputs) == 20
        assert VirtualClock().monotonic_s() < 1.5

    run_virtual(scenario)


def test_stop_while_blocked_ends_when_the_drain_time_is_over() -> None:
    """With a dependency down, the worker leaves with 75 after its drain time; only the finished prefix is acked."""

    async def scenario() -> None:
        def rule(message: Message, seen: int) -> Outcome:
            return Blocked(unavailable()) if message.offset == 3 else succeed(message, seen)

        world = World(RuleStep(rule))
        await world.offer_all(make_message(offset) for offset in range(6))
        await VirtualClock().sleep_async(60)
        started_s = VirtualClock().monotonic_s()
        assert not await world.worker.stop(drain_s=20)
        assert await world.running == EXIT_FORCED
        assert 20 <= VirtualClock().monotonic_s() - started_s < 24
        assert world.ends.offsets == [0, 1, 2]

    run_virtual(scenario)


def test_stop_gives_blocked_messages_another_attempt_at_once() -> None:
    """A long pause is cut short by a stop, so that a dependency that is back gets its chance."""

    async def scenario() -> None:
        world = World(RuleStep(blocked_until(12, {0})))
        await world.offer_all([make_message(0)])
        while world.step.seen[make_message(0).position] < 11:
            await VirtualClock().sleep_async(0.1)
        started_s = VirtualClock().monotonic_s()
        assert await world.worker.stop()
        assert VirtualClock().monotonic_s() - started_s < 0.1
        assert world.ends.offsets == [0]

    run_virtual(scenario)


@pytest.mark.parametrize("stubborn", [False, True], ids=["cancellable", "swallows its cancellation"])
def test_stop_while_a_step_hangs_is_forced(*, stubborn: bool) -> None:
    """A step that does not return cannot hold the worker: it leaves with 75 in bounded time."""

    class HangingStep(RuleStep):
        released = False

        async def run(self, batch: object) -> list[Outcome]:  # noqa: ARG002  # it never looks at it
            while not self.released:
                try:
                    await asyncio.sleep(3600)
                except asyncio.CancelledError:
                    if not stubborn:
                        raise
            return []

    async def scenario() -> None:
        step = HangingStep()
        world = World(step)
        await world.offer_all([make_message(0)])
        await VirtualClock().sleep_async(1)
        assert not await world.worker.stop(drain_s=5)
        assert await world.running == EXIT_FORCED
        assert VirtualClock().monotonic_s() < 10
        assert world.ends.offsets == []
        step.released = True

    run_virtual(scenario)


def test_stop_while_the_source_takes_no_acknowledgement_is_forced() -> None:
    """What could not be acknowledged is not reported as finished."""

    async def scenario() -> None:
        world = World()
        world.ends.acknowledge_faults.extend([unavailable()] * 100)
        await world.offer_all([make_message(0)])
        await VirtualClock().sleep_async(1)
        assert not await world.worker.stop(drain_s=5)
        assert await world.running == EXIT_FORCED

    run_virtual(scenario)


def test_an_orderly_stop_raises_no_alarm(log_lines: list[EventDict]) -> None:
    """Ending the worker's own tasks is no failure: nothing is logged above the level of information."""

    async def scenario() -> None:
        world = World()
        await world.offer_all([make_message(0)])
        assert await world.finish() == EXIT_OK

    run_virtual(scenario)
    assert [line for line in log_lines if line["log_level"] not in {"debug", "info"}] == []


def test_stop_before_anything_ran_is_immediate() -> None:
    """A stop while still joining, or before `run`, is clean."""

    async def scenario() -> None:
        world = World()
        assert world.worker.status().state is State.STARTING
        assert await world.worker.stop()
        assert await world.running == EXIT_OK
        assert await world.worker.stop()
        assert world.worker.status().exit_code == EXIT_OK

    run_virtual(scenario)


def test_cancelling_run_acknowledges_nothing_more() -> None:
    """A cancelled worker leaves at once, and what was in flight stays unacknowledged."""

    async def scenario() -> None:
        world = World(RuleStep(takes_s=5))
        await world.offer_all(make_message(offset) for offset in range(3))
        await VirtualClock().sleep_async(1)
        world.running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await world.running
        await VirtualClock().sleep_async(60)
        assert world.ends.offsets == []
        assert world.worker.exit_code == EXIT_FORCED
        assert not await world.worker.offer(make_message(4))

    run_virtual(scenario)


def test_a_waiting_offer_returns_false_at_a_stop() -> None:
    """Intake that waits for room is let go, and told that its message was not taken."""

    async def scenario() -> None:
        limits = Limits(linger_s=0.01, inbox_records=1, batch_records=1, batches_in_flight=1)
        world = World(RuleStep(takes_s=5), limits=limits)
        await world.offer_all(make_message(offset) for offset in range(2))
        offering = asyncio.create_task(world.worker.offer(make_message(2)))
        await VirtualClock().sleep_async(1)
        assert not offering.done()
        assert await world.worker.stop()
        assert not await offering
        assert world.ends.offsets == [0]

    run_virtual(scenario)


def test_a_message_overtaken_by_started_ones_is_drained_too() -> None:
    """A stop also finishes a message that waited for its key, so that what passed it can be acknowledged."""

    async def scenario() -> None:
        world = World(RuleStep(takes_s=1.0), limits=Limits(linger_s=0.01, batch_records=2))
        keys = [b"a", b"b", b"a", b"c", b"d", b"e"]
        await world.offer_all(make_message(offset, key=key) for offset, key in enumerate(keys))
        await VirtualClock().sleep_async(0.5)
        assert await world.worker.stop()
        assert world.ends.offsets == [0, 1, 2, 3, 4]

    run_virtual(scenario)


def test_tokens_are_called_once_in_offset_order_before_the_acknowledgement() -> None:
    """A source that acknowledges by calling its own events gets them in order, after all before them are finished."""

    async def scenario() -> None:
        called: list[int] = []
        world = World(RuleStep(blocked_until(3, {1})))
        world.ends.on_acknowledge = lambda finished: _check(called, [message.offset for message in finished])
        for offset in range(5):
            await world.worker.offer(make_message(offset), partial(called.append, offset))
        await world.finish()
        assert called == [0, 1, 2, 3, 4]

    def _check(called: list[int], finished: list[int]) -> None:
        assert called[-len(finished) :] == finished

    run_virtual(scenario)
