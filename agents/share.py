"""This worker's share of the partitions, and the watch over what it delivers, by a connection that is not Faust's."""

import asyncio
from collections.abc import Iterable
from typing import Any, cast

import faust
from faust.exceptions import ConsumerNotStarted
from faust.transport.consumer import Consumer

from pipeline.clock import Clock
from pipeline.connections import log_of
from pipeline.delivery.continuity import Continuity
from pipeline.delivery.stalled import StallWatch
from pipeline.delivery.worker import DeliveryWorker
from pipeline.roles import Role
from pipeline.settings import Settings
from schemas.message import TopicPartition


class Share:
    """Follows the group. `joined` once it has given this worker its share, even an empty one.

    To be made inside the running event loop: from then on it fails the worker when live messages wait in the share for
    `stall_s` and none is delivered.
    """

    def __init__(
        self, app: faust.App, role: Role, settings: Settings, clock: Clock, worker: DeliveryWorker, stall_s: float
    ) -> None:
        self.joined, self.prefix, self._app, self._log = False, settings.topic_prefix, app, log_of(settings, clock)
        self.order = Continuity(self._log, role.group, clock)
        live = [topic.name for topic in role.inputs if topic not in role.backfill]
        watch = StallWatch(self._log, role.group, live, clock, self.owned, worker, stall_s)
        self._watching = asyncio.create_task(watch.run())

    def translate(self, found: Iterable[Any]) -> set[TopicPartition]:
        """Return Faust's partitions under the names of our topics table."""
        return {TopicPartition(at.topic.removeprefix(self.prefix), at.partition) for at in found}

    def owned(self) -> set[TopicPartition] | None:
        """Return the partitions that are this worker's; None while the group is sharing them out."""
        try:
            return self.translate(cast("Consumer", self._app.consumer).assignment()) if self.joined else None
        except (AssertionError, ConsumerNotStarted):
            return None  # partitions changed hands at this moment, in the client's thread

    async def close(self) -> None:
        """End the watch and its connection."""
        self._watching.cancel()
        await asyncio.to_thread(self._log.close)
