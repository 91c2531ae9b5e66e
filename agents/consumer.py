"""Driving a delivery worker by Faust: the twin of `pipeline/delivery/consume.py` on Kafka."""

import asyncio
from importlib.metadata import version
from typing import Final

import structlog

from agents.acknowledge import FaustAcknowledger
from agents.app import create_app
from agents.intake import Intake
from agents.sender import FaustSender
from agents.share import Share
from pipeline.clock import Clock
from pipeline.delivery.outcome import Step
from pipeline.delivery.worker import DeliveryWorker
from pipeline.metrics import Metrics
from pipeline.roles import Role
from pipeline.settings import Settings
from pipeline.steps import limits_of

_LEAVE_S: Final = 4.0  # everything is acknowledged by then, so that the process may also just end
_log = structlog.get_logger(__name__)


class FaustConsumer:
    """One Faust app around one delivery worker, whose `stop` ends `run`. To be made inside the running event loop."""

    session_s, delivery_s, stall_s = 30.0, 60.0, 60.0
    sender_type = FaustSender
    limits_of = staticmethod(limits_of)

    def __init__(self, settings: Settings, role: Role, step: Step, clock: Clock, metrics: Metrics) -> None:
        self._app, prefix = create_app(settings, role, self.session_s, self.delivery_s), settings.topic_prefix
        ends = self.sender_type(self._app, prefix), FaustAcknowledger(self._app, prefix)
        limits, program = self.limits_of(role, settings), version("newswire")
        self.worker = DeliveryWorker(step, *ends, clock, program_version=program, limits=limits, metrics=metrics)
        self._share = Share(self._app, role, settings, clock, self.worker, self.stall_s)
        Intake(self._app, self.worker, role, clock, self._share).connect()

    @property
    def joined(self) -> bool:
        """Whether the group has given this worker its share of the partitions."""
        return self._share.joined

    async def run(self) -> int:
        """Work until `stop` or a failure of worker or app; leave the group and return the worker's exit code."""
        working, starting = asyncio.create_task(self.worker.run()), asyncio.create_task(self._app.start())
        while not working.done():
            await asyncio.wait({working}, timeout=0.2)
            failed = starting.exception() if starting.done() and not starting.cancelled() else None
            if failed or self._app.should_stop:
                self.worker.fail(failed or self._app.crash_reason or RuntimeError("Faust has stopped by itself"))
                break
        starting.cancel()
        try:
            await asyncio.wait_for(asyncio.gather(self._app.stop(), self._share.close()), _LEAVE_S)
        except Exception as error:  # noqa: BLE001  # nothing of it matters any more: what counts is acknowledged
            _log.warning("left the group without goodbye", why=repr(error))
        return await working
