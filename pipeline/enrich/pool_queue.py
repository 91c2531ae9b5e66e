"""Which free place of the pool gets which waiting group: its own before others', but none rests while a group waits."""

import asyncio
from collections import deque
from collections.abc import Sequence

from pipeline.enrich.pool_slot import PoolSlot


class SlotQueue:
    """The free places of a pool, and who waits for one. In one event loop."""

    def __init__(self, slots: Sequence[PoolSlot]) -> None:
        self._free = list(slots)
        self._waiting: deque[tuple[PoolSlot | None, asyncio.Future[PoolSlot]]] = deque()

    async def take(self, wanted: PoolSlot | None) -> PoolSlot:
        """Return a place that was free: `wanted` if possible, another rather than have it idle."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[PoolSlot] = loop.create_future()
        self._waiting.append((wanted, future))
        loop.call_soon(self._match)  # when all groups of a batch wait
        try:
            return await future
        except asyncio.CancelledError:
            if not future.cancelled():
                self.give(future.result())
            raise

    def give(self, slot: PoolSlot) -> None:
        """Free a place; the next one in the queue has it at once."""
        self._free.append(slot)
        self._match()

    def empty(self) -> list[PoolSlot]:
        """Take all free places out, and return them. Who waits already has its turn first."""
        self._match()
        free, self._free = self._free, []
        return free

    def _match(self) -> None:
        self._waiting = deque((wanted, future) for wanted, future in self._waiting if not future.done())
        for is_next in (self._is_own, self._is_anybodys, self._is_next):
            for slot in tuple(self._free):
                for entry in self._waiting:
                    if is_next(slot, entry[0]):
                        self._free.remove(slot)
                        self._waiting.remove(entry)
                        entry[1].set_result(slot)
                        break

    @staticmethod
    def _is_own(slot: PoolSlot, wanted: PoolSlot | None) -> bool:
        return wanted is slot

    @staticmethod
    def _is_anybodys(slot: PoolSlot, wanted: PoolSlot | None) -> bool:  # noqa: ARG004 - all have one form
        return wanted is None

    @staticmethod
    def _is_next(slot: PoolSlot, wanted: PoolSlot | None) -> bool:  # noqa: ARG004 - all have one form
        return True
