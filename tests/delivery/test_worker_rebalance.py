"""Partitions come and go: what was started is finished in time, what is late is ignored, nothing foreign is acked."""

from pipeline.delivery.limits import EXIT_OK, Limits
from pipeline.delivery.outcome import Blocked, Outcome
from schemas.message import Message, TopicPartition
from schemas.topics import RAW
from tests.delivery.virtual_time import VirtualClock, run_virtual
from tests.delivery.world import RuleStep, World, make_message, succeed, unavailable

FIRST = TopicPartition(RAW.name, 0)
SECOND = TopicPartition(RAW.name, 1)


def test_revoke_finishes_and_acknowledges_what_was_started() -> None:
    """Before partitions go, their running messages are finished and acknowledged; waiting ones are given back."""

    async def scenario() -> None:
        world = World(RuleStep(takes_s=1.0), limits=Limits(linger_s=0.01, batch_records=5, batches_in_flight=1))
        world.worker.assign([FIRST, SECOND], 1)
        await world.offer_all(make_message(offset) for offset in range(10))
        await world.offer_all(make_message(offset, partition=1) for offset in range(10))
        await VirtualClock().sleep_async(0.5)
        assert await world.worker.revoke([FIRST])
        assert [m.position for m in world.ends.acknowledged] == [(RAW.name, 0, offset) for offset in range(5)]
        assert not await world.worker.offer(make_message(10))
        assert await world.finish() == EXIT_OK
        assert world.ends.offsets[5:] == list(range(10))
        assert {m.partition for m in world.ends.acknowledged[5:]} == {1}

    run_virtual(scenario)


def test_a_late_finish_for_a_revoked_partition_is_ignored() -> None:
    """Work that outlives the bounded drain of a rebalance is never acknowledged, not even after a re-assignment."""

    async def scenario() -> None:
        world = World(RuleStep(takes_s=60.0))
        world.worker.assign([FIRST], 1)
        await world.offer_all(make_message(offset) for offset in range(3))
        await VirtualClock().sleep_async(1)
        assert not await world.worker.revoke([FIRST], drain_s=5)
        assert 6 <= VirtualClock().monotonic_s() < 9
        world.worker.assign([FIRST], 2)
        await VirtualClock().sleep_async(120)
        assert len(world.ends.outputs) == 3  # harmless: every consumer is idempotent
        assert world.ends.offsets == []
        assert await world.worker.offer(make_message(0), generation=2)
        assert await world.finish() == EXIT_OK
        assert world.ends.offsets == [0]

    run_virtual(scenario)


def test_messages_of_an_outdated_generation_are_refused() -> None:
    """An event that was read under an earlier assignment must not be processed under the present one."""

    async def scenario() -> None:
        world = World()
        world.worker.assign([FIRST], 7)
        assert not await world.worker.offer(make_message(0), generation=6)
        assert await world.worker.offer(make_message(1), generation=7)
        assert await world.worker.offer(make_message(2))
        assert await world.finish() == EXIT_OK
        assert world.ends.offsets == [1, 2]

    run_virtual(scenario)


def test_blocked_messages_of_a_lost_partition_free_their_place() -> None:
    """A message that blocks a batch stops doing so once its partition belongs to another worker."""

    async def scenario() -> None:
        def rule(message: Message, seen: int) -> Outcome:
            return Blocked(unavailable()) if message.partition == 0 else succeed(message, seen)

        world = World(RuleStep(rule), limits=Limits(linger_s=0.01, batches_in_flight=1))
        await world.offer_all([make_message(0, key=b"same"), make_message(0, partition=1, key=b"same")])
        await VirtualClock().sleep_async(10)
        assert world.ends.acknowledged == []
        await world.worker.revoke([FIRST], drain_s=1)
        assert await world.worker.drained()
        assert [m.partition for m in world.ends.acknowledged] == [1]
        await world.worker.stop()

    run_virtual(scenario)


def test_assigning_again_without_a_revocation_forgets_the_earlier_assignment() -> None:
    """A lost session is only noticed by the new generation: what was in flight under the old one does not count."""

    async def scenario() -> None:
        world = World(RuleStep(takes_s=10.0))
        world.worker.assign([FIRST], 1)
        await world.offer_all(make_message(offset) for offset in range(2))
        await VirtualClock().sleep_async(1)
        world.worker.assign([FIRST], 2)
        world.worker.assign([FIRST], 2)
        assert await world.worker.offer(make_message(0), generation=2)
        assert await world.finish() == EXIT_OK
        assert world.ends.offsets == [0]
        assert world.step.seen[make_message(0).position] == 2

    run_virtual(scenario)


def test_nothing_more_of_a_revoked_partition_is_started() -> None:
    """A revocation waits for the batches that run, not for all that the inbox holds of the partition."""

    async def scenario() -> None:
        world = World(RuleStep(takes_s=1.0), limits=Limits(linger_s=0.0, batch_records=5, batches_in_flight=2))
        await world.offer_all(make_message(offset) for offset in range(5))
        await VirtualClock().sleep_async(0.5)
        await world.offer_all(make_message(offset) for offset in range(5, 50))
        await VirtualClock().sleep_async(0.1)
        assert await world.worker.revoke([FIRST])
        assert VirtualClock().monotonic_s() < 2
        assert world.ends.offsets == list(range(10))
        assert sum(world.step.seen.values()) == 10
        await world.worker.stop()

    run_virtual(scenario)


def test_what_could_not_be_acknowledged_before_a_revocation_never_is() -> None:
    """An acknowledgement that failed is not repeated for a partition that was taken away meanwhile."""

    async def scenario() -> None:
        world = World()
        world.worker.assign([FIRST, SECOND], 1)
        await world.offer_all([make_message(0), make_message(0, partition=1)])
        await VirtualClock().sleep_async(0.5)
        world.ends.acknowledge_faults.append(unavailable())
        assert not await world.worker.revoke([FIRST])
        world.worker.assign([FIRST], 2)
        assert await world.finish() == EXIT_OK
        assert [m.partition for m in world.ends.acknowledged] == [1]

    run_virtual(scenario)


def test_a_second_revocation_does_not_wait_for_work_of_the_first() -> None:
    """Work that was given up already holds no later rebalance up."""

    async def scenario() -> None:
        world = World(RuleStep(takes_s=600.0))
        await world.offer_all([make_message(0)])
        await VirtualClock().sleep_async(1)
        assert not await world.worker.revoke([FIRST], drain_s=5)
        world.worker.assign([FIRST], 2)
        assert await world.worker.revoke([FIRST], drain_s=5)
        assert VirtualClock().monotonic_s() == 6
        await world.worker.stop(drain_s=0)

    run_virtual(scenario)


def test_a_rebalance_while_a_batch_is_being_gathered_does_not_end_the_work() -> None:
    """Partitions that go while their first messages linger leave a worker that goes on with the next ones."""

    async def scenario() -> None:
        world = World(RuleStep(), limits=Limits(linger_s=2.0, batch_records=5))
        world.worker.assign([FIRST], 1)
        await world.offer_all(make_message(offset) for offset in range(2))
        await VirtualClock().sleep_async(0.5)
        assert await world.worker.revoke([FIRST])
        await VirtualClock().sleep_async(10)
        world.worker.assign([FIRST], 2)
        await world.offer_all(make_message(offset) for offset in range(3))
        assert await world.worker.drained()
        assert world.ends.offsets == [0, 1, 2]
        assert await world.finish() == EXIT_OK

    run_virtual(scenario)
