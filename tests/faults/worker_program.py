"""A worker as `newswire worker` runs it, missed by its group sooner, that can be told to die at an exact moment.

Usage: worker_program.py ROLE [--session SECONDS] [--die-after written|output|dead-letter] [--times N]. It dies with
`EXIT_CRASHED` and without a word right after the N-th time that a batch was written by the step, outputs were
confirmed, or dead letters were confirmed; what was confirmed is not acknowledged then.
"""

import argparse
import asyncio
import os
from collections.abc import Sequence

from agents.consumer import FaustConsumer
from agents.sender import FaustSender
from pipeline.chatter import quiet_libraries
from pipeline.clock import SystemClock
from pipeline.delivery.outcome import Outcome, Step
from pipeline.log_setup import install_logging
from pipeline.metrics import Metrics
from pipeline.roles import BY_NAME
from pipeline.settings import load_settings
from pipeline.worker_process import WorkerProcess
from schemas.message import Message, OutgoingMessage
from schemas.topics import DEAD_LETTER

EXIT_CRASHED = 86


class Countdown:
    """Ends the process at the N-th passing of one point."""

    def __init__(self, point: str | None, times: int) -> None:
        self._point = point
        self._left = times

    def passed(self, point: str) -> None:
        """Say that the point was passed."""
        if point == self._point:
            self._left -= 1
            if self._left <= 0:
                os._exit(EXIT_CRASHED)


class WatchedStep:
    """A step that says when it has written."""

    def __init__(self, step: Step, countdown: Countdown) -> None:
        self._step = step
        self._countdown = countdown
        self.stage = step.stage

    async def run(self, batch: Sequence[Message]) -> Sequence[Outcome]:
        """Run the step."""
        outcomes = await self._step.run(batch)
        self._countdown.passed("written")
        return outcomes

    async def close(self) -> None:
        """Close the step."""
        await self._step.close()


def main() -> None:
    """Run until told to leave; the exit code is the worker's."""
    parser = argparse.ArgumentParser()
    parser.add_argument("role", choices=BY_NAME)
    parser.add_argument("--session", type=float, default=3.0)
    parser.add_argument("--die-after", choices=("written", "output", "dead-letter"))
    parser.add_argument("--times", type=int, default=1)
    given = parser.parse_args()
    countdown = Countdown(given.die_after, given.times)

    class Sender(FaustSender):
        async def send(self, messages: Sequence[OutgoingMessage]) -> None:
            await super().send(messages)
            countdown.passed("dead-letter" if messages[0].topic == DEAD_LETTER.name else "output")

    class Consumer(FaustConsumer):
        session_s = given.session
        sender_type = Sender

    settings, clock, role = load_settings(), SystemClock(), BY_NAME[given.role]

    def open_consumer(step: Step, metrics: Metrics) -> Consumer:
        return Consumer(settings, role, WatchedStep(step, countdown), clock, metrics)

    async def run() -> None:
        os._exit(await WorkerProcess(settings, role, clock, open_consumer).run())

    install_logging("info")
    quiet_libraries(clock)
    asyncio.run(run())


if __name__ == "__main__":
    main()
