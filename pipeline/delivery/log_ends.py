"""The two ends that a delivery worker has on a log: sending to it, and acknowledging by committing offsets.

Every call to the log runs in a thread, so that the event loop is never blocked. Imports only the log protocol and
`schemas`.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from pipeline.delivery.tracker import finished_offsets
from pipeline.log.base import Log, Subscription
from schemas.message import Message, OutgoingMessage, TopicPartition

T = TypeVar("T")


class LogSender:
    """A `Sender` that appends to a log."""

    def __init__(self, log: Log) -> None:
        self._log = log

    async def send(self, messages: Sequence[OutgoingMessage]) -> None:
        """Return when every message is durable in the log; raises what `Log.send` raises."""
        await asyncio.to_thread(self._log.send, messages)


class LogSource:
    """A subscription used from asyncio; also the `Acknowledger` of what it delivered.

    A subscription must not be used by two threads at once, and a cancelled call goes on in its thread. So all calls go
    through one thread of their own, one after the other.
    """

    def __init__(self, log: Log, group: str, topics: Sequence[str]) -> None:
        self._log = log
        self._group = group
        self._topics = tuple(topics)
        self._subscription: Subscription | None = None
        self._closed = False
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"poll-{group}")

    async def poll(
        self, max_records: int, max_bytes: int, timeout_s: float
    ) -> tuple[Sequence[Message], frozenset[TopicPartition]]:
        """Return new messages and the partitions owned after that; joins the group with the first call.

        Raises:
            Unavailable: the log does not answer; poll again.
        """

        def call() -> tuple[Sequence[Message], frozenset[TopicPartition]]:
            subscription = self._open()
            return subscription.poll(max_records, max_bytes, timeout_s), subscription.assignment

        return await self._in_thread(call)

    async def pause(self, partitions: Collection[TopicPartition]) -> None:
        """Hold these partitions back from `poll`, and resume all others."""
        await self._in_thread(lambda: self._open().pause(partitions))

    async def acknowledge(self, finished: Sequence[Message]) -> None:
        """Commit one past the last finished message of each partition; raises what `Subscription.commit` raises."""
        await self._in_thread(lambda: self._open().commit(finished_offsets(finished)))

    async def is_drained(self) -> bool:
        """Return whether the group has finished everything that its topics hold.

        Raises:
            Unavailable: the log does not answer.
        """
        lag = await asyncio.to_thread(self._log.lag, self._group, self._topics)
        return not any(lag.values())

    async def close(self) -> None:
        """Give the partitions back. Harmless when repeated."""
        if not self._closed:
            self._closed = True
            await self._in_thread(self._leave)
            self._thread.shutdown(wait=False)

    def _open(self) -> Subscription:
        if self._subscription is None:
            self._subscription = self._log.subscribe(self._group, self._topics)
        return self._subscription

    def _leave(self) -> None:
        if self._subscription is not None:
            self._subscription.close()

    async def _in_thread(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)
