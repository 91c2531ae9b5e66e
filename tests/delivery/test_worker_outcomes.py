"""Every message ends exactly once, whatever the step, the log or the dead-letter topic answer."""

import asyncio
from collections.abc import Sequence

import pytest

from pipeline.delivery.dead_letter import parse_dead_letter
from pipeline.delivery.limits import EXIT_BREAKER, EXIT_OK, EXIT_UNEXPECTED, Limits
from pipeline.delivery.outcome import Blocked, Done, Dropped, Outcome, Refused
from pipeline.metrics import ACKNOWLEDGED, BLOCKED, DEAD_LETTERS, DROPPED, FINISHED, RECEIVED, RETRIES
from schemas.errors import BAD_INPUT, TOO_LARGE, ConfigurationError, NotAnArticle, Rejected
from schemas.message import Message, OutgoingMessage
from schemas.topics import ENRICHED
from tests.delivery.virtual_time import VirtualClock, run_virtual
from tests.delivery.world import RuleStep, World, blocked_until, make_message, make_output, succeed, unavailable


def _refuse(*offsets: int) -> RuleStep:
    def rule(message: Message, seen: int) -> Outcome:
        if message.offset in offsets:
            return Refused(Rejected(BAD_INPUT, "no title"), status=400)
        return succeed(message, seen)

    return RuleStep(rule)


def _as_read(letter: OutgoingMessage) -> Message:
    return Message(letter.topic, 0, 0, 0, letter.key, letter.value, letter.headers)


def test_outputs_are_sent_and_everything_is_acknowledged_in_order() -> None:
    """The plain case: each message gives its output, and the acknowledged offsets are all, in order."""

    async def scenario() -> None:
        world = World()
        await world.offer_all(make_message(offset) for offset in range(200))
        assert await world.finish() == EXIT_OK
        assert sorted(world.ends.outputs) == sorted(f"0-{offset}" for offset in range(200))
        assert world.ends.offsets == list(range(200))
        assert world.shown(RECEIVED) == world.shown(ACKNOWLEDGED) == world.shown(FINISHED, outcome="done") == 200

    run_virtual(scenario)


def test_dropped_messages_are_counted_by_reason() -> None:
    """A message with nothing to do sends nothing, is acknowledged, and its reason is counted."""

    async def scenario() -> None:
        world = World(RuleStep(lambda _message, _seen: Dropped("same-version")))
        await world.offer_all(make_message(offset) for offset in range(3))
        assert await world.finish() == EXIT_OK
        assert world.ends.sent == []
        assert world.ends.offsets == [0, 1, 2]
        assert world.shown(DROPPED, reason="same-version") == 3

    run_virtual(scenario)


@pytest.mark.parametrize("poison", [(0,), (9,), (4, 5), (0, 9)], ids=["first", "last", "two in a row", "both ends"])
def test_poison_goes_to_the_dead_letter_topic_and_its_neighbours_do_not(poison: tuple[int, ...]) -> None:
    """Each refused message is dead-lettered once, with its own bytes and place; all others give their output."""

    async def scenario() -> None:
        world = World(_refuse(*poison))
        await world.offer_all(make_message(offset, value=b"<%d>" % offset) for offset in range(10))
        assert await world.finish() == EXIT_OK
        letters = [_as_read(letter) for letter in world.ends.dead_letters]
        assert [parse_dead_letter(letter).offset for letter in letters] == list(poison)
        assert [letter.value for letter in letters] == [b"<%d>" % offset for offset in poison]
        assert {parse_dead_letter(letter).status for letter in letters} == {400}
        assert world.ends.outputs == [f"0-{offset}" for offset in range(10) if offset not in poison]
        assert world.ends.offsets == list(range(10))
        assert world.shown(DEAD_LETTERS, reason=BAD_INPUT) == len(poison)

    run_virtual(scenario)


@pytest.mark.parametrize("batch_records", [8, 64, 500])
def test_all_poison_trips_the_breaker(batch_records: int) -> None:
    """When everything is refused, the worker stops with its own exit code after 50 dead letters, which are through.

    So a person has something to look at, and the next start goes on behind them.
    """

    async def scenario() -> None:
        limits = Limits(linger_s=0.01, batch_records=batch_records, batches_in_flight=1)
        world = World(_refuse(*range(500)), limits=limits)
        await world.offer_all(make_message(offset) for offset in range(500))
        assert await world.running == EXIT_BREAKER
        assert len(world.ends.dead_letters) == 50
        assert world.ends.offsets == list(range(50))

    run_virtual(scenario)


def test_pages_that_are_no_articles_never_trip_the_breaker() -> None:
    """A crawl of home pages is normal work: dead letters, but no alert."""

    async def scenario() -> None:
        world = World(RuleStep(lambda _message, _seen: Refused(NotAnArticle("a home page"))))
        await world.offer_all(make_message(offset) for offset in range(300))
        assert await world.finish() == EXIT_OK
        assert len(world.ends.dead_letters) == 300

    run_virtual(scenario)


def test_dead_letter_topic_failing_then_recovering_loses_nothing() -> None:
    """While the dead-letter topic is missing, too small or silent nothing is acknowledged; afterwards all is there."""

    async def scenario() -> None:
        world = World(_refuse(0))
        world.ends.dead_letter_faults.extend(
            [unavailable(), ConfigurationError("the topic is missing"), Rejected(TOO_LARGE, "topic too small")]
        )
        await world.offer_all(make_message(offset) for offset in range(3))
        await VirtualClock().sleep_async(5)
        assert world.ends.offsets == []
        status = world.worker.status()
        assert [blockage.where for blockage in status.blocked] == ["dead-letters"]
        assert status.blocked[0].needs_person
        assert not status.ready
        assert world.shown(BLOCKED) == 1
        assert await world.finish() == EXIT_OK
        assert [parse_dead_letter(_as_read(letter)).offset for letter in world.ends.dead_letters] == [0]
        assert world.ends.offsets == [0, 1, 2]
        assert world.shown(BLOCKED) == 0
        assert world.shown(RETRIES, where="dead-letters") == 3

    run_virtual(scenario)


def test_only_blocked_messages_are_given_again() -> None:
    """A batch with blocked messages: the others end at once, and the step sees only the blocked ones again."""

    async def scenario() -> None:
        world = World(RuleStep(blocked_until(4, {2, 5})))
        await world.offer_all(make_message(offset) for offset in range(8))
        assert await world.finish() == EXIT_OK
        assert [[m.offset for m in call] for call in world.step.calls] == [list(range(8)), [2, 5], [2, 5], [2, 5]]
        assert world.ends.outputs[:6] == [f"0-{offset}" for offset in (0, 1, 3, 4, 6, 7)]
        assert world.ends.offsets == list(range(8))

    run_virtual(scenario)


def test_a_later_message_never_overtakes_a_blocked_one_with_the_same_key() -> None:
    """While a message is blocked, later ones with its key are not started; other keys go on."""

    async def scenario() -> None:
        world = World(RuleStep(blocked_until(6, {0})), limits=Limits(linger_s=0.01, batch_records=2))
        keys = [b"a", b"b", b"a", b"c", b"a", b"d"]
        await world.offer_all(make_message(offset, key=key) for offset, key in enumerate(keys))
        assert await world.finish() == EXIT_OK
        assert [output for output in world.ends.outputs if output in {"0-0", "0-2", "0-4"}] == ["0-0", "0-2", "0-4"]
        first_of_two = next(i for i, call in enumerate(world.step.calls) if 2 in [m.offset for m in call])
        assert sum(m.offset == 0 for call in world.step.calls[:first_of_two] for m in call) == 6
        assert world.ends.outputs.index("0-3") < world.ends.outputs.index("0-0")
        assert world.ends.offsets == list(range(6))

    run_virtual(scenario)


@pytest.mark.parametrize("fault", [unavailable(), ConfigurationError("no such index")], ids=["outage", "configuration"])
def test_a_fault_of_the_whole_step_repeats_the_whole_batch(fault: Exception) -> None:
    """Unavailable or wrongly configured: the same batch is tried again until it works, without dead letters."""

    async def scenario() -> float:
        world = World()
        world.step.batch_faults.extend([fault, fault])
        await world.offer_all(make_message(offset) for offset in range(5))
        assert await world.finish() == EXIT_OK
        assert [len(call) for call in world.step.calls] == [5, 5, 5]
        assert world.ends.dead_letters == []
        assert world.ends.offsets == list(range(5))
        return VirtualClock().monotonic_s()

    elapsed_s = run_virtual(scenario)
    assert (elapsed_s >= 60) == isinstance(fault, ConfigurationError)


def test_sender_failing_between_step_and_acknowledgement_repeats_only_the_sending() -> None:
    """Outputs that are not confirmed are sent again, the step is not run again, and nothing is acknowledged before."""

    async def scenario() -> None:
        world = World()
        world.ends.send_faults.extend([unavailable()] * 5)
        await world.offer_all(make_message(offset) for offset in range(4))
        world.ends.on_acknowledge = lambda _finished: pytest.fail("too early") if not world.ends.outputs else None
        assert await world.finish() == EXIT_OK
        assert len(world.step.calls) == 1
        assert world.ends.outputs == [f"0-{offset}" for offset in range(4)]
        assert world.ends.offsets == list(range(4))

    run_virtual(scenario)


def test_an_output_that_is_too_large_is_dead_lettered_with_its_origin() -> None:
    """The message whose output is too large goes to the dead-letter topic whole; its neighbours are sent."""

    def rule(message: Message, _seen: int) -> Outcome:
        size = ENRICHED.max_message_bytes + 1 if message.offset == 1 else 10
        return Done((make_output(message) if size == 10 else OutgoingMessage(ENRICHED.name, b"k", b"x" * size),))

    async def scenario() -> None:
        world = World(RuleStep(rule))
        await world.offer_all(make_message(offset, value=b"<%d>" % offset) for offset in range(3))
        assert await world.finish() == EXIT_OK
        assert world.ends.outputs == ["0-0", "0-2"]
        [letter] = [_as_read(letter) for letter in world.ends.dead_letters]
        read = parse_dead_letter(letter)
        assert (read.reason, read.offset, letter.value, read.truncated) == (TOO_LARGE, 1, b"<1>", False)
        assert world.ends.offsets == [0, 1, 2]

    run_virtual(scenario)


@pytest.mark.parametrize("crash", [ValueError("a bug"), RuntimeError("another")])
def test_an_unexpected_exception_of_the_step_stops_the_worker(crash: Exception) -> None:
    """A bug in a step ends the worker with 70, and nothing of its batch or after it is acknowledged."""

    async def scenario() -> None:
        world = World(limits=Limits(linger_s=0.01, batch_records=4, batches_in_flight=1))
        await world.offer_all(make_message(offset) for offset in range(4))
        await world.worker.drained()
        world.step.batch_faults.append(crash)
        await world.offer_all(make_message(offset) for offset in range(4, 12))
        assert await world.running == EXIT_UNEXPECTED
        assert world.ends.offsets == [0, 1, 2, 3]
        assert not await world.worker.offer(make_message(12))

    run_virtual(scenario)


def test_nothing_is_acknowledged_after_a_failure() -> None:
    """Whatever is called on a failed worker, not even what was finished before is acknowledged by it."""

    async def scenario() -> None:
        world = World(limits=Limits(linger_s=0.0, batches_in_flight=1))
        await world.offer_all([make_message(0)])
        await VirtualClock().sleep_async(0.5)
        world.step.batch_faults.append(ZeroDivisionError("a bug"))
        await world.offer_all([make_message(1)])
        assert await world.running == EXIT_UNEXPECTED
        assert world.ends.outputs == ["0-0"]
        assert not await world.worker.revoke([make_message(0).topic_partition])
        assert not await world.worker.stop()
        assert world.ends.offsets == []

    run_virtual(scenario)


def test_a_step_that_answers_too_few_outcomes_stops_the_worker() -> None:
    """A wrong number of outcomes cannot be matched to messages, so nothing of the batch counts."""

    class ShortStep(RuleStep):
        async def run(self, batch: Sequence[Message]) -> Sequence[Outcome]:
            return (await super().run(batch))[1:]

    async def scenario() -> None:
        world = World(ShortStep())
        await world.offer_all(make_message(offset) for offset in range(3))
        assert await world.running == EXIT_UNEXPECTED
        assert world.ends.offsets == []

    run_virtual(scenario)


def test_a_step_cancelled_from_inside_stops_the_worker() -> None:
    """A step that lets its own cancellation escape must not leave its messages unfinished in silence."""

    async def scenario() -> None:
        world = World()
        world.step.batch_faults.append(asyncio.CancelledError())
        await world.offer_all([make_message(0)])
        assert await world.running == EXIT_UNEXPECTED

    run_virtual(scenario)


def test_a_step_that_hangs_is_found() -> None:
    """A step without an answer within the limit ends the worker instead of looking healthy for ever."""

    async def scenario() -> None:
        world = World(RuleStep(takes_s=10_000), limits=Limits(linger_s=0.01, step_limit_s=60))
        await world.offer_all([make_message(0)])
        assert await world.running == EXIT_UNEXPECTED
        assert 60 <= VirtualClock().monotonic_s() < 62

    run_virtual(scenario)


def test_the_acknowledgement_is_repeated_until_the_source_takes_it() -> None:
    """An outage of the source delays acknowledgements and loses none."""

    async def scenario() -> None:
        world = World()
        world.ends.acknowledge_faults.extend([unavailable()] * 4)
        await world.offer_all(make_message(offset) for offset in range(5))
        assert await world.finish() == EXIT_OK
        assert world.ends.offsets == list(range(5))

    run_virtual(scenario)


def test_blocked_outcome_shows_when_and_why() -> None:
    """What /readyz shows names the place, the moment since when, the reason and the number of attempts."""

    async def scenario() -> None:
        world = World(RuleStep(lambda _message, _seen: Blocked(unavailable("index is down"))))
        await world.offer_all([make_message(0)])
        await VirtualClock().sleep_async(100)
        [blockage] = world.worker.status().blocked
        assert (blockage.where, blockage.why, blockage.needs_person) == ("step", "index is down", False)
        assert blockage.attempts > 5
        assert (VirtualClock().now() - blockage.since).total_seconds() > 99
        assert not await world.worker.stop(drain_s=1)

    run_virtual(scenario)
