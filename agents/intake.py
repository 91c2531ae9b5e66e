"""The agent: hands every event over to the delivery worker, and follows its partitions.

It acknowledges nothing and never raises. Each rebalance begins a new epoch; the first event of a partition in an epoch
assigns it, because Faust may deliver before it says what was assigned, and an event that is turned away while later
ones are taken would be lost. For the same reason what Faust itself leaves out ends the worker before it is committed
over.
"""

from typing import Any, Final, cast

import faust
from faust.exceptions import ConsumerNotStarted
from faust.transport.consumer import Consumer
from mode.supervisors import CrashingSupervisor

from agents.backfill import FaustBackfill
from agents.message import build_message
from pipeline.clock import Clock
from pipeline.delivery.continuity import Continuity
from pipeline.delivery.worker import DeliveryWorker
from pipeline.log.base import Log
from pipeline.roles import Role
from schemas.message import Message, TopicPartition

REVOKE_DRAIN_S: Final = 20.0  # given to what was started when partitions are taken away; the broker waits 60 s


class Intake:
    """One agent over the role's topics. `joined` once the group has given this worker its share, even an empty one."""

    def __init__(
        self, app: faust.App, worker: DeliveryWorker, role: Role, clock: Clock, topic_prefix: str, log: Log
    ) -> None:
        """Prepare; `log` is asked where each partition has to go on."""
        self.joined, self._backfill = False, FaustBackfill(app, worker, clock, role, topic_prefix)
        self._app, self._worker, self._prefix = app, worker, topic_prefix
        self._continuity = Continuity(log, role.group, clock)
        self._epoch = 0
        self._epochs: dict[TopicPartition, int] = {}

    def connect(self, topics: list[str]) -> None:
        """Register the agent and the rebalance listeners."""
        app = self._app
        source = app.topic(*topics, key_serializer="raw", value_serializer="raw", key_type=bytes, value_type=bytes)
        app.agent(source, name="intake", concurrency=1, supervisor_strategy=CrashingSupervisor)(self._take)
        app.on_partitions_revoked.connect(self._on_revoked)
        app.on_partitions_assigned.connect(self._on_assigned)
        app.on_before_shutdown.connect(self._on_shutdown)

    async def _take(self, stream: Any) -> None:  # noqa: ANN401  # its type there lacks noack()
        async for event in stream.noack().events():
            if event.message.generation_id == self._app.consumer_generation_id:
                message = build_message(event, self._prefix)
                place = message.topic_partition
                if self._epochs.get(place) != self._epoch:
                    self._epochs[place] = self._epoch
                    self._worker.assign({place}, self._epoch)
                await self._offer(message, self._epoch)

    async def _offer(self, message: Message, epoch: int) -> None:
        try:
            await self._continuity.check(message)
        except Exception as error:  # noqa: BLE001  # nothing may leave an agent; the worker ends, and all is redelivered
            self._worker.fail(error)
        else:
            await self._backfill.offer(message, epoch)

    def owned(self) -> set[TopicPartition] | None:
        """Return the partitions that are this worker's; None while the group is sharing them out."""
        try:
            places = cast("Consumer", self._app.consumer).assignment() if self.joined else None
        except (AssertionError, ConsumerNotStarted):
            return None  # partitions changed hands at this moment, in the client's thread
        return None if places is None else {self._place(at) for at in places}

    def _place(self, at: Any) -> TopicPartition:  # noqa: ANN401  # Faust's pairs of topic and partition
        return TopicPartition(at.topic.removeprefix(self._prefix), at.partition)

    async def _on_revoked(self, *sent: Any, **_: Any) -> None:  # noqa: ANN401  # as mode types its signals
        self.joined, self._epoch = False, self._epoch + 1
        self._continuity.restart()
        await self._backfill.revoke({self._place(at) for at in sent[1]}, REVOKE_DRAIN_S)

    async def _on_assigned(self, *_: Any, **__: Any) -> None:  # noqa: ANN401  # as above
        self.joined = True

    async def _on_shutdown(self, *_: Any, **__: Any) -> None:  # noqa: ANN401  # as above
        await self._worker.stop()  # has happened before, unless Faust stops for a reason of its own
