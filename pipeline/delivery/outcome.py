"""What can become of a message, and what a step is. Pure types; imports only the metrics' names and `schemas`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from pipeline.metrics import Metric
from schemas.errors import Rejected, Unavailable
from schemas.message import Message, OutgoingMessage


@dataclass(frozen=True, slots=True)
class Done:
    """The step finished; the message is complete once all `outputs` are confirmed by the log."""

    outputs: tuple[OutgoingMessage, ...] = ()


@dataclass(frozen=True, slots=True)
class Dropped:
    """Nothing is to be done for the message, for a reason (kebab-case) that is counted."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The message can never succeed: it goes to the dead-letter topic, and is complete once that is confirmed.

    `status` is the answer of the service that refused it, if one did.
    """

    error: Rejected
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Blocked:
    """A dependency did not answer for this message: only such messages are given to the step again."""

    error: Unavailable


Outcome = Done | Dropped | Refused | Blocked


class Step(Protocol):
    """One stage of the pipeline, driven by a delivery worker.

    Must be safe to repeat for the same message: delivery is at least once, and its effect must be exactly once.
    """

    @property
    def stage(self) -> str:
        """Name used in dead letters, metrics and logs: `enrich`, `index`, `group`, `alert`."""

    async def run(self, batch: Sequence[Message]) -> Sequence[Outcome]:
        """Return one outcome for each message, in the same order.

        Never blocks the event loop: CPU work goes to processes, blocking clients to threads.

        Raises:
            Unavailable: nothing can be done now; the whole batch is tried again after a pause.
            ConfigurationError: a person has to act; the batch is tried again every 30 s with a loud alert.
        """

    async def close(self) -> None:
        """Release what the step holds. Harmless when repeated."""


@runtime_checkable
class CountingStep(Protocol):
    """A step that counts by itself what happens inside it."""

    def totals(self) -> Mapping[Metric, int]:
        """Return the counters' values since the step was made; never falling. Safe from the event loop."""


class Sender(Protocol):
    """Appends messages to a log and waits for the confirmation."""

    async def send(self, messages: Sequence[OutgoingMessage]) -> None:
        """Return when every message is confirmed.

        Raises:
            Rejected: `too-large`; none of the batch was sent.
            Unavailable: not confirmed; some may have been written.
        """


class Acknowledger(Protocol):
    """Tells the source of messages how far the finished prefix of a partition reaches."""

    async def acknowledge(self, finished: Sequence[Message]) -> None:
        """Record the messages, which are in offset order within each partition, as finished for good.

        Raises:
            Unavailable: try again later; redelivery is harmless.
        """
