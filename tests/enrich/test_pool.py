"""The process pool: order, isolation of every kind of failure, rebuilding."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.enrich.kinship import Hint
from schemas.errors import ENRICH, WORKER_CRASH, ConfigurationError, NotAnArticle, Rejected, Unavailable
from tests.enrich.poison_pool import OpenPool, answers_to, good


async def test_answers_come_in_order(open_pool: OpenPool) -> None:
    """Every value gets its own answer, whichever process worked on it."""
    async with open_pool() as pool:
        await pool.start()
        assert await pool.run(good(75)) == answers_to(75)
        assert await pool.run([]) == []


async def test_batches_run_side_by_side(open_pool: OpenPool) -> None:
    """All processes work on one batch, and two calls may be under way at once."""
    async with open_pool() as pool:
        await pool.start()
        first, second = await asyncio.gather(pool.run([b"pid"] * 8), pool.run(good(8)))
        assert {int(answer) for answer in first if isinstance(answer, bytes)} == set(pool.pids)
        assert second == answers_to(8)


async def test_copies_go_to_the_process_that_had_their_content(open_pool: OpenPool) -> None:
    """Copies of one batch share a process, and so do later ones, whatever else the batch holds."""
    async with open_pool(processes=4) as pool:
        await pool.start()
        hints = [Hint(content, 3) for content in (b"one", b"two", b"one", b"two", None)]
        first = await pool.run([b"pid"] * 5, hints)
        assert first[0] == first[2]
        assert first[1] == first[3]
        for _ in range(5):
            answers = await pool.run([b"pid"] * 6, [Hint(None, 3), *hints])
            assert [answers[1], answers[2]] == [first[0], first[1]]


async def test_no_process_rests_while_a_copy_waits_for_another(open_pool: OpenPool) -> None:
    """When the one that had its content is busy, a copy is worked on elsewhere."""
    async with open_pool(processes=2) as pool:
        await pool.start()
        (home,) = await pool.run([b"pid"], [Hint(b"one", 3)])
        hanging = asyncio.create_task(pool.run([b"hang"], [Hint(b"one", 3)]))
        await asyncio.sleep(0.1)
        (answer,) = await asyncio.wait_for(pool.run([b"pid"], [Hint(b"one", 3)]), 30)
        assert answer != home
        hanging.cancel()


@pytest.mark.parametrize(
    ("poison", "reason"),
    [(b"segfault", WORKER_CRASH), (b"kill", WORKER_CRASH), (b"memory", WORKER_CRASH), (b"raise", ENRICH)],
)
async def test_one_bad_article_costs_only_itself(open_pool: OpenPool, poison: bytes, reason: str) -> None:
    """A crash, lack of memory or an exception refuses the article at fault; the others of its batch are done."""
    async with open_pool() as pool:
        values = [*good(6), poison, *good(6)]
        answers = await pool.run(values)
        refused = answers.pop(6)
        assert answers == [*answers_to(6), *answers_to(6)]
        assert isinstance(refused, Rejected)
        assert refused.reason == reason
        assert await pool.run(good(3)) == answers_to(3)


@pytest.mark.parametrize("poison", [b"hang", b"hold"])
async def test_a_hanging_article_is_given_up(open_pool: OpenPool, poison: bytes) -> None:
    """A process without an answer in time is killed, even inside native code, and its other articles are done."""
    async with open_pool(batch_timeout_s=0.6, alone_timeout_s=0.6) as pool:
        await pool.start()
        answers = await pool.run([poison, *good(4)])
        assert answers[1:] == answers_to(4)
        assert isinstance(answers[0], Rejected)
        assert answers[0].reason == WORKER_CRASH
        assert "0.6 s" in answers[0].detail


async def test_several_bad_articles_in_one_batch(open_pool: OpenPool) -> None:
    """Each bad article is refused for its own reason, also when they are neighbours or the whole batch."""
    async with open_pool() as pool:
        answers = await pool.run([b"kill", b"raise", *good(2), b"refuse", b"segfault"])
        assert answers[2:4] == answers_to(2)
        reasons = [answer.reason for answer in answers if isinstance(answer, Rejected)]
        assert reasons == [WORKER_CRASH, ENRICH, "not-an-article", WORKER_CRASH]
        assert isinstance(answers[4], NotAnArticle)


async def test_memory_limit_holds_in_the_child_only(open_pool: OpenPool) -> None:
    """With a limit a greedy article fails by itself, and the parent may still allocate more."""
    async with open_pool(processes=1, memory_bytes=2 << 30) as pool:
        (answer,) = await pool.run([b"memory"])
        assert isinstance(answer, Rejected)
        assert "memory" in answer.detail


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
            await pool.run(good(1))


async def test_a_process_that_dies_while_loading_is_tried_again_later(open_pool: OpenPool) -> None:
    """Dying while loading says nothing about the articles: nothing is refused, the batch has to be repeated."""
    async with open_pool("die", processes=1) as pool:
        with pytest.raises(Unavailable, match="signal 9"):
            await pool.run(good(2))


async def test_processes_that_give_way_run_only_when_nothing_else_does(open_pool: OpenPool) -> None:
    """The kernel lets everything else go first, for every thread of the child; other pools are as before."""
    async with open_pool() as usual, open_pool(gives_way=True) as pool:
        await asyncio.gather(usual.start(), pool.start())
        policies = {os.sched_getscheduler(int(task.name)) for pid in pool.pids for task in tasks_of(pid)}
        assert policies == {os.SCHED_IDLE}
        assert {os.sched_getscheduler(pid) for pid in usual.pids} == {os.SCHED_OTHER}
        assert await pool.run(good(5)) == answers_to(5)


def tasks_of(pid: int) -> Iterator[Path]:
    """Return the threads of a process."""
    return Path(f"/proc/{pid}/task").iterdir()


@pytest.mark.parametrize(
    ("poison", "reason"), [(b"segfault", WORKER_CRASH), (b"hang", WORKER_CRASH), (b"raise", ENRICH)]
)
async def test_a_value_is_refused_by_the_judge_only(open_pool: OpenPool, poison: bytes, reason: str) -> None:
    """A batch that fails where processes give way is tried by others; only what fails there, too, is refused."""
    async with open_pool("judged", batch_timeout_s=0.6) as judge, open_pool(batch_timeout_s=0.6, judge=judge) as pool:
        await asyncio.gather(judge.start(), pool.start())
        answers = await pool.run([poison, *good(2)])
        assert isinstance(answers[0], Rejected)
        assert answers[0].reason == reason
        assert set(answers[1:]) <= {*answers_to(2), *(answer[:-1] + b"judged" for answer in answers_to(2))}
        assert judge.broken == (reason == WORKER_CRASH)


async def test_the_judge_answers_while_no_process_starts(open_pool: OpenPool) -> None:
    """A pool whose processes are never let work must not stop the work."""
    async with open_pool() as judge, open_pool("die", judge=judge) as pool:
        assert await pool.run(good(3)) == answers_to(3)
