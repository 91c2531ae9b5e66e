"""The processes of the pool: begun from one template, replaced, at rest, ended, with and without their parent."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from schemas.errors import Rejected, Unavailable
from tests.enrich.poison_pool import OpenPool, answers_to, good, is_running


async def test_processes_are_recycled(open_pool: OpenPool) -> None:
    """After its number of batches a process is replaced by a new one, and the old one is gone."""
    async with open_pool(processes=1, recycle_after=2) as pool:
        seen = [(await pool.run([b"pid"]))[0] for _ in range(4)]
        assert seen[0] == seen[1] != seen[2] == seen[3]
        assert isinstance(seen[0], bytes)
        assert not is_running(int(seen[0]))


async def test_the_tools_are_loaded_once_for_all_processes(open_pool: OpenPool) -> None:
    """Every process, one that replaces another as well, is forked from the same template, which is none of them."""
    async with open_pool(recycle_after=1) as pool:
        await pool.start()
        first = set(pool.pids)
        templates = {answer for _ in range(3) for answer in await pool.run([b"template"] * 4)}
        assert len(templates) == 1
        (template,) = templates
        assert isinstance(template, bytes)
        assert int(template) not in {os.getpid(), *first, *pool.pids}
        assert first.isdisjoint(pool.pids)
    assert not is_running(int(template))


async def test_a_template_that_died_is_replaced(open_pool: OpenPool) -> None:
    """Its processes go on without it; the next one that is needed comes from another template."""
    async with open_pool(processes=1) as pool:
        (template,) = await pool.run([b"template"])
        assert isinstance(template, bytes)
        os.kill(int(template), signal.SIGKILL)
        assert await pool.run(good(2)) == answers_to(2)
        answers = await pool.run([b"kill", *good(2)])
        assert isinstance(answers[0], Rejected)
        assert answers[1:] == answers_to(2)


async def test_closing_does_not_wait_for_the_tools(open_pool: OpenPool) -> None:
    """A pool that is closed while it loads ends at once, and so does who waits for it."""
    async with open_pool("slow") as pool:
        starting = asyncio.create_task(pool.start())
        await asyncio.sleep(0.5)
        started = time.monotonic()
        await pool.close()
        assert time.monotonic() - started < 5
        with pytest.raises(Unavailable):
            await starting


async def test_closing_ends_a_batch_that_is_under_way(open_pool: OpenPool) -> None:
    """Closing doesn't wait for a hanging batch; whoever waits for it hears that the pool is closed."""
    async with open_pool(processes=1) as pool:
        await pool.start()
        running = asyncio.create_task(pool.run([b"hang"]))
        waiting = asyncio.create_task(pool.run(good(1)))
        await asyncio.sleep(0.1)
        started = time.monotonic()
        await pool.close()
        assert time.monotonic() - started < 5
        for task in (running, waiting):
            with pytest.raises(Unavailable, match="closed"):
                await task
        await pool.close()


@pytest.mark.parametrize("turns", [1, 2])
async def test_a_call_at_the_moment_of_closing_hears_of_it(open_pool: OpenPool, turns: int) -> None:
    """Whoever asks just before or after the pool closes is told so, and waits for nothing."""
    async with open_pool(processes=2) as pool:
        await pool.start()
        running = asyncio.create_task(pool.run(good(3)))
        for _ in range(turns):
            await asyncio.sleep(0)  # it has begun, and has no process yet
        await pool.close()
        for call in (running, pool.run(good(3))):
            with pytest.raises(Unavailable, match="closed"):
                await asyncio.wait_for(call, 30)


async def test_a_cancelled_call_leaves_the_pool_usable(open_pool: OpenPool) -> None:
    """A caller that gives up must not make two batches share one process."""
    async with open_pool(processes=1, batch_timeout_s=0.5, alone_timeout_s=0.5) as pool:
        await pool.start()
        running = asyncio.create_task(pool.run([b"hang"]))
        await asyncio.sleep(0.1)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert await pool.run(good(3)) == answers_to(3)


async def test_children_ignore_signals_meant_for_the_parent(open_pool: OpenPool) -> None:
    """Ctrl-C and SIGTERM reach the whole group: the children go on, so that the parent can drain."""
    async with open_pool(processes=1) as pool:
        await pool.start()
        (before,) = pool.pids
        os.kill(before, signal.SIGINT)
        os.kill(before, signal.SIGTERM)
        assert await pool.run(good(2)) == answers_to(2)
        assert pool.pids == (before,)


async def test_idle_processes_rest_until_there_is_work(open_pool: OpenPool) -> None:
    """Without work they end after their time, and the next batch starts others; counts and closing are as usual."""
    async with open_pool(rest_after_s=3.0) as pool:
        await pool.start()
        before = set(pool.pids)
        assert await pool.run(good(4)) == answers_to(4)
        assert await pool.run(good(2)) == answers_to(2)
        assert set(pool.pids) == before
        async with asyncio.timeout(30):
            while pool.pids:  # noqa: ASYNC110 - the pool sets no event
                await asyncio.sleep(0.05)
        assert not any(map(is_running, before))
        assert await pool.run(good(4)) == answers_to(4)
        assert before.isdisjoint(pool.pids)


_PARENT = """
import asyncio, sys
from pipeline.enrich.pool import ProcessPool
from pipeline.enrich.pool_child import Work

async def main():
    pool = ProcessPool(Work("poison_batch.run", "poison_batch.load", ""), 2)
    await pool.start()
    running = asyncio.create_task(pool.run([b"hang"]))
    await asyncio.sleep(0.1)
    print(*pool.pids, flush=True)
    await running

asyncio.run(main())
"""


def test_children_end_when_their_parent_is_killed() -> None:
    """Nothing is left after kill -9 of the parent, not even a child that hangs in a batch."""
    here = Path(__file__).parent
    boot = f"import sys; sys.path.insert(0, {str(here)!r})\n{_PARENT}"
    with subprocess.Popen([sys.executable, "-c", boot], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pids = [int(word) for word in parent.stdout.readline().split()]
        parent.kill()
    assert len(pids) == 2
    deadline = time.monotonic() + 10
    while any(map(is_running, pids)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(is_running, pids))
