"""What waits to be started: bounded by count and bytes, one message of each key at a time.

Tickets in (waiting when full), batches of tickets out. Lives in one event loop. Imports only the tracker's types.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable

from pipeline.delivery.tracker import Ticket
from pipeline.delivery.wakeup import Wakeup


class Inbox:
    """A queue that keeps the order per key and bounds memory.

    A key that was handed out is held until `release`: later messages with it wait, others pass. So no message can
    overtake an earlier one with the same key, whatever happens to that. Messages without a key have no order.
    """

    def __init__(self, max_records: int, max_bytes: int) -> None:
        self._max_records = max_records
        self._max_bytes = max_bytes
        self._ready: deque[Ticket] = deque()
        self._behind: dict[bytes, deque[Ticket]] = {}  # one entry for each key that is ready or held
        self._held: set[bytes] = set()
        self._last_taken = -1
        self._ready_bytes = 0
        self.closed = False
        self._changed = Wakeup()
        self._entrance = asyncio.Lock()
        self.records = 0
        self.size_bytes = 0

    async def put(self, ticket: Ticket) -> bool:
        """Queue the ticket, waiting for room; first come, first served. False when the inbox was closed instead.

        A message larger than the byte bound is let in when nothing else is there.
        """
        if self._entrance.locked() or not self._has_room(ticket.size_bytes):
            async with self._entrance:
                await self._changed.until(lambda: self.closed or self._has_room(ticket.size_bytes))
                return self._enter(ticket)
        return self._enter(ticket)

    async def take(self, max_records: int, max_bytes: int, linger_s: float) -> list[Ticket]:
        """Return the oldest tickets that may be started, each with another key, at least one.

        Waits until one is there, then at most `linger_s` for a full batch. A message larger than `max_bytes` comes
        alone. Empty only when the inbox is closed and nothing is left in it. Cancelling loses nothing.
        """
        batch: list[Ticket] = []
        # What was ready may be discarded while we linger: then there is still no batch, and nothing has ended.
        while not batch and not (self.closed and not self.records):
            await self._changed.until(lambda: bool(self._ready) or (self.closed and not self.records))
            if linger_s and self._ready and not self.closed:
                await self._changed.until(
                    lambda: self.closed or len(self._ready) >= max_records or self._ready_bytes >= max_bytes, linger_s
                )
            batch = self._take_ready(max_records, max_bytes)
        self._changed.notify()
        return batch

    def release(self, key: bytes | None) -> None:
        """Let the next message with this key be taken. To be called once for each ticket taken, when it is through."""
        if key is None or key not in self._held:
            return
        self._held.discard(key)
        behind = self._behind[key]
        if behind:
            # To the front: it is older than what is ready, and the acknowledged prefix waits for the oldest.
            self._ready.appendleft(behind.popleft())
            self._ready_bytes += self._ready[0].size_bytes
        else:
            del self._behind[key]
        self._changed.notify()

    def close(self) -> None:
        """Let nothing more in, and drop what was not started, except messages that started ones have overtaken.

        What is dropped was never acknowledged, so it is delivered again. The overtaken ones stay, since finished work
        behind them could not be acknowledged otherwise.
        """
        self.closed = True
        self.discard(lambda ticket: ticket.sequence > self._last_taken)

    def discard(self, unwanted: Callable[[Ticket], bool]) -> None:
        """Remove the queued tickets for which `unwanted` holds."""
        queued = [*self._ready, *(ticket for behind in self._behind.values() for ticket in behind)]
        self._refill(sorted((t for t in queued if not unwanted(t)), key=lambda ticket: ticket.sequence))
        self._changed.notify()

    def _has_room(self, size: int) -> bool:
        if self.records == 0:
            return True
        return self.records < self._max_records and self.size_bytes + size <= self._max_bytes

    def _enter(self, ticket: Ticket) -> bool:
        if self.closed:
            return False
        self._queue(ticket)
        self._changed.notify()
        return True

    def _queue(self, ticket: Ticket) -> None:
        size = ticket.size_bytes
        self.records += 1
        self.size_bytes += size
        key = ticket.message.key
        if key is not None:
            if key in self._behind:
                self._behind[key].append(ticket)
                return
            self._behind[key] = deque()
        self._ready.append(ticket)
        self._ready_bytes += size

    def _take_ready(self, max_records: int, max_bytes: int) -> list[Ticket]:
        batch: list[Ticket] = []
        room = max_bytes
        while self._ready and len(batch) < max_records:
            room -= self._ready[0].size_bytes
            if batch and room < 0:
                break
            batch.append(self._leave())
        return batch

    def _leave(self) -> Ticket:
        ticket = self._ready.popleft()
        self.records -= 1
        self.size_bytes -= ticket.size_bytes
        self._ready_bytes -= ticket.size_bytes
        self._last_taken = max(self._last_taken, ticket.sequence)
        if ticket.message.key is not None:
            self._held.add(ticket.message.key)
        return ticket

    def _refill(self, tickets: Iterable[Ticket]) -> None:
        self._ready.clear()
        self._behind = {key: deque() for key in self._held}
        self.records = self.size_bytes = self._ready_bytes = 0
        for ticket in tickets:
            self._queue(ticket)
