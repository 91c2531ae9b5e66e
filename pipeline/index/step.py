"""The `index` step: enriched articles → documents in the index, and an event for each to the group role.

Knows the index and the corrections only by their protocols. The event is sent whatever the write's answer was: a crash
between write and event must not lose it, and the group role takes the same event twice without harm.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from pipeline.clock import Clock
from pipeline.corrections.follow import CorrectionSource
from pipeline.delivery.outcome import Blocked, Done, Outcome, Refused
from pipeline.delivery.provenance import keep_provenance
from pipeline.index.base import ArticleIndex, WriteResult
from pipeline.index.corrected_write import CorrectedWriter, Written
from pipeline.index.event import build_event, encode_event
from pipeline.metrics import CONFLICTS, Metric
from pipeline.monitoring.source_counts import Fields, SourceTally
from schemas.article import EnrichedArticle
from schemas.errors import Rejected, Unavailable
from schemas.message import Message, OutgoingMessage
from schemas.plain import PlainReader
from schemas.topics import INDEXED

BAD_REQUEST: Final = 400
"""The status that a refused document has on every index."""
_ARTICLES: Final = PlainReader(EnrichedArticle)
_NEW: Final = frozenset({WriteResult.CREATED, WriteResult.UPDATED})


class IndexStep:
    """Writes batches of enriched articles. Index and corrections are closed with the step."""

    def __init__(self, index: ArticleIndex, clock: Clock, corrections: CorrectionSource) -> None:
        self._index = index
        self._clock = clock
        self._corrections = corrections
        self._writer = CorrectedWriter(index, corrections)
        self._tally = SourceTally()

    @property
    def stage(self) -> str:
        """The role's name."""
        return "index"

    async def run(self, batch: Sequence[Message]) -> Sequence[Outcome]:
        """Write the batch in a thread and return one outcome each.

        Raises:
            Unavailable: the index, or the log of corrections, does not answer at all.
            ConfigurationError: a person has to act on the index.
        """
        return await asyncio.to_thread(self._write, batch)

    def totals(self) -> Mapping[Metric, int]:
        """Return how many documents were decided again."""
        return {CONFLICTS: self._index.conflicts.documents}

    def take_sources(self, interval_s: float) -> Sequence[Fields]:  # noqa: ARG002 - counts need no length of time
        """Return what came of each publisher since the last call, see `CountsSources`."""
        return self._tally.take()

    async def close(self) -> None:
        """Close the index and the corrections."""
        await asyncio.to_thread(self._index.close)
        await asyncio.to_thread(self._corrections.close)

    def _write(self, batch: Sequence[Message]) -> list[Outcome]:
        decoded = [_decoded(message) for message in batch]
        pairs = zip(decoded, batch, strict=True)
        good = [(article, message.value or b"") for article, message in pairs if not isinstance(article, Rejected)]
        written = self._writer.write([article for article, _ in good], [value.decode() for _, value in good])
        first_seen = self._first_seen(written)
        finished = iter(written)
        return [
            Refused(article) if isinstance(article, Rejected) else self._outcome(message, next(finished), first_seen)
            for message, article in zip(batch, decoded, strict=True)
        ]

    def _outcome(self, message: Message, written: Written, first_seen: Mapping[str, datetime]) -> Outcome:
        article, document, outcome = written
        if isinstance(outcome, Rejected):
            return Refused(outcome, BAD_REQUEST)
        if isinstance(outcome, Unavailable):
            return Blocked(outcome)
        if outcome in _NEW:
            self._tally.add(article, document.fields["word_count"])
        # A new article was seen first at its fetch.
        seen = first_seen.get(article.article_id, article.fetched_at)
        event = encode_event(build_event(article, document, seen, self._clock.now()))
        output = OutgoingMessage(INDEXED.name, article.article_id.encode(), event, keep_provenance(message))
        return Done((output,))

    def _first_seen(self, written: Sequence[Written]) -> Mapping[str, datetime]:
        """Return what the index kept for those that it had before, asked for all together."""
        known = [
            each.article.article_id
            for each in written
            if isinstance(each.outcome, WriteResult) and each.outcome is not WriteResult.CREATED
        ]
        return self._index.first_seen(known) if known else {}


def _decoded(message: Message) -> EnrichedArticle | Rejected:
    try:
        return _ARTICLES.decode(message.value)
    except Rejected as error:
        return error
