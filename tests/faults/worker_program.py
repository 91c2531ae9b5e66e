"""A worker as `newswire worker` runs it, more impatient, that can be told to come to harm at an exact moment.

Usage: worker_program.py ROLE [options]; see `--help`. Its session is short, so that its group misses it soon, and so
are its pauses. With `--die-after` it ends with `EXIT_CRASHED` and without a word right after the N-th time that a batch
was written by the step, outputs were confirmed, or dead letters were confirmed; what was confirmed is not acknowledged
then. `--block`, `--cancel` and `--hush` strike once, soon after the first batch.
"""

import argparse
import asyncio
import gc
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from agents.app import RoleApp
from agents.consumer import FaustConsumer
from agents.sender import FaustSender
from pipeline.chatter import quiet_libraries
from pipeline.clock import SystemClock
from pipeline.delivery.limits import Limits
from pipeline.delivery.outcome import Outcome, Step
from pipeline.enrich.step import EnrichStep
from pipeline.log_setup import install_logging
from pipeline.metrics import Metrics
from pipeline.roles import BY_NAME, Role
from pipeline.settings import Settings, load_settings
from pipeline.steps import build_enrich_step, build_work, limits_of
from pipeline.worker_process import WorkerProcess
from schemas.message import Message, OutgoingMessage
from schemas.topics import DEAD_LETTER

EXIT_CRASHED = 86
EXIT_NO_SUCH_TASK = 87
SOON_S = 0.3


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

    def __init__(self, step: Step, countdown: Countdown, harm: Callable[[], None] | None) -> None:
        self._step = step
        self._countdown = countdown
        self._harm = harm
        self.stage = step.stage

    async def run(self, batch: Sequence[Message]) -> Sequence[Outcome]:
        """Run the step."""
        outcomes = await self._step.run(batch)
        self._countdown.passed("written")
        if self._harm is not None:
            asyncio.get_running_loop().call_later(SOON_S, self._harm)
            self._harm = None
        return outcomes

    async def close(self) -> None:
        """Close the step."""
        await self._step.close()


def cancel(name: str) -> None:
    """Cancel the tasks that run the coroutine function of this name, as a bug in a library might."""
    found = [task for task in asyncio.all_tasks() if name == getattr(task.get_coro(), "__qualname__", "")]
    print(f"cancelled {len(found)} of {name}", flush=True)
    for task in found:
        task.cancel()
    if not found:
        print(*sorted(getattr(task.get_coro(), "__qualname__", "") for task in asyncio.all_tasks()), sep="\n")
        sys.stdout.flush()
        os._exit(EXIT_NO_SUCH_TASK)


def build_hostile_step(settings: Settings, batch_timeout_s: float) -> EnrichStep:
    """Return an enrich step whose processes obey articles that ask to be treated badly."""
    work = replace(build_work(settings), run="tests.faults.hostile_enrichment.enrich_batch")
    step, _ = build_enrich_step(settings.model_copy(update={"batch_timeout_s": batch_timeout_s}), work)
    return step


def parse() -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("role", choices=BY_NAME)
    parser.add_argument("--session", type=float, default=3.0, help="seconds until the group misses it")
    parser.add_argument("--die-after", choices=("written", "output", "dead-letter"))
    parser.add_argument("--times", type=int, default=1, help="how often the point is passed before")
    parser.add_argument("--retry-cap", type=float, default=2.0, help="longest pause between attempts, seconds")
    parser.add_argument("--configuration-pause", type=float, default=1.0, help="pause when a person has to act")
    parser.add_argument("--delivery-timeout", type=float, default=60.0, help="seconds until a send is given up")
    parser.add_argument("--hold-dead-letters", type=float, default=0.0, help="seconds before each of them is sent")
    parser.add_argument("--stall", type=float, default=12.0, help="seconds that unread messages may not come in")
    parser.add_argument("--watchdog", type=float, default=60.0, help="seconds that the event loop may be blocked")
    parser.add_argument("--block", type=float, help="block the event loop for so many seconds")
    parser.add_argument("--cancel", help="cancel the tasks of this coroutine function, by its qualified name")
    parser.add_argument("--hush", action="store_true", help="let Faust deliver nothing more, and look healthy")
    parser.add_argument("--hostile", type=float, help="obey hostile articles, with this limit for a batch in seconds")
    return parser.parse_args()


def hush() -> None:
    """Do what a recovery of Faust's does that is never finished: hold back everything."""
    app = next(one for one in gc.get_objects() if isinstance(one, RoleApp))
    app.consumer.stop_flow()
    app.flow_control.suspend()


def choose_harm(given: argparse.Namespace) -> Callable[[], None] | None:
    """Return what befalls the worker soon after its first batch."""
    if given.block:
        return partial(time.sleep, given.block)
    if given.cancel:
        return partial(cancel, given.cancel)
    return hush if given.hush else None


def main() -> None:
    """Run until told to leave; the exit code is the worker's."""
    given = parse()
    countdown = Countdown(given.die_after, given.times)
    harm = choose_harm(given)

    class Sender(FaustSender):
        async def send(self, messages: Sequence[OutgoingMessage]) -> None:
            dead = messages[0].topic == DEAD_LETTER.name
            await asyncio.sleep(given.hold_dead_letters if dead else 0)
            await super().send(messages)
            countdown.passed("dead-letter" if dead else "output")

    class Consumer(FaustConsumer):
        session_s = given.session
        sender_type = Sender
        delivery_s = given.delivery_timeout
        stall_s = given.stall

        @staticmethod
        def limits_of(role: Role, settings: Settings) -> Limits:
            pauses = {"retry_cap_s": given.retry_cap, "configuration_pause_s": given.configuration_pause}
            return replace(limits_of(role, settings), **pauses)

    settings, clock, role = load_settings(), SystemClock(), BY_NAME[given.role]

    def open_consumer(step: Step, metrics: Metrics) -> Consumer:
        used = step if given.hostile is None else build_hostile_step(settings, given.hostile)
        return Consumer(settings, role, WatchedStep(used, countdown, harm), clock, metrics)

    async def run() -> None:
        os._exit(await WorkerProcess(settings, role, clock, open_consumer, watchdog_s=given.watchdog).run())

    install_logging("info")
    quiet_libraries(clock)
    asyncio.run(run())


if __name__ == "__main__":
    main()
