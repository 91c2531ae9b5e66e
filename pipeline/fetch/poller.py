"""The poller: keeps thousands of feeds polled in one process, each in its turn, and hands on what they bring.

Feeds that are due → polls under way → outcomes, committed in batches before a feed can be polled again. Knows neither
log nor ledger: `Committer` is `producers.feeds`.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from pipeline.clock import Clock
from pipeline.fetch.feed_state import FeedState
from pipeline.fetch.hosts import HostGate
from pipeline.fetch.outcome import PollOutcome
from pipeline.fetch.poll import Claims, FeedPoll
from pipeline.fetch.state import FeedStore
from schemas.errors import Unavailable

_BATCH_OUTCOMES: Final = 200
_LINGER_S: Final = 0.2
_LOOK_S: Final = 1.0
_GRACE_S: Final = 5.0
# For a log that does not answer while the poller leaves; what is not committed is polled again.
_LEAVE_S: Final = 20.0
_RETRY_S: Final = (0.5, 30.0)
# Polls that wait for one host; more of them come back when it had time for those.
_QUEUE_PER_HOST: Final = 8

_log = structlog.get_logger(__name__)


class Committer(Protocol):
    """What carries out the outcomes, in one thread; see `FeedPublisher`."""

    def recover(self) -> int:
        """Note what a crash left between log and state."""

    def commit(self, outcomes: Sequence[PollOutcome]) -> None:
        """Send and write; durable on return."""


@dataclass(slots=True)
class PollerLoad:
    """How busy the poller is: polls under way or waiting, and how long the last feed had been due."""

    in_flight: int = 0
    delay_s: float = 0.0
    blocked: str | None = None


class Poller:
    """Polls the feeds of one store. `run` once.

    Args:
        store: the feeds; for the event loop's own use.
        poll: polls one.
        gate: the hosts' limits.
        committer: sends and writes, in a thread of its own.
        claims: shared with `poll`.
        clock: the time.
        places: polls under way at once, those that wait for their host included.
        on_outcome: called for each outcome after it was written.
        on_committed: called with each batch that was written, and again while it raises `Unavailable`.
    """

    def __init__(
        self,
        store: FeedStore,
        poll: FeedPoll,
        gate: HostGate,
        committer: Committer,
        claims: Claims,
        clock: Clock,
        *,
        places: int,
        on_outcome: Callable[[PollOutcome], None] | None = None,
        on_committed: Callable[[Sequence[PollOutcome]], None] | None = None,
    ) -> None:
        self._on_committed = on_committed
        self._store = store
        self._poll = poll
        self._gate = gate
        self._committer = committer
        self._claims = claims
        self._clock = clock
        self._places = places
        self._on_outcome = on_outcome
        self._under_way: dict[int, asyncio.Task[None]] = {}
        self._deferred: set[int] = set()
        self._outcomes: asyncio.Queue[PollOutcome | None] = asyncio.Queue()
        self._changed = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="commit")
        self.load = PollerLoad()

    async def run(self, stop: asyncio.Event, *, once: bool = False) -> None:
        """Poll until `stop` is set; with `once`, until every feed that was due at the start has had its poll.

        What is under way when `stop` is set gets a few seconds; what it brings is committed.

        Raises:
            NewswireError: the log has to be set up first.
        """
        await self._in_thread(self._committer.recover)
        committing = asyncio.create_task(self._commit_all())
        stopping = asyncio.create_task(stop.wait())
        try:
            await self._dispatch(stopping, committing, self._clock.now() if once else None)
            await self._finish_polls()
            self._outcomes.put_nowait(None)
            await asyncio.wait({committing}, timeout=None if once else _LEAVE_S)
        finally:
            stopping.cancel()
            committing.cancel()
            self._thread.shutdown(wait=False, cancel_futures=True)
        if committing.done() and not committing.cancelled():
            await committing

    def wake(self) -> None:
        """Look for feeds that are due at once; from the event loop."""
        self._changed.set()

    async def _dispatch(
        self, stopping: "asyncio.Task[bool]", committing: "asyncio.Task[None]", horizon: datetime | None
    ) -> None:
        while not stopping.done():
            if committing.done():
                await committing
            self._changed.clear()
            started = self._start_due(horizon)
            if horizon is not None and not (started or self._under_way or self._deferred):
                return
            changed = asyncio.create_task(self._changed.wait())
            await asyncio.wait({changed, stopping, committing}, timeout=_LOOK_S, return_when=asyncio.FIRST_COMPLETED)
            changed.cancel()

    def _start_due(self, horizon: datetime | None) -> int:
        """Start what is due and has a place; return how many polls were started or put off."""
        free = self._places - len(self._under_way)
        if free <= 0:
            return 0
        now = self._clock.now()
        due = list(self._store.due(horizon or now, free, self._under_way.keys()))
        if horizon is not None and self._deferred:
            again = [feed for one in list(self._deferred)[:free] if (feed := self._store.get(one))]
            due += [feed for feed in again if feed.next_poll_at <= now and feed.id not in self._under_way]
        later: dict[datetime, list[int]] = {}
        queued: dict[str, int] = {}
        for feed in due:
            waiting = queued.setdefault(feed.host, self._gate.waiting(feed.host))
            if waiting >= _QUEUE_PER_HOST:
                later.setdefault(now + timedelta(seconds=2.0 + waiting), []).append(feed.id)
                self._deferred.add(feed.id)
                continue
            queued[feed.host] += 1
            self._start(feed, now)
        for until, ids in later.items():
            self._store.postpone(ids, until)
        self.load.in_flight = len(self._under_way)
        return len(due)

    def _start(self, feed: FeedState, now: datetime) -> None:
        self._deferred.discard(feed.id)
        self.load.delay_s = max((now - feed.next_poll_at).total_seconds(), 0.0)
        self._under_way[feed.id] = asyncio.create_task(self._run_poll(feed))

    async def _run_poll(self, feed: FeedState) -> None:
        try:
            outcome = await self._poll.poll(feed)
        except Exception:  # noqa: BLE001 - logged with its trace
            # A fault of ours with this feed must not end the others' polls; it stays due, and the log says why.
            _log.exception("poll failed", feed=feed.given_url)
            self._under_way.pop(feed.id, None)
            self._store.postpone([feed.id], self._clock.now() + timedelta(hours=1))
            self._changed.set()
            return
        self._outcomes.put_nowait(outcome)

    async def _commit_all(self) -> None:
        """Commit what comes, in batches, until None comes."""
        while (first := await self._outcomes.get()) is not None:
            if self._outcomes.empty():
                await self._clock.sleep_async(_LINGER_S)
            batch = [first]
            while len(batch) < _BATCH_OUTCOMES and not self._outcomes.empty():
                following = self._outcomes.get_nowait()
                if following is None:
                    await self._commit(batch)
                    return
                batch.append(following)
            await self._commit(batch)

    async def _commit(self, batch: Sequence[PollOutcome]) -> None:
        await self._in_thread(lambda: self._committer.commit(batch))
        if self._on_committed:
            committed = self._on_committed
            await self._in_thread(lambda: committed(batch))
        for outcome in batch:
            for one in outcome.claimed:
                self._claims.pop(one, None)
            self._under_way.pop(outcome.feed_id, None)
            if self._on_outcome:
                self._on_outcome(outcome)
        self._changed.set()

    async def _in_thread(self, work: Callable[[], object]) -> None:
        """Run in the committing thread; while log or state do not answer, try again for ever."""
        pause_s, longest_s = _RETRY_S
        while True:
            try:
                await asyncio.get_running_loop().run_in_executor(self._thread, work)
            except Unavailable as error:
                self.load.blocked = str(error)
                _log.warning("log or state of feeds do not answer", why=str(error), next_attempt_s=pause_s)
                await self._clock.sleep_async(pause_s)
                pause_s = min(pause_s * 2, longest_s)
            else:
                self.load.blocked = None
                return

    async def _finish_polls(self) -> None:
        polls = [task for task in self._under_way.values() if not task.done()]
        if polls:
            _, late = await asyncio.wait(polls, timeout=_GRACE_S)
            for task in late:
                task.cancel()  # nothing of it was written: it is polled again
            await asyncio.gather(*late, return_exceptions=True)
