"""Following what was sent until it can be found: sent articles → searchable, refused by a worker, or still on the way.

Knows log and index only by their protocols, and whoever works on the articles not at all.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Final

from pipeline.clock import Clock
from pipeline.index.base import ArticleIndex
from pipeline.log.base import Log
from pipeline.producers.ledger import Sent
from schemas.topics import DEAD_LETTER

LOOK_S: Final = 0.5
ASKED_AT_ONCE: Final = 1000
"""Articles that one look asks the index for, those sent first; as long as all of them have arrived, it asks on."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """What became of the articles that were sent, each counted once."""

    searchable: int
    refused: int
    missing: int


class Arrivals:
    """Follows articles. To be made before they are sent, so that it sees all dead letters. Not for several threads."""

    def __init__(self, log: Log, index: ArticleIndex, clock: Clock) -> None:
        self._log = log
        self._index = index
        self._clock = clock
        self._versions: dict[str, int] = {}
        self._counted = {"searchable": 0, "refused": 0}
        self._read_to = {partition: span.end for partition, span in log.offsets(DEAD_LETTER.name).items()}

    def expect(self, sent: Iterable[Sent]) -> None:
        """Follow these articles, too; of one article, its highest version."""
        for one in sent:
            self._versions[one.article_id] = max(one.version, self._versions.get(one.article_id, 0))

    def wait(self, seconds: float, on_look: Callable[[Arrived], None] | None = None) -> Arrived:
        """Return when nothing is on the way any more, or after about so many seconds.

        What the index holds counts as searchable, because it is refreshed before this returns.

        Raises:
            Unavailable: log or index do not answer.
        """
        deadline_s = self._clock.monotonic_s() + seconds
        while True:
            last = self._clock.monotonic_s() >= deadline_s
            self._look(whole=last)
            arrived = Arrived(**self._counted, missing=len(self._versions))
            if on_look:
                on_look(arrived)
            if not arrived.missing or last:
                self._index.refresh()
                return arrived
            self._clock.sleep(LOOK_S)

    def _look(self, *, whole: bool) -> None:
        """Count what has arrived since; not `whole`: among the first that are on the way, on which the others wait."""
        for article_id in self._dead_letter_keys():
            if self._versions.pop(article_id, None) is not None:
                self._counted["refused"] += 1
        waiting = iter(list(self._versions))
        while asked := list(islice(waiting, ASKED_AT_ONCE)):
            held = self._index.versions(asked)
            there = [one for one in asked if one in held and held[one][0] >= self._versions[one]]
            for article_id in there:
                del self._versions[article_id]
            self._counted["searchable"] += len(there)
            if len(there) < len(asked) and not whole:
                return

    def _dead_letter_keys(self) -> Iterable[str]:
        """Yield the keys of new dead letters; those of articles are their ids."""
        for partition in list(self._read_to):
            while messages := self._log.read(DEAD_LETTER.name, partition, self._read_to[partition], ASKED_AT_ONCE):
                self._read_to[partition] = messages[-1].offset + 1
                yield from (message.key.decode("ascii", "replace") for message in messages if message.key)
