"""A replay: reads what a topic holds, chooses, and sends it to the back-fill topic, confirmed batch by batch.

Log and index by their protocols, a selection and a position in; counts out. Live traffic is not touched: the workers
take back-fill only while live messages are not waiting. The index compares versions, so repeating is harmless.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from pipeline.clock import Clock
from pipeline.index.base import ArticleIndex
from pipeline.log.base import Log
from pipeline.replay.position import Position, PositionFile
from pipeline.replay.selection import Found, Selection, Work, is_stale, read_found
from pipeline.sources.registry import SourceRegistry
from schemas.errors import Rejected
from schemas.message import Message, OutgoingMessage

BATCH: Final = 200
_PAUSE_S: Final = 1.0

OnProgress = Callable[[Position], None]


@dataclass(frozen=True, slots=True)
class Ends:
    """What a replay works with."""

    log: Log
    index: ArticleIndex
    registry: SourceRegistry
    clock: Clock


class Replay:
    """One replay; `run` once."""

    def __init__(
        self,
        ends: Ends,
        work: Work,
        selection: Selection,
        position: Position,
        *,
        enrichment_version: int,
        file: PositionFile | None = None,
        rate: float | None = None,
    ) -> None:
        """Prepare; `rate` bounds messages per second, and without a `file` nothing is sent and only counted."""
        self._ends = ends
        self._work = work
        self._selection = selection
        self.position = position
        self._enrichment_version = enrichment_version
        self._file = file
        self._rate = rate

    def run(self, on_progress: OnProgress = lambda _: None) -> Position:
        """Go through everything between the position and its ends; return the position at the end.

        Raises:
            Unavailable: log or index do not answer; the next replay with the same position goes on there.
        """
        started_s, sent_before = self._ends.clock.monotonic_s(), self.position.selected
        for partition, end in sorted(self.position.ends.items()):
            while self.position.next_offsets[partition] < end:
                self._step(partition, end)
                on_progress(self.position)
                self._keep_rate(started_s, self.position.selected - sent_before)
        if self._file is not None:
            self._file.remove()
        return self.position

    def _step(self, partition: int, end: int) -> None:
        """Look at the next messages of a partition, send those that are wanted, and remember that."""
        position, start = self.position, self.position.next_offsets[partition]
        size = BATCH if self._rate is None else max(1, min(BATCH, round(self._rate * _PAUSE_S)))
        found = self._ends.log.read(self._work.origin.name, partition, start, size)
        messages = [message for message in found if message.offset < end]
        chosen = self._choose(messages)
        if self._file is not None and chosen:
            target = self._work.target.name
            self._ends.log.send([OutgoingMessage(target, m.key, m.value, m.headers) for m, _ in chosen])
        # Nothing there any more, because retention took it meanwhile: the partition is done.
        position.next_offsets[partition] = messages[-1].offset + 1 if messages else end
        position.read += len(messages)
        position.selected += len(chosen)
        for _, one in chosen:
            position.by_source[one.source_name] = position.by_source.get(one.source_name, 0) + 1
        if self._file is not None:
            self._file.save(position)

    def _choose(self, messages: Sequence[Message]) -> list[tuple[Message, Found]]:
        covered = []
        for message in messages:
            try:
                found = read_found(message, self._work, self._ends.registry, self._enrichment_version)
            except Rejected:
                self.position.unreadable += 1  # it is in the dead letters, where the worker has put it
                continue
            if self._selection.covers(found):
                covered.append((message, found))
        if not self._selection.stale or not covered:
            return covered
        held = self._ends.index.versions([found.article_id for _, found in covered])
        return [(message, found) for message, found in covered if is_stale(found, self._work, held)]

    def _keep_rate(self, started_s: float, sent: int) -> None:
        if self._rate is None or self._file is None:
            return
        ahead_s = sent / self._rate - (self._ends.clock.monotonic_s() - started_s)
        if ahead_s > 0:
            self._ends.clock.sleep(ahead_s)


def begin(log: Log, work: Work) -> Position:
    """Return the position before all that the topic holds now; what comes later is live. Errors as `Log.read`."""
    spans = log.offsets(work.origin.name)
    return Position(
        next_offsets={partition: span.begin for partition, span in spans.items()},
        ends={partition: span.end for partition, span in spans.items()},
    )
