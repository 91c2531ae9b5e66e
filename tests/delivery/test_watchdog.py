"""A program that can do nothing any more is ended, with its stacks on record; one that works is left alone."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path

import pytest
from structlog.typing import EventDict

from pipeline.clock import SystemClock
from pipeline.delivery.limits import EXIT_FORCED, EXIT_UNEXPECTED
from pipeline.delivery.watchdog import Watchdog

LIMIT_S = 0.2


class Scene:
    """A watchdog with a short limit, whose exit is only noted."""

    def __init__(self, folder: Path, limit_s: float = LIMIT_S) -> None:
        self.codes: list[int] = []
        self.left = threading.Event()
        self.file = folder / "stacks.txt"
        self._stream = self.file.open("w", encoding="utf-8")
        self.watchdog = Watchdog(SystemClock(), limit_s=limit_s, leave=self._leave, stream=self._stream)

    def _leave(self, code: int) -> None:
        self.codes.append(code)
        self.left.set()

    async def left_within(self, seconds: float) -> bool:
        """Wait for the exit without blocking the loop."""
        return await asyncio.to_thread(self.left.wait, seconds)

    def end(self) -> None:
        """Stop the watch and close the file."""
        self.watchdog.stop()
        self._stream.close()


def _block(seconds: float) -> None:
    threading.Event().wait(seconds)


async def test_a_blocked_event_loop_ends_the_process(tmp_path: Path, log_lines: list[EventDict]) -> None:
    """A loop that is silent longer than the limit: stacks that name the culprit, then exit code 70."""
    scene = Scene(tmp_path)
    scene.watchdog.start()
    await asyncio.sleep(0.05)
    _block(LIMIT_S * 2.5)
    scene.end()
    assert scene.codes == [EXIT_UNEXPECTED]
    assert "in _block" in scene.file.read_text(encoding="utf-8")
    assert [line["log_level"] for line in log_lines] == ["critical"]


async def test_a_busy_but_living_loop_is_left_alone(tmp_path: Path) -> None:
    """Work in pieces shorter than the limit is normal, however long it lasts."""
    scene = Scene(tmp_path)
    scene.watchdog.start()
    for _ in range(8):
        _block(LIMIT_S / 4)
        await asyncio.sleep(0.001)
    scene.end()
    assert scene.codes == []


async def _return() -> None:
    await asyncio.sleep(0.01)


async def _fail() -> None:
    await asyncio.sleep(0.01)
    msg = "a bug"
    raise ValueError(msg)


@pytest.mark.parametrize(("work", "why"), [(_return, "returned"), (_fail, "ValueError: a bug")])
async def test_a_supervised_task_that_dies_ends_the_process(
    work: Callable[[], Coroutine[None, None, None]], why: str, tmp_path: Path, log_lines: list[EventDict]
) -> None:
    """A task that must live as long as the program takes the program with it, in whatever way it ends."""
    scene = Scene(tmp_path)
    scene.watchdog.start()
    scene.watchdog.supervise(asyncio.ensure_future(work()), "poll")
    assert await scene.left_within(2)
    scene.end()
    assert scene.codes == [EXIT_UNEXPECTED]
    assert why in log_lines[0]["why"]
    assert "poll" in log_lines[0]["why"]


async def test_tasks_may_end_during_an_orderly_end(tmp_path: Path) -> None:
    """Once the end is announced, tasks that end are no alarm."""
    scene = Scene(tmp_path)
    scene.watchdog.start()
    scene.watchdog.supervise(asyncio.ensure_future(asyncio.sleep(0.05)), "poll")
    scene.watchdog.leave_within(30)
    assert not await scene.left_within(0.2)
    scene.end()
    assert scene.codes == []


async def test_an_end_that_takes_too_long_is_forced(tmp_path: Path) -> None:
    """A program that announced its end and is still there after the limit leaves with 75."""
    scene = Scene(tmp_path)
    scene.watchdog.start()
    scene.watchdog.leave_within(0.1)
    assert await scene.left_within(2)
    scene.end()
    assert scene.codes == [EXIT_FORCED]


async def test_a_stopped_watchdog_does_nothing(tmp_path: Path) -> None:
    """After `stop` nothing is watched, and stopping twice is harmless."""
    scene = Scene(tmp_path)
    scene.watchdog.start()
    scene.watchdog.stop()
    _block(LIMIT_S * 1.5)
    scene.end()
    assert scene.codes == []
