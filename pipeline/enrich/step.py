"""The enrich stage as a step of the delivery worker: raw articles in, enriched articles out. Knows no runtime."""

import asyncio
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

from pipeline.delivery.outcome import Done, Outcome, Refused
from pipeline.delivery.provenance import begin_provenance
from pipeline.enrich.cached_recognizer import CACHE_HITS_COUNT, CACHE_MISSES_COUNT
from pipeline.enrich.kinship import read_hint
from pipeline.enrich.pool import ProcessPool
from pipeline.enrich.pool_frames import Answer
from pipeline.metrics import CACHE_HITS, CACHE_MISSES, POOL_RESTARTS, Metric
from pipeline.monitoring.source_counts import Fields, SourceTally
from schemas.article import RawArticle
from schemas.codec import decode
from schemas.errors import ENRICH, Rejected
from schemas.message import Message, OutgoingMessage
from schemas.topics import BACKFILL_ENRICHED, BACKFILL_RAW, ENRICHED

_ARTICLE_ID: Final = re.compile(rb'"article_id":"([0-9a-f]{32})"')


class EnrichStep:
    """Enriches messages of the raw topics in a pool's processes. Repeating a message gives the same output."""

    stage = "enrich"

    def __init__(self, pool: ProcessPool, backfill_pool: ProcessPool | None = None) -> None:
        """Prepare; what is back-filled is worked on in a pool of its own, if there is one."""
        self._pool, self._backfill_pool = pool, backfill_pool or pool
        self._pools = {self._pool, self._backfill_pool}
        self._tally = SourceTally()

    async def run(self, batch: Sequence[Message]) -> Sequence[Outcome]:
        """Return one outcome per message, in order.

        Raises:
            Unavailable: no enrichment process starts now.
            ConfigurationError: the models or the registry cannot be loaded.
        """
        behind = all(message.topic == BACKFILL_RAW.name for message in batch)
        pool = self._backfill_pool if behind else self._pool
        values = [message.value or b"" for message in batch]
        answers = await pool.run(values, [read_hint(value) for value in values])
        for message, answer in zip(batch, answers, strict=True):
            if isinstance(answer, Rejected):
                self._count_refused(message)
        return [_to_outcome(message, answer) for message, answer in zip(batch, answers, strict=True)]

    def totals(self) -> Mapping[Metric, int]:
        """Return how many processes broke, and how many paragraphs were known already or had to be read."""
        counts = sum((pool.counts for pool in self._pools), Counter[str]())
        return {
            POOL_RESTARTS: sum(pool.broken for pool in self._pools),
            CACHE_HITS: counts[CACHE_HITS_COUNT],
            CACHE_MISSES: counts[CACHE_MISSES_COUNT],
        }

    def take_sources(self, interval_s: float) -> Sequence[Fields]:  # noqa: ARG002 - counts need no length of time
        """Return what was refused of each publisher since the last call, see `CountsSources`."""
        return self._tally.take()

    def _count_refused(self, message: Message) -> None:
        with suppress(Rejected):  # what cannot be read says nothing of its publisher either
            self._tally.refuse(decode(RawArticle, message.value))

    async def close(self) -> None:
        """End the processes. Harmless when repeated."""
        await asyncio.gather(*(pool.close() for pool in self._pools))


def _to_outcome(message: Message, answer: Answer) -> Outcome:
    if isinstance(answer, Rejected):
        return Refused(answer)
    # The second field of the record; the key of the raw message may be missing or wrong.
    found = _ARTICLE_ID.search(answer)
    if found is None:
        return Refused(Rejected(ENRICH, "the enriched article has no id"))
    # What is back-filled stays behind live articles in the next role, too.
    topic = BACKFILL_ENRICHED if message.topic == BACKFILL_RAW.name else ENRICHED
    return Done((OutgoingMessage(topic.name, found.group(1), answer, begin_provenance(message)),))
