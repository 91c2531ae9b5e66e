"""Driving a delivery worker by Faust: the twin of `pipeline/delivery/consume.py` on Kafka."""

import asyncio
from importlib.metadata import version
from typing import Final

import structlog

from agents.acknowledge import FaustAcknowledger
from agents.app import create_app
from agents.intake import Intake
from agents.sender import FaustSender
from pipeline.clock import Clock
from pipeline.connections import log_of
from pipeline.delivery.outcome import Step
from pipeline.delivery.stalled import STALL_S, StallWatch
from pipeline.delivery.worker import DeliveryWorker
from pipeline.metrics import Metrics
from pipeline.roles import Role
from pipeline.settings import Settings
from pipeline.steps import limits_of

_LOOK_S: Final = 0.2
_LEAVE_S: Final = 4.0  # everything is acknowledged by then, so that the process may also just end
_log = structlog.get_logger(__name__)


class FaustConsumer:
    """One Faust app around one delivery worker, whose `stop` ends `run`. To be made inside the running event loop."""

    session_s, delivery_s, stall_s = 30.0, 60.0, STALL_S
    sender_type = FaustSender
    limits_of = staticmethod(limits_of)

    def __init__(self, settings: Settings, role: Role, step: Step, clock: Clock, metrics: Metrics) -> None:
        self._app, prefix = create_app(settings, role, self.session_s, self.delivery_s), settings.topic_prefix
        ends = self.sender_type(self._app, prefix), FaustAcknowledger(self._app, prefix)
        limits, program = self.limits_of(role, settings), version("newswire")
        self.worker = DeliveryWorker(step, *ends, clock, program_version=program, limits=limits, metrics=metrics)
        self._log = log_of(settings, clock)
        self._intake = Intake(self._app, self.worker, role, clock, prefix, self._log)
        self._intake.connect([prefix + topic.name for topic in role.inputs])
        live = [topic.name for topic in role.inputs if topic not in role.backfill]
        self._watch = StallWatch(
            self._log,
            role.group,
            live,
            clock,
            owned=self._intake.owned,
            held=lambda: self.worker.held,
            has_room=lambda: not self.worker.inbox_records and not self.worker.retries.blockages,
            stall_s=self.stall_s,
        )

    @property
    def joined(self) -> bool:
        """Whether the group has given this worker its share of the partitions."""
        return self._intake.joined

    async def run(self) -> int:
        """Work until `stop` or a failure of worker or app; leave the group and return the worker's exit code."""
        working, starting = asyncio.create_task(self.worker.run()), asyncio.create_task(self._app.start())
        watching = asyncio.create_task(self._watch.run())
        while not working.done():
            await asyncio.wait({working, watching}, timeout=_LOOK_S, return_when=asyncio.FIRST_COMPLETED)
            failed = starting.exception() if starting.done() and not starting.cancelled() else None
            stalled = watching.result() if watching.done() else None
            if failed or stalled or self._app.should_stop:
                why = failed or stalled or self._app.crash_reason
                self.worker.fail(why or RuntimeError("Faust has stopped by itself"))
                break
        starting.cancel()
        watching.cancel()
        try:
            await asyncio.wait_for(self._app.stop(), _LEAVE_S)
        except Exception as error:  # noqa: BLE001  # nothing of it matters any more: what counts is acknowledged
            _log.warning("left the group without goodbye", why=repr(error))
        await asyncio.to_thread(self._log.close)
        return await working
