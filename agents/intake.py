"""The agent: hands every event over to the delivery worker, and follows its partitions.

It acknowledges nothing and never raises.
"""

from typing import Any, Final

import faust
from mode.supervisors import CrashingSupervisor

from agents.backfill import FaustBackfill
from agents.message import build_message
from agents.share import Share
from pipeline.clock import Clock
from pipeline.delivery.arrivals import Arrivals
from pipeline.delivery.worker import DeliveryWorker
from pipeline.roles import Role

REVOKE_DRAIN_S: Final = 20.0  # given to what was started when partitions are taken away; the broker waits 60 s


class Intake:
    """One agent over the role's topics."""

    def __init__(self, app: faust.App, worker: DeliveryWorker, role: Role, clock: Clock, share: Share) -> None:
        self._app, self._worker, self._share = app, worker, share
        backfill = FaustBackfill(app, worker, clock, role, share.prefix)
        self._arrivals = Arrivals(worker, backfill, share.order)

        self._topics = [share.prefix + topic.name for topic in role.inputs]

    def connect(self) -> None:
        """Register the agent and the rebalance listeners."""
        app, topics = self._app, self._topics
        source = app.topic(*topics, key_serializer="raw", value_serializer="raw", key_type=bytes, value_type=bytes)
        app.agent(source, name="intake", concurrency=1, supervisor_strategy=CrashingSupervisor)(self._take)
        app.on_partitions_revoked.connect(self._on_revoked)
        app.on_partitions_assigned.connect(self._on_assigned)
        app.on_before_shutdown.connect(self._on_shutdown)

    async def _take(self, stream: Any) -> None:  # noqa: ANN401  # its type there lacks noack()
        async for event in stream.noack().events():
            if event.message.generation_id == self._app.consumer_generation_id:
                await self._arrivals.take(build_message(event, self._share.prefix))

    async def _on_revoked(self, *sent: Any, **_: Any) -> None:  # noqa: ANN401  # as mode types its signals
        self._share.joined = False
        await self._arrivals.revoke(self._share.translate(sent[1]), REVOKE_DRAIN_S)

    async def _on_assigned(self, *_: Any, **__: Any) -> None:  # noqa: ANN401  # as above
        self._share.joined = True

    async def _on_shutdown(self, *_: Any, **__: Any) -> None:  # noqa: ANN401  # as above
        await self._worker.stop()  # has happened before, unless Faust stops for a reason of its own
