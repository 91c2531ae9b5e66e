"""The `index` step: enriched articles → documents in the index, and an event for each to the group role.

Knows the index only by its protocol. The event is sent whatever the write's answer was: a crash between write and event
must not lose it, and the group role takes the same event twice without harm.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from pipeline.clock import Clock
from pipeline.delivery.outcome import Blocked, Done, Outcome, Refused
from pipeline.index.base import ArticleIndex, WriteOutcome, WriteResult
from pipeline.index.document import build_document
from pipeline.index.event import build_event
from pipeline.index.validation import parse_date
from schemas.article import EnrichedArticle
from schemas.codec import decode, encode
from schemas.errors import Rejected, Unavailable
from schemas.message import Message, OutgoingMessage
from schemas.topics import INDEXED

BAD_REQUEST: Final = 400
"""The status that a refused document has on every index."""


class IndexStep:
    """Writes batches of enriched articles. The index is closed with the step."""

    def __init__(self, index: ArticleIndex, clock: Clock) -> None:
        self._index = index
        self._clock = clock

    @property
    def stage(self) -> str:
        """The role's name."""
        return "index"

    async def run(self, batch: Sequence[Message]) -> Sequence[Outcome]:
        """Write the batch in a thread and return one outcome each.

        Raises:
            Unavailable: the index does not answer at all.
            ConfigurationError: a person has to act on the index.
        """
        return await asyncio.to_thread(self._write, batch)

    async def close(self) -> None:
        """Close the index."""
        await asyncio.to_thread(self._index.close)

    def _write(self, batch: Sequence[Message]) -> list[Outcome]:
        decoded = [_decoded(message) for message in batch]
        articles = [article for article in decoded if isinstance(article, EnrichedArticle)]
        written = iter(self._index.write([build_document(article) for article in articles]) if articles else ())
        return [
            Refused(article) if isinstance(article, Rejected) else self._outcome(article, next(written))
            for article in decoded
        ]

    def _outcome(self, article: EnrichedArticle, written: WriteOutcome) -> Outcome:
        if isinstance(written, Rejected):
            return Refused(written, BAD_REQUEST)
        if isinstance(written, Unavailable):
            return Blocked(written)
        event = build_event(article, self._first_seen_at(article, written), self._clock.now())
        return Done((OutgoingMessage(INDEXED.name, article.article_id.encode(), encode(event)),))

    def _first_seen_at(self, article: EnrichedArticle, written: WriteResult) -> datetime:
        """Return when the article was first seen: now for a new one, else as the index kept it."""
        held = None if written is WriteResult.CREATED else self._index.get(article.article_id)
        return article.fetched_at if held is None else parse_date(held.fields["first_seen_at"])


def _decoded(message: Message) -> EnrichedArticle | Rejected:
    try:
        return decode(EnrichedArticle, message.value)
    except Rejected as error:
        return error
