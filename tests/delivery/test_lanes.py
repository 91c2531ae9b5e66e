"""What stays behind has a lane of its own: the others never wait for it, and it ends, leaves and moves like they do."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from pipeline.delivery.lane import LONGEST_REST_S, share_of
from pipeline.delivery.limits import EXIT_OK, Limits
from pipeline.delivery.outcome import Outcome
from schemas.message import Message, TopicPartition
from schemas.topics import RAW
from tests.delivery.virtual_time import VirtualClock, run_virtual
from tests.delivery.world import RuleStep, World, make_message

BEHIND = 1
LIMITS = Limits(linger_s=0.01, inbox_records=40, batch_records=16, batches_in_flight=2, acknowledge_interval_s=0.1)


class TwoSpeeds(RuleStep):
    """A step that takes long for what stays behind, and remembers when each message was through."""

    def __init__(self, behind_s: float) -> None:
        super().__init__()
        self.behind_s = behind_s
        self.most_behind = 0
        self._behind = 0
        self.through_at_s: dict[Message, float] = {}

    async def run(self, batch: Sequence[Message]) -> Sequence[Outcome]:
        """Answer by the rule, after the time that such a batch takes."""
        behind = {message.partition == BEHIND for message in batch}
        assert len(behind) == 1, "a batch of both lanes"
        self._behind += behind == {True}
        self.most_behind = max(self.most_behind, self._behind)
        await VirtualClock().sleep_async(self.behind_s if behind == {True} else 0.1)
        self._behind -= behind == {True}
        now_s = VirtualClock().monotonic_s()
        self.through_at_s.update((message, now_s) for message in batch)
        return await super().run(batch)


def messages(count: int, partition: int, start: int = 0) -> list[Message]:
    """Return messages whose keys are the same in every partition."""
    return [make_message(start + n, partition=partition, key=b"%d" % (start + n)) for n in range(count)]


def make_world(step: RuleStep) -> World:
    """Return a world with one partition that stays behind."""
    return World(step, limits=LIMITS, behind={BEHIND})


def test_nobody_waits_for_what_stays_behind() -> None:
    """While a batch takes ten minutes behind, messages of the same articles pass in the time that they take."""

    async def scenario() -> None:
        step = TwoSpeeds(behind_s=600.0)
        world = make_world(step)
        feeding = asyncio.create_task(world.offer_all(messages(20, BEHIND)))
        await VirtualClock().sleep_async(1.0)
        live = messages(20, 0)
        await world.offer_all(live)
        await VirtualClock().sleep_async(1.0)
        assert all(step.through_at_s[message] < 1.5 for message in live)
        assert [message.offset for message in world.ends.acknowledged] == list(range(20))
        await feeding
        assert await world.finish() == EXIT_OK
        assert len(step.seen) == 40

    run_virtual(scenario)


def test_what_stays_behind_comes_in_small_batches_one_by_one() -> None:
    """However much of it waits, one batch of a quarter of the size is in work, and the next one waits here."""

    async def scenario() -> None:
        step = TwoSpeeds(behind_s=1.0)
        world = make_world(step)
        feeding = asyncio.create_task(world.offer_all(messages(30, BEHIND)))
        await VirtualClock().sleep_async(0.5)
        status = world.worker.status()
        assert (status.inbox_records, status.batches_in_flight) == (4, 1)
        await feeding
        assert await world.finish() == EXIT_OK
        assert step.most_behind == 1
        assert max(map(len, step.calls)) == 4
        assert world.ends.offsets == list(range(30))

    run_virtual(scenario)


async def _offer_live(world: World, seconds: float) -> None:
    for message in messages(round(seconds / 0.5), 0):
        await world.worker.offer(message)
        await VirtualClock().sleep_async(0.5)


@pytest.mark.parametrize(("rest", "batches"), [(0.0, 10), (1.0, 5), (3.0, 3)])
def test_work_behind_rests_in_proportion_while_others_come(rest: float, batches: int) -> None:
    """With live messages twice a second, so many batches of 2 s each are begun in 20 s; work goes on all the time."""

    async def scenario() -> None:
        step = TwoSpeeds(behind_s=2.0)
        world = World(step, limits=replace(LIMITS, behind_rest=rest), behind={BEHIND})
        feeding = asyncio.create_task(world.offer_all(messages(80, BEHIND)))
        await _offer_live(world, 19.5)
        begun = [call for call in step.calls if call[0].partition == BEHIND]
        assert abs(len(begun) - batches) <= 1
        assert max(at_s for message, at_s in step.through_at_s.items() if message.partition == 0) < 20.0
        world.running.cancel()
        feeding.cancel()

    run_virtual(scenario)


def test_work_behind_does_not_rest_when_nobody_else_comes() -> None:
    """Without live messages one batch follows the other at once, and a stop is not held up by a rest."""

    async def scenario() -> None:
        step = TwoSpeeds(behind_s=2.0)
        world = make_world(step)
        await world.offer_all(messages(20, BEHIND))
        assert await world.worker.drained()
        assert VirtualClock().monotonic_s() < 5 * 2.1
        await VirtualClock().sleep_async(1.0)
        await world.offer_all([*messages(1, BEHIND, start=20), *messages(1, 0)])
        await VirtualClock().sleep_async(2.2)
        started_s = VirtualClock().monotonic_s()
        assert await world.worker.stop()
        assert VirtualClock().monotonic_s() - started_s < 0.1
        assert await world.running == EXIT_OK

    run_virtual(scenario)


def test_what_was_blocked_does_not_rest_as_long_as_that() -> None:
    """After an outage of ten minutes, the next batch waits for seconds."""

    async def scenario() -> None:
        step = TwoSpeeds(behind_s=600.0)
        world = make_world(step)
        await world.offer_all([*messages(8, BEHIND), *messages(1, 0)])
        assert await world.worker.drained()
        assert VirtualClock().monotonic_s() < 2 * 600.0 + LONGEST_REST_S + 1.0

    run_virtual(scenario)


def test_both_lanes_end_at_a_stop() -> None:
    """What was started is finished and acknowledged in both lanes, what waited in either is given back."""

    async def scenario() -> None:
        step = TwoSpeeds(behind_s=5.0)
        world = make_world(step)
        feeding = asyncio.create_task(world.offer_all(messages(12, BEHIND)))
        await VirtualClock().sleep_async(0.5)
        assert await world.worker.stop()
        assert await world.running == EXIT_OK
        await feeding
        assert world.ends.offsets == list(range(4))
        assert VirtualClock().monotonic_s() < 6.0

    run_virtual(scenario)


def test_partitions_that_stay_behind_are_given_back_as_well() -> None:
    """At a rebalance the batch in work is finished, what waits is forgotten, and the live lane goes on meanwhile."""

    async def scenario() -> None:
        step = TwoSpeeds(behind_s=5.0)
        world = make_world(step)
        await world.offer_all(messages(7, BEHIND))
        await VirtualClock().sleep_async(0.5)
        revoking = asyncio.create_task(world.worker.revoke([TopicPartition(RAW.name, BEHIND)], drain_s=20.0))
        await world.offer_all(messages(3, 0))
        assert await revoking
        assert [message.offset for message in world.ends.acknowledged if message.partition == BEHIND] == [0, 1, 2, 3]
        assert await world.finish() == EXIT_OK
        assert len(step.seen) == 7

    run_virtual(scenario)


def test_the_share_is_never_nothing() -> None:
    """The smallest limits that a worker may have leave a share that works."""
    share = share_of(Limits(batch_records=1, batch_bytes=1, inbox_records=1, inbox_bytes=1))
    assert (share.batch_records, share.inbox_records, share.batch_bytes, share.batches_in_flight) == (1, 1, 1, 1)
