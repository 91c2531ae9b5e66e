"""The enrich stage as a step of the delivery worker: raw articles in, enriched articles out. Knows no runtime."""

import re
from collections.abc import Sequence
from typing import Final

from pipeline.delivery.outcome import Done, Outcome, Refused
from pipeline.enrich.pool import ProcessPool
from pipeline.enrich.pool_frames import Answer
from schemas.dead_letter import HEADER_PREFIX
from schemas.errors import ENRICH, Rejected
from schemas.message import Headers, Message, OutgoingMessage
from schemas.topics import BACKFILL_ENRICHED, BACKFILL_RAW, ENRICHED

RAW_POSITION_HEADER: Final = HEADER_PREFIX + "raw-position"
"""Topic, partition and offset of the raw message: from an article in the index back to what was received."""

RAW_TIMESTAMP_HEADER: Final = HEADER_PREFIX + "raw-timestamp-ms"
"""When the raw message was appended: publication to index is measured from here."""

_OWN_HEADERS: Final = frozenset({RAW_POSITION_HEADER, RAW_TIMESTAMP_HEADER})
_ARTICLE_ID: Final = re.compile(rb'"article_id":"([0-9a-f]{32})"')


class EnrichStep:
    """Enriches messages of the raw topics in a pool's processes. Repeating a message gives the same output."""

    stage = "enrich"

    def __init__(self, pool: ProcessPool) -> None:
        self._pool = pool

    async def run(self, batch: Sequence[Message]) -> Sequence[Outcome]:
        """Return one outcome per message, in order.

        Raises:
            Unavailable: no enrichment process starts now.
            ConfigurationError: the models or the registry cannot be loaded.
        """
        answers = await self._pool.run([message.value or b"" for message in batch])
        return [_to_outcome(message, answer) for message, answer in zip(batch, answers, strict=True)]

    async def close(self) -> None:
        """End the processes. Harmless when repeated."""
        await self._pool.close()


def _to_outcome(message: Message, answer: Answer) -> Outcome:
    if isinstance(answer, Rejected):
        return Refused(answer)
    # The second field of the record; the key of the raw message may be missing or wrong.
    found = _ARTICLE_ID.search(answer)
    if found is None:
        return Refused(Rejected(ENRICH, "the enriched article has no id"))
    # What is back-filled stays behind live articles in the next role, too.
    topic = BACKFILL_ENRICHED if message.topic == BACKFILL_RAW.name else ENRICHED
    return Done((OutgoingMessage(topic.name, found.group(1), answer, _provenance(message)),))


def _provenance(message: Message) -> Headers:
    """Return the message's own headers and where it stood."""
    kept = tuple(header for header in message.headers if header[0] not in _OWN_HEADERS)
    position = f"{message.topic}/{message.partition}/{message.offset}"
    return (
        *kept,
        (RAW_POSITION_HEADER, position.encode()),
        (RAW_TIMESTAMP_HEADER, str(message.timestamp_ms).encode()),
    )
