"""The `alert` step: grouped events → alerts, and a task beside it that delivers them and looks at sources and pipeline.

An event is done once its alerts are stored; delivering is never waited for, so that a receiver that is down holds up
nobody else's alerts.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Final

import structlog

from pipeline.alerts.courier import Courier
from pipeline.alerts.matching import Grouped, Matcher
from pipeline.alerts.store import AlertStore
from pipeline.clock import Clock
from pipeline.delivery.outcome import Done, Outcome, Refused
from schemas.codec import decode
from schemas.errors import NewswireError, Rejected
from schemas.events import GroupedEvent
from schemas.message import Message

LOOK_S: Final = 2.0
"""How often others' alerts and second attempts are looked for; those of this step are sent at once."""
COUNT_S: Final = 15.0
"""How often what is pending is counted."""
PATROL_S: Final = 300.0
KEEP_ALERTS: Final = timedelta(days=180)
LAST_LOOK_S: Final = 2.0
_log = structlog.get_logger(__name__)

Patrol = Callable[[], object]
"""Looks at sources and pipeline, and raises alerts. Blocking."""


class AlertStep:
    """Raises and delivers alerts. What it was made of is closed with it, by `close_all`."""

    def __init__(
        self,
        matcher: Matcher,
        courier: Courier,
        store: AlertStore,
        clock: Clock,
        *,
        patrol: Patrol | None = None,
        close_all: Callable[[], None] = lambda: None,
    ) -> None:
        self._matcher = matcher
        self._courier = courier
        self._store = store
        self._clock = clock
        self._patrol = patrol
        self._close_all = close_all
        self._raised = asyncio.Event()
        self._stopping = False
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def stage(self) -> str:
        """The role's name."""
        return "alert"

    def start(self) -> None:
        """Begin to deliver; inside a running event loop."""
        if not self._tasks:
            self._tasks = [asyncio.create_task(self._deliver_for_ever()), asyncio.create_task(self._patrol_for_ever())]

    async def run(self, batch: Sequence[Message]) -> Sequence[Outcome]:
        """Raise the alerts of the batch, in a thread, and return one outcome each.

        Raises:
            Unavailable: the index does not answer; raising the same alerts again does no harm.
            ConfigurationError: a person has to act on the index.
        """
        decoded = [_decoded(message) for message in batch]
        grouped: Sequence[Grouped] = [one for one in decoded if isinstance(one, Grouped)]
        raised = await asyncio.to_thread(self._matcher.raise_alerts, grouped) if grouped else 0
        if raised:
            self._raised.set()
        return [Refused(one) if isinstance(one, Rejected) else Done() for one in decoded]

    async def close(self) -> None:
        """Stop delivering, after what is being sent and a last look for what is due.

        What takes longer, or is not due yet, is sent by the next who runs.
        """
        self._stopping = True
        self._raised.set()
        tasks, self._tasks = self._tasks, []
        if tasks:
            await asyncio.wait(tasks[:1], timeout=LAST_LOOK_S)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.to_thread(self._close_all)

    async def _deliver_for_ever(self) -> None:
        counted_s = float("-inf")
        while True:
            self._raised.clear()
            last = self._stopping  # a look that had begun before may have missed what was raised since
            await self._calmly("deliver", self._courier.deliver_due)
            if self._clock.monotonic_s() >= counted_s + COUNT_S:
                await self._calmly("count", self._courier.count_pending)
                counted_s = self._clock.monotonic_s()
            if last:
                return
            waiting = asyncio.ensure_future(self._raised.wait())
            pausing = asyncio.ensure_future(self._clock.sleep_async(LOOK_S))
            try:
                await asyncio.wait({waiting, pausing}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                waiting.cancel()
                pausing.cancel()

    async def _patrol_for_ever(self) -> None:
        while True:
            await self._clock.sleep_async(PATROL_S)
            await self._calmly("patrol", self._look_around)

    async def _look_around(self) -> None:
        if self._patrol is not None:
            await asyncio.to_thread(self._patrol)
            self._raised.set()
        await asyncio.to_thread(self._store.forget_before, self._clock.now() - KEEP_ALERTS)

    async def _calmly(self, what: str, work: Callable[[], Awaitable[object]]) -> None:
        """Do it; what goes wrong is logged and tried again at the next turn."""
        try:
            await work()
        except NewswireError as error:
            _log.warning("alerts.blocked", what=what, why=str(error))
        except Exception:  # noqa: BLE001 - a fault of ours must not end the task that everybody's alerts depend on
            _log.exception("alerts.failed", what=what)


def _decoded(message: Message) -> Grouped | Rejected:
    try:
        return Grouped(decode(GroupedEvent, message.value), message)
    except Rejected as error:
        return error
