"""The process pool: order, isolation of every kind of failure, rebuilding, ending."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from pipeline.enrich.kinship import Hint
from pipeline.enrich.pool import ProcessPool
from pipeline.enrich.pool_child import Work
from schemas.errors import ENRICH, WORKER_CRASH, ConfigurationError, NotAnArticle, Rejected, Unavailable

OpenPool = Callable[..., AbstractAsyncContextManager[ProcessPool]]


@pytest.fixture
def open_pool(monkeypatch: pytest.MonkeyPatch) -> OpenPool:
    """Open a pool that runs `poison_batch`; it is closed in the end, and none of its processes may be left."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent))

    @asynccontextmanager
    async def opened(settings: str = "!", processes: int = 2, **options: Any) -> AsyncIterator[ProcessPool]:  # noqa: ANN401 - of several types
        memory = options.pop("memory_bytes", None)
        gives_way = bool(options.pop("gives_way", False))
        work = Work(
            "poison_batch.run", "poison_batch.load", settings, int(memory) if memory else None, gives_way=gives_way
        )
        pool = ProcessPool(work, processes, **options)
        try:
            yield pool
        finally:
            pids = pool.pids
            await pool.close()
            assert not [pid for pid in pids if _is_running(pid)]

    return opened


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _good(count: int) -> list[bytes]:
    return [b"article %d" % number for number in range(count)]


def _answers(count: int) -> list[bytes]:
    return [b"ARTICLE %d!" % number for number in range(count)]


async def test_answers_come_in_order(open_pool: OpenPool) -> None:
    """Every value gets its own answer, whichever process worked on it."""
    async with open_pool() as pool:
        await pool.start()
        assert await pool.run(_good(75)) == _answers(75)
        assert await pool.run([]) == []


async def test_batches_run_side_by_side(open_pool: OpenPool) -> None:
    """All processes work on one batch, and two calls may be under way at once."""
    async with open_pool() as pool:
        await pool.start()
        first, second = await asyncio.gather(pool.run([b"pid"] * 8), pool.run(_good(8)))
        assert {int(answer) for answer in first if isinstance(answer, bytes)} == set(pool.pids)
        assert second == _answers(8)


async def test_copies_go_to_the_process_that_had_their_content(open_pool: OpenPool) -> None:
    """Copies of one batch share a process, and so do later ones, whatever else the batch holds."""
    async with open_pool(processes=4) as pool:
        await pool.start()
        hints = [Hint(content, 3, 3) for content in (b"one", b"two", b"one", b"two", None)]
        first = await pool.run([b"pid"] * 5, hints)
        assert first[0] == first[2]
        assert first[1] == first[3]
        for _ in range(5):
            answers = await pool.run([b"pid"] * 6, [Hint(None, 3, 3), *hints])
            assert [answers[1], answers[2]] == [first[0], first[1]]


async def test_no_process_rests_while_a_copy_waits_for_another(open_pool: OpenPool) -> None:
    """When the one that had its content is busy, a copy is worked on elsewhere."""
    async with open_pool(processes=2) as pool:
        await pool.start()
        (home,) = await pool.run([b"pid"], [Hint(b"one", 3, 3)])
        hanging = asyncio.create_task(pool.run([b"hang"], [Hint(b"one", 3, 3)]))
        await asyncio.sleep(0.1)
        (answer,) = await asyncio.wait_for(pool.run([b"pid"], [Hint(b"one", 3, 3)]), 30)
        assert answer != home
        hanging.cancel()


@pytest.mark.parametrize(
    ("poison", "reason"),
    [(b"segfault", WORKER_CRASH), (b"kill", WORKER_CRASH), (b"memory", WORKER_CRASH), (b"raise", ENRICH)],
)
async def test_one_bad_article_costs_only_itself(open_pool: OpenPool, poison: bytes, reason: str) -> None:
    """A crash, lack of memory or an exception refuses the article at fault; the others of its batch are done."""
    async with open_pool() as pool:
        values = [*_good(6), poison, *_good(6)]
        answers = await pool.run(values)
        refused = answers.pop(6)
        assert answers == [*_answers(6), *_answers(6)]
        assert isinstance(refused, Rejected)
        assert refused.reason == reason
        assert await pool.run(_good(3)) == _answers(3)


@pytest.mark.parametrize("poison", [b"hang", b"hold"])
async def test_a_hanging_article_is_given_up(open_pool: OpenPool, poison: bytes) -> None:
    """A process without an answer in time is killed, even inside native code, and its other articles are done."""
    async with open_pool(batch_timeout_s=0.6, alone_timeout_s=0.6) as pool:
        await pool.start()
        answers = await pool.run([poison, *_good(4)])
        assert answers[1:] == _answers(4)
        assert isinstance(answers[0], Rejected)
        assert answers[0].reason == WORKER_CRASH
        assert "0.6 s" in answers[0].detail


async def test_several_bad_articles_in_one_batch(open_pool: OpenPool) -> None:
    """Each bad article is refused for its own reason, also when they are neighbours or the whole batch."""
    async with open_pool() as pool:
        answers = await pool.run([b"kill", b"raise", *_good(2), b"refuse", b"segfault"])
        assert answers[2:4] == _answers(2)
        reasons = [answer.reason for answer in answers if isinstance(answer, Rejected)]
        assert reasons == [WORKER_CRASH, ENRICH, "not-an-article", WORKER_CRASH]
        assert isinstance(answers[4], NotAnArticle)


async def test_memory_limit_holds_in_the_child_only(open_pool: OpenPool) -> None:
    """With a limit a greedy article fails by itself, and the parent may still allocate more."""
    async with open_pool(processes=1, memory_bytes=2 << 30) as pool:
        (answer,) = await pool.run([b"memory"])
        assert isinstance(answer, Rejected)
        assert "memory" in answer.detail


async def test_processes_are_recycled(open_pool: OpenPool) -> None:
    """After its number of batches a process is replaced by a new one, and the old one is gone."""
    async with open_pool(processes=1, recycle_after=2) as pool:
        seen = [(await pool.run([b"pid"]))[0] for _ in range(4)]
        assert seen[0] == seen[1] != seen[2] == seen[3]
        assert isinstance(seen[0], bytes)
        assert not _is_running(int(seen[0]))


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
    assert not _is_running(int(template))


async def test_a_template_that_died_is_replaced(open_pool: OpenPool) -> None:
    """Its processes go on without it; the next one that is needed comes from another template."""
    async with open_pool(processes=1) as pool:
        (template,) = await pool.run([b"template"])
        assert isinstance(template, bytes)
        os.kill(int(template), signal.SIGKILL)
        assert await pool.run(_good(2)) == _answers(2)
        answers = await pool.run([b"kill", *_good(2)])
        assert isinstance(answers[0], Rejected)
        assert answers[1:] == _answers(2)


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


async def test_a_child_never_writes_to_standard_output(open_pool: OpenPool, capfd: pytest.CaptureFixture[str]) -> None:
    """What a library prints inside a process must not end up in a command's JSON."""
    async with open_pool(processes=1) as pool:
        await pool.run([b"noise"])
    assert capfd.readouterr().out == ""


async def test_missing_model_is_a_configuration_error(open_pool: OpenPool) -> None:
    """A model that is not there stops the start with the sentence that says what to install."""
    async with open_pool("missing model") as pool:
        with pytest.raises(ConfigurationError, match="install it"):
            await pool.start()
        with pytest.raises(ConfigurationError, match="install it"):
            await pool.run(_good(1))


async def test_a_process_that_dies_while_loading_is_tried_again_later(open_pool: OpenPool) -> None:
    """Dying while loading says nothing about the articles: nothing is refused, the batch has to be repeated."""
    async with open_pool("die", processes=1) as pool:
        with pytest.raises(Unavailable, match="signal 9"):
            await pool.run(_good(2))


async def test_closing_ends_a_batch_that_is_under_way(open_pool: OpenPool) -> None:
    """Closing doesn't wait for a hanging batch; whoever waits for it hears that the pool is closed."""
    async with open_pool(processes=1) as pool:
        await pool.start()
        running = asyncio.create_task(pool.run([b"hang"]))
        waiting = asyncio.create_task(pool.run(_good(1)))
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
        running = asyncio.create_task(pool.run(_good(3)))
        for _ in range(turns):
            await asyncio.sleep(0)  # it has begun, and has no process yet
        await pool.close()
        for call in (running, pool.run(_good(3))):
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
        assert await pool.run(_good(3)) == _answers(3)


async def test_children_ignore_signals_meant_for_the_parent(open_pool: OpenPool) -> None:
    """Ctrl-C and SIGTERM reach the whole group: the children go on, so that the parent can drain."""
    async with open_pool(processes=1) as pool:
        await pool.start()
        (before,) = pool.pids
        os.kill(before, signal.SIGINT)
        os.kill(before, signal.SIGTERM)
        assert await pool.run(_good(2)) == _answers(2)
        assert pool.pids == (before,)


async def test_processes_that_give_way_run_only_when_nothing_else_does(open_pool: OpenPool) -> None:
    """The kernel lets everything else go first, for every thread of the child; other pools are as before."""
    async with open_pool() as usual, open_pool(gives_way=True) as pool:
        await asyncio.gather(usual.start(), pool.start())
        policies = {os.sched_getscheduler(int(task.name)) for pid in pool.pids for task in tasks_of(pid)}
        assert policies == {os.SCHED_IDLE}
        assert {os.sched_getscheduler(pid) for pid in usual.pids} == {os.SCHED_OTHER}
        assert await pool.run(_good(5)) == _answers(5)


def tasks_of(pid: int) -> Iterator[Path]:
    """Return the threads of a process."""
    return Path(f"/proc/{pid}/task").iterdir()


async def test_idle_processes_rest_until_there_is_work(open_pool: OpenPool) -> None:
    """Without work they end after their time, and the next batch starts others; counts and closing are as usual."""
    async with open_pool(rest_after_s=3.0) as pool:
        await pool.start()
        before = set(pool.pids)
        assert await pool.run(_good(4)) == _answers(4)
        assert await pool.run(_good(2)) == _answers(2)
        assert set(pool.pids) == before
        async with asyncio.timeout(30):
            while pool.pids:  # noqa: ASYNC110 - the pool sets no event
                await asyncio.sleep(0.05)
        assert not any(map(_is_running, before))
        assert await pool.run(_good(4)) == _answers(4)
        assert before.isdisjoint(pool.pids)


@pytest.mark.parametrize(
    ("poison", "reason"), [(b"segfault", WORKER_CRASH), (b"hang", WORKER_CRASH), (b"raise", ENRICH)]
)
async def test_a_value_is_refused_by_the_judge_only(open_pool: OpenPool, poison: bytes, reason: str) -> None:
    """A batch that fails where processes give way is tried by others; only what fails there, too, is refused."""
    async with open_pool("judged", batch_timeout_s=0.6) as judge, open_pool(batch_timeout_s=0.6, judge=judge) as pool:
        await asyncio.gather(judge.start(), pool.start())
        answers = await pool.run([poison, *_good(2)])
        assert isinstance(answers[0], Rejected)
        assert answers[0].reason == reason
        assert set(answers[1:]) <= {*_answers(2), *(answer[:-1] + b"judged" for answer in _answers(2))}
        assert judge.broken == (reason == WORKER_CRASH)


async def test_the_judge_answers_while_no_process_starts(open_pool: OpenPool) -> None:
    """A pool whose processes are never let work must not stop the work."""
    async with open_pool() as judge, open_pool("die", judge=judge) as pool:
        assert await pool.run(_good(3)) == _answers(3)


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
    while any(map(_is_running, pids)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(_is_running, pids))
