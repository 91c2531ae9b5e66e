"""A plain thread that ends the process when the event loop is blocked or a task that must live has died.

Beats from the loop in, stacks on stderr and an exit code out. The supervisor restarts, the log redelivers. Imports only
the clock and the exit codes.
"""

import asyncio
import faulthandler
import os
import sys
from collections.abc import Callable
from threading import Event, Thread
from typing import Any, Final, TextIO

import structlog

from pipeline.clock import Clock
from pipeline.delivery.limits import EXIT_FORCED, EXIT_UNEXPECTED

# So many looks fit into the limit: a blocked loop is found at most 5 % late.
_LOOKS: Final = 20
_LONGEST_PAUSE_S: Final = 1.0

_log = structlog.get_logger(__name__)


class Watchdog:
    """Watches one event loop.

    Time is counted in looks of the thread, not read from a clock: a process that was suspended (SIGSTOP, a closed lid)
    gets a full limit again when it goes on, instead of being ended for the time it could not run.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        limit_s: float = 60.0,
        leave: Callable[[int], object] = os._exit,
        stream: TextIO | None = None,
    ) -> None:
        """Prepare; nothing runs yet.

        Args:
            clock: paces the beats.
            limit_s: the loop may be silent for so long.
            leave: ends the process at once with this code, from the watchdog's thread.
            stream: where the stacks go, stderr by default; needs a file descriptor.
        """
        self._clock = clock
        self._pause_s = min(limit_s / _LOOKS, _LONGEST_PAUSE_S)
        self._silent_looks = max(1, round(limit_s / self._pause_s))
        self._leave = leave
        self._stream = stream
        self._beats = 0
        self._tasks: dict[asyncio.Task[Any], str] = {}
        self._leave_looks: int | None = None
        self._stopped = Event()
        self._thread: Thread | None = None
        self._beating: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start the thread and the beats; to be called inside the running event loop."""
        self._beating = asyncio.get_running_loop().create_task(self._beat_for_ever())
        self._thread = Thread(target=self._watch, name="watchdog", daemon=True)
        self._thread.start()

    def supervise(self, task: asyncio.Task[Any], name: str) -> None:
        """End the process with `EXIT_UNEXPECTED` when this task ends, in whatever way, before `leave_within`."""
        self._tasks = {**self._tasks, task: name}  # replaced whole: the thread may be reading the old one

    def leave_within(self, limit_s: float = 30.0) -> None:
        """Announce an orderly end: tasks may end now; without `stop` in time the process leaves with `EXIT_FORCED`."""
        self._tasks = {}
        self._leave_looks = max(1, round(limit_s / self._pause_s))

    def stop(self) -> None:
        """End the watch. Harmless when repeated."""
        self._stopped.set()
        if self._beating is not None:
            self._beating.cancel()
        if self._thread is not None and self._thread.is_alive():
            self._thread.join(timeout=1.0)

    async def _beat_for_ever(self) -> None:
        while True:
            self._beats += 1
            await self._clock.sleep_async(self._pause_s)

    def _watch(self) -> None:
        seen, silent = -1, 0
        while not self._stopped.wait(self._pause_s):
            beats = self._beats
            silent = silent + 1 if beats == seen else 0
            seen = beats
            verdict = self._judge(silent)
            if verdict is not None:
                self._end(*verdict)
                return

    def _judge(self, silent: int) -> tuple[int, str] | None:
        if self._leave_looks is not None:
            self._leave_looks -= 1
            if self._leave_looks <= 0:
                return EXIT_FORCED, "the program did not end in time"
        if silent >= self._silent_looks:
            return EXIT_UNEXPECTED, f"the event loop is blocked for {silent * self._pause_s:.0f} s"
        for task, name in self._tasks.items():
            # Looked at again: between the two readings an orderly end may have been announced.
            if task.done() and task in self._tasks:
                return EXIT_UNEXPECTED, f"task {name} has died: {_describe_end(task)}"
        return None

    def _end(self, code: int, why: str) -> None:
        stream = self._stream or sys.stderr
        faulthandler.dump_traceback(file=stream, all_threads=True)
        _log.critical("watchdog ends the process", why=why, exit_code=code)
        stream.flush()
        self._leave(code)


def _describe_end(task: asyncio.Task[Any]) -> str:
    if task.cancelled():
        return "cancelled"
    error = task.exception()
    return "it returned" if error is None else f"{type(error).__name__}: {error}"
