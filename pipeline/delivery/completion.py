"""Bringing every message of a batch to its end: outputs confirmed, dead letter confirmed, or dropped and counted.

A batch of tickets in; each leaves through `leave` exactly once, when nothing of it can be lost any more. Imports only
delivery modules, the clock, the metrics and `schemas`.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from pipeline.clock import Clock
from pipeline.delivery.breaker import Breaker, BreakerTripped
from pipeline.delivery.dead_letter import build_dead_letter
from pipeline.delivery.limits import Limits
from pipeline.delivery.measuring import measure_latency
from pipeline.delivery.outcome import Blocked, Done, Dropped, Outcome, Refused, Sender, Step
from pipeline.delivery.retry import Retries
from pipeline.delivery.tracker import Ticket
from pipeline.metrics import (
    BATCH_RECORDS,
    BATCH_SECONDS,
    DEAD_LETTERS,
    DROPPED,
    FINISHED,
    OUTPUTS,
    STALE,
    StageMetrics,
)
from schemas.errors import ConfigurationError, Rejected, Unavailable
from schemas.message import OutgoingMessage

_log = structlog.get_logger(__name__)

Settled = list[tuple[Ticket, Done | Dropped | Refused]]


@dataclass(frozen=True, slots=True)
class Completion:
    """Runs the step on batches and sees each message through.

    `leave` is called once for each ticket: it is finished, or its partition was taken away.
    """

    step: Step
    sender: Sender
    clock: Clock
    limits: Limits
    metrics: StageMetrics
    retries: Retries
    breaker: Breaker
    program_version: str
    leave: Callable[[Ticket], None]

    async def complete(self, batch: Sequence[Ticket]) -> None:
        """Return when every ticket has left. Blocked messages are tried again for ever, and only those.

        Cancelling leaves tickets unfinished, so that their messages are delivered again.

        Raises:
            BreakerTripped: too many were refused; the one that is too many and those after it have not left.
            Exception: whatever the step or the sender raised beyond their contracts; the tickets have not left.
        """
        attempts = 0
        waiting = list(batch)
        with self.retries.open("step") as retry:
            while waiting := self._without_stale(waiting):
                attempts += 1
                try:
                    outcomes = await self._run_step(waiting)
                except (Unavailable, ConfigurationError) as error:
                    await retry.pause(error)
                    continue
                settled: Settled = []
                blocked: list[tuple[Ticket, Blocked]] = []
                for ticket, outcome in zip(waiting, outcomes, strict=True):
                    if isinstance(outcome, Blocked):
                        blocked.append((ticket, outcome))
                    else:
                        settled.append((ticket, outcome))
                await self._settle(settled, attempts)
                waiting = [ticket for ticket, _ in blocked]
                if blocked:
                    await retry.pause(blocked[0][1].error)

    def _without_stale(self, tickets: list[Ticket]) -> list[Ticket]:
        current = []
        for ticket in tickets:
            if ticket.stale:
                self.metrics.count(STALE)
                self.leave(ticket)
            else:
                current.append(ticket)
        return current

    async def _run_step(self, tickets: list[Ticket]) -> Sequence[Outcome]:
        started_s = self.clock.monotonic_s()
        async with asyncio.timeout(self.limits.step_limit_s):
            outcomes = await self.step.run([ticket.message for ticket in tickets])
        if len(outcomes) != len(tickets):
            msg = f"step {self.step.stage} answered {len(outcomes)} outcomes for {len(tickets)} messages"
            raise RuntimeError(msg)
        self.metrics.observe(BATCH_SECONDS, self.clock.monotonic_s() - started_s)
        self.metrics.observe(BATCH_RECORDS, len(tickets))
        return outcomes

    async def _settle(self, settled: Settled, attempts: int) -> None:
        final = await self._send_outputs(settled)
        refused: list[tuple[Ticket, Refused]] = []
        tripped: BreakerTripped | None = None
        try:
            for ticket, outcome in final:
                if isinstance(outcome, Refused):
                    self.breaker.refuse(outcome.error)
                    refused.append((ticket, outcome))
                else:
                    self.breaker.accept()
        except BreakerTripped as error:
            tripped = error
        # Also when the breaker trips: these are through, whatever the others are.
        self._leave_through([(ticket, outcome) for ticket, outcome in final if not isinstance(outcome, Refused)])
        # Those before the one that is too many show the person who has to look what is wrong.
        await self._send_dead_letters(refused, attempts)
        if tripped:
            raise tripped

    async def _send_outputs(self, settled: Settled) -> Settled:
        """Send everything at once; when something is too large, find out whose it is by sending one by one."""
        outputs = [output for _, outcome in settled if isinstance(outcome, Done) for output in outcome.outputs]
        if not outputs:
            return settled
        try:
            await self._send(outputs, "outputs")
        except Rejected:
            return [(ticket, await self._send_alone(outcome)) for ticket, outcome in settled]
        return settled

    async def _send_alone(self, outcome: Done | Dropped | Refused) -> Done | Dropped | Refused:
        if not isinstance(outcome, Done) or not outcome.outputs:
            return outcome
        try:
            await self._send(outcome.outputs, "outputs")
        except Rejected as error:
            # The dead letter carries the input and its place, which is the way back to what was too large.
            return Refused(error)
        return outcome

    async def _send_dead_letters(self, refused: list[tuple[Ticket, Refused]], attempts: int) -> None:
        if not refused:
            return
        letters = [
            build_dead_letter(
                ticket.message,
                self.step.stage,
                outcome.error,
                attempts=attempts,
                now=self.clock.now(),
                program_version=self.program_version,
                status=outcome.status,
            )
            for ticket, outcome in refused
        ]
        await self._send(letters, "dead-letters")
        for _, outcome in refused:
            self.metrics.count(DEAD_LETTERS, reason=outcome.error.reason)
        self._leave_through(refused)

    async def _send(self, messages: Sequence[OutgoingMessage], where: str) -> None:
        """Return when everything is confirmed.

        Raises:
            Rejected: one of the outputs is too large. Never for dead letters: those fit their topic by construction,
                so a refusal means that the topic is not as it should be, and they wait until it is.
        """
        with self.retries.open(where) as retry:
            while True:
                try:
                    await self.sender.send(messages)
                except Rejected as error:
                    if where == "outputs":
                        raise
                    await retry.pause(ConfigurationError(f"the dead-letter topic refuses its messages: {error}"))
                except (Unavailable, ConfigurationError) as error:
                    await retry.pause(error)
                else:
                    if where == "outputs":
                        self.metrics.count(OUTPUTS, len(messages))
                    return

    def _leave_through(self, settled: Sequence[tuple[Ticket, Outcome]]) -> None:
        ends: dict[str, int] = {}
        log = _log.bind(stage=self.step.stage)
        now = self.clock.now()
        for ticket, outcome in settled:
            end, reason = _name_end(outcome)
            if not ticket.stale:
                ends[end] = ends.get(end, 0) + 1
                measure_latency(self.metrics, ticket.message, now)
                if isinstance(outcome, Dropped):
                    self.metrics.count(DROPPED, reason=outcome.reason)
                log.debug("message finished", end=end, reason=reason, at=ticket.message.position)
            else:
                self.metrics.count(STALE)
            self.leave(ticket)
        for end, number in ends.items():
            self.metrics.count(FINISHED, number, outcome=end)


def _name_end(outcome: Outcome) -> tuple[str, str | None]:
    match outcome:
        case Dropped(reason):
            return "dropped", reason
        case Refused(error):
            return "dead-letter", error.reason
        case _:
            return "done", None
