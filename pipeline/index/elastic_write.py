"""Writes of both roles by compare-and-set, step by step as DELIVERY.md section 3 has it.

Look up where each article lives and at which version, decide, write only against what was seen, and decide again for
those that somebody else changed in between: a bounded number of rounds, after which the item is asked for again.
Waiting and repeating for ever is the delivery loop's part.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, TypeVar

import structlog
from elasticsearch import Elasticsearch

from pipeline.clock import Clock
from pipeline.index.base import Conflicts, IndexDocument, StoryFields, WriteOutcome
from pipeline.index.elastic_bulk import Answer, BulkSender
from pipeline.index.elastic_decide import Decision
from pipeline.index.elastic_faults import Verdict
from pipeline.index.elastic_lookup import Lookup
from pipeline.index.elastic_months import Months
from pipeline.index.elastic_offers import Batch, ContentRole, Offered, Role, StoryRole
from pipeline.index.elastic_operation import Operation
from pipeline.index.validation import find_fault, format_date
from schemas.errors import INDEX_MAPPING, TOO_LARGE, Rejected, Unavailable

_log = structlog.get_logger(__name__)

MAX_ROUNDS: Final = 5
"""Lookups for one article before giving it back; collisions in a row beyond that mean that something else is wrong."""

Offer = TypeVar("Offer", bound=Offered)


class Writer:
    """Writes for one installation. Safe for threads and for any number of workers."""

    def __init__(self, client: Elasticsearch, months: Months, lookup: Lookup, clock: Clock) -> None:
        self._months = months
        self._lookup = lookup
        self._clock = clock
        self._sender = BulkSender(client)
        self._collided: Counter[type] = Counter()

    def write(self, documents: Sequence[IndexDocument]) -> list[WriteOutcome]:
        """Store new versions; see `ArticleIndex.write`."""
        role = ContentRole(self._months.index_for, format_date(self._clock.now()))
        return self._rounds(role, Batch(documents, [find_fault(document) for document in documents]))

    def write_stories(self, stories: Sequence[StoryFields]) -> list[WriteOutcome]:
        """Set story fields; see `ArticleIndex.write_stories`."""
        return self._rounds(StoryRole(), Batch(stories, [None] * len(stories)))

    @property
    def conflicts(self) -> Conflicts:
        """See `ArticleIndex.conflicts`."""
        return Conflicts(self._collided[ContentRole], self._collided[StoryRole])

    def close(self) -> None:
        """End the threads that send. Harmless when repeated."""
        self._sender.close()

    def _rounds(self, role: Role[Offer], batch: Batch[Offer]) -> list[WriteOutcome]:
        for number in range(MAX_ROUNDS):
            offers = batch.open()
            if not offers:
                break
            try:
                self._round(role, batch, offers)
            except Unavailable as error:
                if number == 0:
                    raise
                return batch.outcomes(error)
        return batch.outcomes(Unavailable(f"others changed the article {MAX_ROUNDS} times while it was written"))

    def _round(self, role: Role[Offer], batch: Batch[Offer], offers: Mapping[str, Sequence[Offer]]) -> None:
        """Decide for every open article, and write what has to be written."""
        months = self._months.usable()
        near = {article_id: self._near(role, offers[article_id]) for article_id in offers}
        held = self._lookup.find(near, months, whole=role.needs_whole)
        decisions: list[Decision] = []
        operations: list[Operation] = []
        for article_id, offered in offers.items():
            decision, operation = role.plan(article_id, held.get(article_id), offered)
            if operation is None:
                batch.settle(article_id, decision.outcomes)
            else:
                decisions.append(decision)
                operations.append(operation)
        self._months.create({operation.index for operation in operations}.difference(months))
        for decision, operation, answer in zip(decisions, operations, self._sender.send(operations), strict=True):
            self._collided[type(role)] += answer.verdict is Verdict.CONFLICT
            _apply(batch, operation.document_id, decision, answer)

    def _near(self, role: Role[Offer], offered: Sequence[Offer]) -> set[str]:
        """Return the indices to look at in real time: this month's, last month's, and those around first sight."""
        moments = (self._clock.now(), *role.moments(offered))
        return {index for moment in moments for index in self._months.neighbours(moment)}


def _apply(batch: Batch[Offer], article_id: str, decision: Decision, answer: Answer) -> None:
    match answer.verdict:
        case Verdict.DONE:
            batch.settle(article_id, decision.outcomes)
        case Verdict.CONFLICT:
            _log.debug("index.conflict", article_id=article_id)  # stays open: decided again in the next round
        case Verdict.REFUSED:
            batch.reject(article_id, decision, Rejected(INDEX_MAPPING, answer.detail))
        case Verdict.TOO_LARGE:
            batch.reject(article_id, decision, Rejected(TOO_LARGE, answer.detail))
        case _:
            batch.postpone(article_id, decision, Unavailable(answer.detail))
