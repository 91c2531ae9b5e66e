"""Whatever fails when: every message ends once, and the acknowledged prefix never passes unfinished work."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.delivery.dead_letter import parse_dead_letter
from pipeline.delivery.limits import EXIT_FORCED, EXIT_OK, EXIT_UNEXPECTED, Limits
from pipeline.delivery.outcome import Blocked, Done, Dropped, Outcome, Refused
from pipeline.metrics import DEAD_LETTERS, DROPPED, FINISHED
from schemas.errors import BAD_INPUT, NOT_AN_ARTICLE, ConfigurationError, NotAnArticle, Rejected
from schemas.message import Message, OutgoingMessage, TopicPartition
from schemas.topics import DEAD_LETTER, ENRICHED, RAW
from tests.delivery.virtual_time import VirtualClock, run_virtual
from tests.delivery.world import MemoryEnds, Rule, RuleStep, World, make_message, make_output, unavailable

KINDS = ("done", "done", "done", "dropped", "refused", "no-article")


@dataclass(frozen=True)
class Fate:
    """What becomes of a message, after how many attempts at which it is blocked."""

    kind: str
    blocked: int


@dataclass
class Story:
    """A whole run: messages with their fates, faults in the order in which they strike, and the worker's limits.

    The messages of the partitions in `behind` stay behind the others.
    """

    fates: list[Fate]
    keys: list[int]
    partitions: list[int]
    send_faults: list[bool]
    letter_faults: list[bool]
    acknowledge_faults: int
    batch_faults: int
    batch_records: int
    batches_in_flight: int
    behind: frozenset[int]
    messages: list[Message] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Give the messages their offsets, with holes."""
        following: Counter[int] = Counter()
        for number, partition in enumerate(self.partitions[: len(self.fates)]):
            key = b"key-%d" % self.keys[number] if self.keys[number] < 8 else None
            self.messages.append(make_message(following[partition], partition=partition, key=key))
            following[partition] += 1 + number % 3 // 2

    def fate(self, message: Message) -> Fate:
        """Return the fate of a message."""
        return self.fates[[m.position for m in self.messages].index(message.position)]

    def rule(self, message: Message, seen: int) -> Outcome:
        """Answer as the fate says."""
        fate = self.fate(message)
        if seen <= fate.blocked:
            return Blocked(unavailable())
        match fate.kind:
            case "dropped":
                return Dropped("same-version")
            case "refused":
                return Refused(Rejected(BAD_INPUT, "no title"))
            case "no-article":
                return Refused(NotAnArticle("a home page"))
            case _:
                return Done((make_output(message),))

    def limits(self) -> Limits:
        """Return small limits, so that everything is full now and then."""
        return Limits(
            linger_s=0.01,
            inbox_records=7,
            inbox_bytes=60,
            batch_records=self.batch_records,
            batches_in_flight=self.batches_in_flight,
            unacknowledged_records=20,
            acknowledge_records=3,
        )


class FaultyEnds(MemoryEnds):
    """Ends whose faults strike before or after the messages were written."""

    def __init__(self, story: Story) -> None:
        super().__init__()
        self.output_faults = list(story.send_faults)
        self.letter_faults = list(story.letter_faults)

    async def send(self, messages: Sequence[OutgoingMessage]) -> None:
        """Fail as the story says: True means after half of the messages were written."""
        await asyncio.sleep(0.01)
        faults = self.letter_faults if messages[0].topic == DEAD_LETTER.name else self.output_faults
        if faults:
            written = faults.pop()
            self.sent.extend(messages[: (len(messages) + 1) // 2] if written else ())
            raise unavailable() if len(faults) % 2 else ConfigurationError("the topic is missing")
        self.sent.extend(messages)


def stories(*, partly_written: bool) -> st.SearchStrategy[Story]:
    """Return stories of up to 30 messages in 2 partitions with 8 keys and none."""
    fault = st.booleans() if partly_written else st.just(False)
    return st.builds(
        Story,
        fates=st.lists(st.builds(Fate, st.sampled_from(KINDS), st.sampled_from([0, 0, 0, 1, 3])), max_size=30),
        keys=st.lists(st.integers(0, 9), min_size=30, max_size=30),
        partitions=st.lists(st.integers(0, 1), min_size=30, max_size=30),
        send_faults=st.lists(fault, max_size=5),
        letter_faults=st.lists(fault, max_size=5),
        acknowledge_faults=st.integers(0, 4),
        batch_faults=st.integers(0, 4),
        batch_records=st.integers(1, 6),
        batches_in_flight=st.integers(1, 3),
        behind=st.sampled_from([frozenset[int](), frozenset({0}), frozenset({1})]),
    )


def make_world(story: Story, ends: FaultyEnds) -> World:
    """Return a running worker for the story, between the given ends."""
    world = World(RuleStep(story.rule, takes_s=0.05), limits=story.limits(), ends=ends, behind=story.behind)
    world.step.batch_faults.extend([unavailable()] * story.batch_faults)
    ends.acknowledge_faults.extend([unavailable()] * story.acknowledge_faults)
    return world


def ends_of(ends: FaultyEnds, dropped: Counter[tuple[int, int]]) -> Counter[tuple[int, int]]:
    """Return how many ends each message has had, by partition and offset."""
    found = Counter(dropped)
    for message in ends.sent:
        if message.topic == ENRICHED.name:
            partition, _, offset = (message.value or b"").decode().partition("-")
            found[int(partition), int(offset)] += 1
        else:
            letter = parse_dead_letter(Message(message.topic, 0, 0, 0, None, None, message.headers))
            found[letter.partition, letter.offset] += 1
    return found


@settings(max_examples=150, deadline=None)
@given(story=stories(partly_written=False))
def test_every_message_ends_exactly_once(story: Story) -> None:
    """Through outages of every dependency, each message gives one output, one dead letter or one counted drop."""

    async def scenario() -> None:
        ends = FaultyEnds(story)
        world = make_world(story, ends)
        await world.offer_all(story.messages)
        assert await world.finish() == EXIT_OK
        kinds = Counter(fate.kind for fate in story.fates)
        dropped = Counter((m.partition, m.offset) for m in story.messages if story.fate(m).kind == "dropped")
        assert ends_of(ends, dropped) == Counter((m.partition, m.offset) for m in story.messages)
        assert sorted(ends.outputs) == sorted(
            f"{m.partition}-{m.offset}" for m in story.messages if story.fate(m).kind == "done"
        )
        assert (
            world.shown(DROPPED, reason="same-version") == kinds["dropped"] == world.shown(FINISHED, outcome="dropped")
        )
        assert world.shown(FINISHED, outcome="done") == kinds["done"]
        assert world.shown(DEAD_LETTERS, reason=BAD_INPUT) == kinds["refused"]
        assert world.shown(DEAD_LETTERS, reason=NOT_AN_ARTICLE) == kinds["no-article"]
        for partition in (0, 1):
            acknowledged = [m.offset for m in ends.acknowledged if m.partition == partition]
            assert acknowledged == [m.offset for m in story.messages if m.partition == partition]
        _check_order_per_key(world.step)

    run_virtual(scenario)


@settings(max_examples=150, deadline=None)
@given(
    story=stories(partly_written=True),
    lives=st.lists(st.tuples(st.sampled_from(["crash", "kill", "stop", "rebalance"]), st.floats(0, 3)), max_size=5),
)
def test_nothing_is_lost_through_crashes_kills_stops_and_rebalances(
    story: Story, lives: list[tuple[str, float]]
) -> None:
    """Each life starts at the committed offsets; no commit ever passes a message without an end; all end at last."""

    async def scenario() -> None:
        ends = FaultyEnds(story)
        committed: Counter[int] = Counter()
        dropped: Counter[tuple[int, int]] = Counter()

        def check(finished: Sequence[Message]) -> None:
            for message in finished:
                committed[message.partition] = message.offset + 1
            through = ends_of(ends, dropped)
            for message in story.messages:
                if message.offset < committed[message.partition]:
                    assert through[message.partition, message.offset], f"{message.position} was passed"

        ends.on_acknowledge = check
        for death, after_s in [*lives, ("finish", 0.0)]:
            world = make_world(story, ends)
            world.step.rule = _noting_drops(story, dropped)
            waiting = [m for m in story.messages if m.offset >= committed[m.partition]]
            feeding = asyncio.create_task(world.offer_all(waiting))
            await VirtualClock().sleep_async(after_s)
            await _end_life(world, death)
            if death == "rebalance":
                await world.offer_all(m for m in story.messages if m.partition == 0 and m.offset >= committed[0])
            await feeding
            if death in {"finish", "rebalance"}:
                assert await world.finish() == EXIT_OK
        assert ends_of(ends, dropped).keys() == {(m.partition, m.offset) for m in story.messages}

    run_virtual(scenario)


async def _end_life(world: World, death: str) -> None:
    match death:
        case "crash":
            world.step.batch_faults.appendleft(ZeroDivisionError("a bug"))
            await world.offer_all([make_message(999, partition=5)])
            assert await world.running == EXIT_UNEXPECTED
        case "kill":
            world.running.cancel()
            await asyncio.wait({world.running})
        case "stop":
            stopped = await world.worker.stop(drain_s=0.2)
            assert await world.running == (EXIT_OK if stopped else EXIT_FORCED)
        case "rebalance":
            place = TopicPartition(RAW.name, 0)
            await world.worker.revoke([place], drain_s=0.1)
            world.worker.assign([place], 2)


def _noting_drops(story: Story, dropped: Counter[tuple[int, int]]) -> Rule:
    def rule(message: Message, seen: int) -> Outcome:
        if message.partition == 5:
            return Done()
        outcome = story.rule(message, seen)
        if isinstance(outcome, Dropped):
            dropped[message.partition, message.offset] += 1
        return outcome

    return rule


def _check_order_per_key(step: RuleStep) -> None:
    """Once a message was given to the step, no earlier one with its key may be given to it."""
    newest: dict[tuple[bytes, int], int] = {}
    for call in step.calls:
        keys = [message.key for message in call if message.key]
        assert len(keys) == len(set(keys))
        for message in call:
            if message.key:
                place = (message.key, message.partition)
                assert message.offset >= newest.get(place, 0)
                newest[place] = message.offset
