"""Finding partitions that are ours, hold unread messages, and deliver none: a check on the client that delivers.

How the group stands on the log in, what the worker holds beside it; the partitions that have stalled out. A client can
stop without a word: Faust ends its recovery for good when one answer of the broker takes longer than its limit, and
looks healthy. Knows no client.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final, NamedTuple

import structlog

from pipeline.clock import Clock
from pipeline.delivery.worker import DeliveryWorker
from pipeline.log.base import Log
from pipeline.log.topic_check import count_unfinished
from schemas.errors import ConfigurationError, Unavailable
from schemas.message import TopicPartition

STALL_S: Final = 60.0
"""Unread messages reach a worker with empty hands within a second, after a rebalance within some seconds."""
_PATIENCE: Final = 20
"""A worker that has more than it can do takes from one partition after the other: so many times longer it waits."""
LOOKS: Final = 6
"""Looks within `STALL_S`."""

_log = structlog.get_logger(__name__)


class Standing(NamedTuple):
    """How a group stands in a partition: what it has committed (None: nothing yet), and how many messages wait."""

    committed: int | None
    waiting: int


class _Quiet(NamedTuple):
    committed: int | None
    looks: int = 0
    idle_looks: int = 0


class StallDetector:
    """Remembers, from look to look, for how long a partition has delivered nothing. Pure.

    Time is counted in looks: a process that was suspended gets its full time again when it goes on.
    """

    def __init__(self) -> None:
        self._quiet: dict[TopicPartition, _Quiet] = {}

    def find(
        self,
        standings: Mapping[TopicPartition, Standing],
        held: Collection[TopicPartition],
        *,
        has_room: bool,
    ) -> list[TopicPartition]:
        """Return the partitions that have stalled.

        Args:
            standings: of the partitions that are ours; what is missing is forgotten.
            held: partitions of which the worker holds messages that it has not acknowledged.
            has_room: whether the worker would take more; a partition may have to wait long while it would not.
        """
        quiet: dict[TopicPartition, _Quiet] = {}
        for place, (committed, waiting) in standings.items():
            if waiting and place not in held:
                before = self._quiet.get(place)
                if before is None or before.committed != committed:
                    quiet[place] = _Quiet(committed)
                else:
                    quiet[place] = _Quiet(committed, before.looks + 1, before.idle_looks + 1 if has_room else 0)
        self._quiet = quiet
        return [
            place
            for place, (_, looks, idle_looks) in quiet.items()
            if idle_looks >= LOOKS or looks >= LOOKS * _PATIENCE
        ]

    def forget(self) -> None:
        """Begin anew: nothing is known of the time up to now."""
        self._quiet = {}


class Stalled(RuntimeError):
    """Messages wait in partitions that are ours, and the client delivers none of them."""


class StallWatch:
    """Looks at a worker's partitions until it finds a stall, or is cancelled.

    `owned` gives the partitions that are the worker's at this moment; None means that the group is sharing them out.
    """

    def __init__(
        self,
        log: Log,
        group: str,
        topics: Sequence[str],
        clock: Clock,
        owned: Callable[[], Collection[TopicPartition] | None],
        worker: DeliveryWorker,
        stall_s: float = STALL_S,
    ) -> None:
        self._log, self._group, self._topics, self._clock = log, group, tuple(topics), clock
        self._owned, self._worker, self._pause_s = owned, worker, stall_s / LOOKS
        self._detector = StallDetector()

    async def run(self) -> None:
        """Fail the worker because of what has stalled, and return."""
        try:
            while not (stalled := await self._look()):
                await self._clock.sleep_async(self._pause_s)
        except Exception as error:  # noqa: BLE001  # a worker without its watch would only look healthy
            self._worker.fail(error)
        else:
            names = ", ".join(f"{place.topic}/{place.partition}" for place in sorted(stalled))
            self._worker.fail(
                Stalled(f"messages wait in {names}, the partitions of this worker, but are not delivered")
            )

    async def _look(self) -> list[TopicPartition]:
        owned = self._owned()
        if not owned or self._worker.retries.blockages:
            self._detector.forget()
            return []
        try:
            standings = await asyncio.to_thread(read_standings, self._log, self._group, self._topics)
        except (Unavailable, ConfigurationError) as error:
            _log.debug("not known whether anything waits", why=str(error))
            self._detector.forget()
            return []
        ours = {place: standing for place, standing in standings.items() if place in owned}
        return self._detector.find(ours, self._worker.held, has_room=not self._worker.inbox_records)


def read_standings(log: Log, group: str, topics: Sequence[str]) -> dict[TopicPartition, Standing]:
    """Return how the group stands in each partition of the topics. Blocks; errors as `Log.lag`."""
    found: dict[TopicPartition, Standing] = {}
    for topic in topics:
        committed = log.committed(group, topic)
        waiting = count_unfinished(topic, committed, log.offsets(topic))
        found |= {place: Standing(committed.get(place.partition), count) for place, count in waiting.items()}
    return found
