"""The process pool: batches of values in, one answer per value out, whatever the values do to the processes.

A batch that raises, dies or hangs is taken apart and its values are tried alone, so that only the one at fault is
refused: an article is refused when it broke a batch and then failed alone as well. Blocking calls run in one thread per
process; the event loop only waits.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final

from pipeline.enrich.kinship import Hint, Kinship, Share
from pipeline.enrich.pool_child import Work
from pipeline.enrich.pool_frames import Answer
from pipeline.enrich.pool_process import ProcessFailed
from pipeline.enrich.pool_queue import SlotQueue
from pipeline.enrich.pool_slot import PoolSlot
from pipeline.enrich.pool_template import PoolTemplate
from schemas.errors import ENRICH, WORKER_CRASH, Rejected, Unavailable

BATCH_TIMEOUT_S: Final = 60.0
RECYCLE_AFTER: Final = 2000
"""Batches after which a process is replaced, so that slow leaks in native code stay bounded (16,000 articles)."""


class ProcessPool:
    """A fixed number of processes. Lives in one event loop; `run` may be called again before it returned."""

    def __init__(
        self,
        work: Work,
        processes: int,
        *,
        batch_timeout_s: float = BATCH_TIMEOUT_S,
        alone_timeout_s: float | None = None,
        recycle_after: int = RECYCLE_AFTER,
        rest_after_s: float | None = None,
        judge: "ProcessPool | None" = None,
    ) -> None:
        """Describe the pool; `start` starts it.

        Args:
            work: what the processes load and run.
            processes: how many.
            batch_timeout_s: longest time for one batch; then its process is killed.
            alone_timeout_s: longest time for a value that is tried alone; half of the batch's by default.
            recycle_after: batches after which a process is replaced.
            rest_after_s: seconds without any batch after which the processes end, until there is one; default: never.
            judge: the pool in which the values of a batch that failed here are tried alone; by default this one. For
                processes that give way: they may fail because they were never let work.
        """
        self._batch_timeout_s = batch_timeout_s
        self._alone_timeout_s = alone_timeout_s or batch_timeout_s / 2
        self._template = PoolTemplate(work)
        self._slots = [PoolSlot(self._template, recycle_after) for _ in range(processes)]
        self._queue = SlotQueue(self._slots)
        self._kinship: Kinship[PoolSlot] = Kinship()
        self._threads = ThreadPoolExecutor(processes, thread_name_prefix="enrich")
        self._closed = False
        self._judge = judge or self
        self._failures = (ProcessFailed, Unavailable) if judge else (ProcessFailed,)
        self._rest_after_s = rest_after_s
        self._resting: asyncio.TimerHandle | None = None

    @property
    def processes(self) -> int:
        """How many processes the pool has."""
        return len(self._slots)

    @property
    def pids(self) -> tuple[int, ...]:
        """The ids of the processes that run now."""
        return tuple(slot.pid for slot in self._slots if slot.pid is not None)

    @property
    def broken(self) -> int:
        """How many processes died, hung or ran out of memory so far, and were replaced."""
        return sum(slot.broken for slot in self._slots)

    @property
    def counts(self) -> Counter[str]:
        """What the processes counted so far, by name (`Work.count`)."""
        return sum((slot.counts for slot in self._slots), Counter())

    async def start(self) -> None:
        """Start all processes and wait until their tools are loaded.

        Raises:
            ConfigurationError: the tools cannot be loaded; says why.
            Unavailable: a process does not start now.
        """
        futures = [self._threads.submit(slot.prepare) for slot in self._slots]
        await asyncio.gather(*map(asyncio.wrap_future, futures))

    async def run(self, values: Sequence[bytes], hints: Sequence[Hint] = ()) -> list[Answer]:
        """Return one answer per value, in order: its enriched form, or the reason why there is none.

        By their hints values are divided evenly, and copies of one content go to one process if possible.

        Raises:
            ConfigurationError: the tools cannot be loaded.
            Unavailable: no process starts now, or the pool is closed.
        """
        sizes = [len(value) for value in values]
        hints = hints or [Hint(None, size) for size in sizes]
        shares = self._kinship.share_out(hints, sizes, len(self._slots))
        answered = await asyncio.gather(*(self._run_share(share, values, hints) for share in shares))
        answers: dict[int, Answer] = {}
        for share, some in zip(shares, answered, strict=True):
            answers.update(zip(share.positions, some, strict=True))
        return [answers[position] for position in range(len(values))]

    async def close(self) -> None:
        """End all processes, killing those that are at work, and wait until they are gone. Harmless when repeated."""
        if self._closed:
            return
        self._closed = True
        if self._resting:
            self._resting.cancel()
        idle = self._queue.empty()
        self._template.close()
        for slot in self._slots:
            if slot not in idle:
                slot.kill()
        await asyncio.gather(*(asyncio.to_thread(slot.end) for slot in idle))
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)
        for slot in self._slots:
            slot.end()
        await asyncio.to_thread(self._template.rest)

    async def _run_share(self, share: Share[PoolSlot], values: Sequence[bytes], hints: Sequence[Hint]) -> list[Answer]:
        some = [values[position] for position in share.positions]
        slot = await self._take(share.place)
        for position in share.positions:
            self._kinship.note(hints[position].content, slot)
        try:
            return await self._run_in(slot, some, self._batch_timeout_s)
        except self._failures:
            # One by one, not by halves: the one at fault costs one more process, by halves it would cost four.
            return list(await asyncio.gather(*map(self._judge.run_alone, some)))

    async def run_alone(self, value: bytes) -> Answer:
        """Return the answer to a value that is alone to blame when it fails. Errors as `run`."""
        try:
            return (await self._run_in(await self._take(None), [value], self._alone_timeout_s))[0]
        except ProcessFailed as failure:
            return Rejected(WORKER_CRASH if failure.broken else ENRICH, failure.reason)

    async def _take(self, wanted: PoolSlot | None) -> PoolSlot:
        if not self._closed:
            slot = await self._queue.take(wanted)
            if not self._closed:
                return slot
            self._queue.give(slot)  # for the next one who waits, to hear the same
        msg = "the enrichment pool is closed"
        raise Unavailable(msg)

    async def _run_in(self, slot: PoolSlot, values: list[bytes], timeout_s: float) -> list[Answer]:
        future = self._threads.submit(slot.run, values, timeout_s)
        self._free_after(future, slot)
        try:
            return await asyncio.wrap_future(future)
        finally:
            self._rest_later()

    def _free_after(self, future: "Future[Any]", slot: PoolSlot) -> None:
        """Free the slot when the thread is done with it: a cancelled caller must not free one that is at work."""
        loop = asyncio.get_running_loop()
        future.add_done_callback(lambda _: loop.call_soon_threadsafe(self._queue.give, slot))

    def _rest_later(self) -> None:
        if self._resting:
            self._resting.cancel()
        if self._rest_after_s is not None and not self._closed:
            self._resting = asyncio.get_running_loop().call_later(self._rest_after_s, self._rest)

    def _rest(self) -> None:
        slots = self._queue.empty()
        future = self._threads.submit(self._end_idle, slots)
        for slot in slots:
            self._free_after(future, slot)

    def _end_idle(self, slots: Sequence[PoolSlot]) -> None:
        for slot in slots:
            slot.rest()
        if len(slots) == len(self._slots):
            self._template.rest()
