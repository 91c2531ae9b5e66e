"""Small in-memory ends for a delivery worker: a step that answers by rule, a log that can be told to fail."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Sequence
from random import Random

from pipeline.delivery.limits import Limits
from pipeline.delivery.outcome import Blocked, Done, Outcome
from pipeline.delivery.worker import DeliveryWorker
from pipeline.metrics import Metric, Metrics
from schemas.errors import TOO_LARGE, Rejected, Unavailable
from schemas.message import Message, OutgoingMessage, Position
from schemas.topics import BY_NAME, DEAD_LETTER, ENRICHED, RAW
from tests.delivery.virtual_time import VirtualClock

STAGE = "enrich"
Rule = Callable[[Message, int], Outcome]


def make_message(offset: int, *, partition: int = 0, key: bytes | None = None, value: bytes = b"{}") -> Message:
    """Return a raw message; by default each has a key of its own."""
    return Message(RAW.name, partition, offset, 1_000, key or f"key-{partition}-{offset}".encode(), value)


def make_output(message: Message) -> OutgoingMessage:
    """Return the output that says from where it comes."""
    return OutgoingMessage(ENRICHED.name, message.key, f"{message.partition}-{message.offset}".encode())


def succeed(message: Message, _attempt: int) -> Outcome:
    """The rule of a step that always works."""
    return Done((make_output(message),))


class RuleStep:
    """A step that answers each message by a rule, given the message and how often it has seen it."""

    def __init__(self, rule: Rule = succeed, *, takes_s: float = 0.0) -> None:
        self.rule: Rule = rule
        self.takes_s = takes_s
        self.batch_faults: deque[BaseException] = deque()
        self.calls: list[list[Message]] = []
        self.seen: Counter[Position] = Counter()
        self.running = 0
        self.most_running = 0

    @property
    def stage(self) -> str:
        """Return the name of the stage."""
        return STAGE

    async def run(self, batch: Sequence[Message]) -> Sequence[Outcome]:
        """Answer by the rule, after the time it takes; a batch fault comes first."""
        self.running += 1
        self.most_running = max(self.running, self.most_running)
        try:
            self.calls.append(list(batch))
            self.seen.update(message.position for message in batch)
            if self.takes_s:
                await asyncio.sleep(self.takes_s)
            if self.batch_faults:
                raise self.batch_faults.popleft()
            return [self.rule(message, self.seen[message.position]) for message in batch]
        finally:
            self.running -= 1

    async def close(self) -> None:
        """Nothing is held."""


class MemoryEnds:
    """The sender and the acknowledger: keeps what was sent and what was acknowledged, and fails as told."""

    def __init__(self) -> None:
        self.sent: list[OutgoingMessage] = []
        self.acknowledged: list[Message] = []
        self.send_faults: deque[Exception] = deque()
        self.dead_letter_faults: deque[Exception] = deque()
        self.acknowledge_faults: deque[Exception] = deque()
        self.send_takes_s = 0.0
        self.on_acknowledge: Callable[[Sequence[Message]], None] = lambda _finished: None

    async def send(self, messages: Sequence[OutgoingMessage]) -> None:
        """Keep the messages, all or none."""
        if self.send_takes_s:
            await asyncio.sleep(self.send_takes_s)
        to_dead_letters = messages[0].topic == DEAD_LETTER.name
        faults = self.dead_letter_faults if to_dead_letters else self.send_faults
        if faults:
            raise faults.popleft()
        for message in messages:
            if len(message.value or b"") > BY_NAME[message.topic].max_message_bytes:
                raise Rejected(TOO_LARGE, f"{len(message.value or b'')} bytes for {message.topic}")
        self.sent.extend(messages)

    async def acknowledge(self, finished: Sequence[Message]) -> None:
        """Keep the acknowledgement."""
        if self.acknowledge_faults:
            raise self.acknowledge_faults.popleft()
        self.on_acknowledge(finished)
        self.acknowledged.extend(finished)

    @property
    def outputs(self) -> list[str]:
        """From where the outputs came, as `partition-offset`."""
        return [(m.value or b"").decode() for m in self.sent if m.topic == ENRICHED.name]

    @property
    def dead_letters(self) -> list[OutgoingMessage]:
        """What was sent to the dead-letter topic."""
        return [message for message in self.sent if message.topic == DEAD_LETTER.name]

    @property
    def offsets(self) -> list[int]:
        """The offsets acknowledged, in the order in which they were."""
        return [message.offset for message in self.acknowledged]


class World:
    """A worker between its ends, running in a task. The messages of the partitions `behind` stay behind."""

    def __init__(
        self,
        step: RuleStep | None = None,
        *,
        limits: Limits | None = None,
        ends: MemoryEnds | None = None,
        behind: Collection[int] = (),
    ) -> None:
        self.behind = frozenset(behind)
        self.step = step or RuleStep()
        self.ends = ends or MemoryEnds()
        self.metrics = Metrics()
        self.worker = DeliveryWorker(
            self.step,
            self.ends,
            self.ends,
            VirtualClock(),
            program_version="1.2.3",
            limits=limits or Limits(linger_s=0.01),
            metrics=self.metrics,
            random=Random(1),  # noqa: S311  # jitter, not a secret
        )
        self.running = asyncio.get_running_loop().create_task(self.worker.run())

    async def offer_all(self, messages: Iterable[Message]) -> None:
        """Offer one after the other."""
        for message in messages:
            await self.worker.offer(message, behind=message.partition in self.behind)

    async def finish(self) -> int:
        """Wait until all is acknowledged, stop, and return the exit code."""
        await self.worker.drained()
        await self.worker.stop()
        return await self.running

    def shown(self, metric: Metric, **labels: str) -> float:
        """What a metric of the stage shows."""
        return self.metrics.value(metric, stage=STAGE, **labels)


def unavailable(why: str = "no answer") -> Unavailable:
    """Return a fault that passes."""
    return Unavailable(why)


def blocked_until(attempt: int, offsets: set[int]) -> Rule:
    """The rule of a step that blocks these offsets before the given attempt, and succeeds otherwise."""

    def rule(message: Message, seen: int) -> Outcome:
        if message.offset in offsets and seen < attempt:
            return Blocked(unavailable())
        return succeed(message, seen)

    return rule
