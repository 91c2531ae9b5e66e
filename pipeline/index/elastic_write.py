"""Writes of both roles by compare-and-set, step by step as DELIVERY.md section 3 has it.

Look up where each article lives and at which version, decide, write only against what was seen, and decide again for
those that somebody else changed in between: a bounded number of rounds, after which the item is asked for again.
Waiting and repeating for ever is the delivery loop's part.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Final, TypeVar

import structlog
from elasticsearch import Elasticsearch

from pipeline.clock import Clock
from pipeline.index.base import Conflicts, IndexDocument, StoryFields, Withdrawal, WriteOutcome
from pipeline.index.elastic_bulk import Answer, BulkSender
from pipeline.index.elastic_decide import Decision
from pipeline.index.elastic_faults import Verdict
from pipeline.index.elastic_lookup import Lookup
from pipeline.index.elastic_months import Months
from pipeline.index.elastic_offers import Batch, ContentRole, Offered, Plan, Role, StoryRole, WithdrawalRole
from pipeline.index.elastic_operation import Held, Operation
from pipeline.index.elastic_versions import ElasticVersions
from pipeline.index.templates import IndexNames
from pipeline.index.validation import find_fault, format_date
from schemas.errors import INDEX_MAPPING, TOO_LARGE, Rejected, Unavailable

_log = structlog.get_logger(__name__)

MAX_ROUNDS: Final = 5
"""Lookups for one article before giving it back; collisions in a row beyond that mean that something else is wrong."""

Offer = TypeVar("Offer", bound=Offered)


class Writer:
    """Writes for one installation. Safe for threads and for any number of workers."""

    def __init__(self, client: Elasticsearch, names: IndexNames, months: Months, lookup: Lookup, clock: Clock) -> None:
        self._names = names
        self._versions = ElasticVersions(client, names)
        self._months = months
        self._lookup = lookup
        self._clock = clock
        self._sender = BulkSender(client)
        self._collided: Counter[type] = Counter()

    def write(self, documents: Sequence[IndexDocument]) -> list[WriteOutcome]:
        """Store new versions; see `ArticleIndex.write`."""
        role = ContentRole(self._months.index_for, self._names.versions_of, format_date(self._clock.now()))
        return self._rounds(role, Batch(documents, [find_fault(document) for document in documents]))

    def write_stories(self, stories: Sequence[StoryFields]) -> list[WriteOutcome]:
        """Set story fields; see `ArticleIndex.write_stories`."""
        return self._rounds(StoryRole(), Batch(stories, [None] * len(stories)))

    @property
    def conflicts(self) -> Conflicts:
        """See `ArticleIndex.conflicts`."""
        return Conflicts(self._collided[ContentRole], self._collided[StoryRole])

    def withdraw(self, withdrawals: Sequence[Withdrawal]) -> list[WriteOutcome]:
        """Take back, or put back; see `ArticleIndex.withdraw`."""
        return self._rounds(WithdrawalRole(), Batch(withdrawals, [None] * len(withdrawals)))

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
        """Decide for every open article, keep what will be an earlier version, and write what has to be written."""
        months = self._months.usable()
        held = self._look_up(role, offers, months)
        plans = {article_id: role.plan(article_id, held.get(article_id), offers[article_id]) for article_id in offers}
        for article_id, outcome in self._keep(plans).items():
            batch.settle(article_id, [outcome] * len(offers[article_id]))
            del plans[article_id]
        writing: list[tuple[Decision, Operation]] = []
        for article_id, plan in plans.items():
            if plan.write is None:
                batch.settle(article_id, plan.decision.outcomes)
            else:
                writing.append((plan.decision, plan.write))
        operations = [operation for _, operation in writing]
        self._months.create({operation.index for operation in operations}.difference(months))
        for (decision, operation), answer in zip(writing, self._sender.send(operations), strict=True):
            self._collided[type(role)] += answer.verdict is Verdict.CONFLICT
            _apply(batch, operation.document_id, decision, answer)

    def _look_up(
        self, role: Role[Offer], offers: Mapping[str, Sequence[Offer]], months: Sequence[str]
    ) -> dict[str, Held]:
        held = self._recall(role, offers)
        now = set(self._months.neighbours(self._clock.now()))
        near = {key: self._near(role, each, now) for key, each in offers.items() if key not in held}
        held |= self._lookup.find(near, months, whole=role.needs_whole)
        compared = {key: {each.index} for key, each in held.items() if role.compares(each, offers[key])}
        return held | self._lookup.find(compared, months, whole=True) if compared else held

    def _recall(self, role: Role[Offer], offers: Mapping[str, Sequence[Offer]]) -> dict[str, Held]:
        """Return the documents that were read a moment ago and will do; in a next round nothing is left of them."""
        versions = {article_id: role.version_enough(offers[article_id]) for article_id in offers}
        found = ((key, self._lookup.take(key, one)) for key, one in versions.items() if one is not None)
        return {article_id: each for article_id, each in found if each is not None}

    def _keep(self, plans: Mapping[str, Plan]) -> dict[str, WriteOutcome]:
        """Keep earlier versions; return an outcome for each article of which one could not be kept."""
        keeping = [(article_id, operation) for article_id, plan in plans.items() for operation in plan.keep]
        if not keeping:
            return {}
        self._versions.create(operation.index for _, operation in keeping)
        failed: dict[str, WriteOutcome] = {}
        answers = self._sender.send([operation for _, operation in keeping])
        for (article_id, operation), answer in zip(keeping, answers, strict=True):
            if answer.verdict in {Verdict.REFUSED, Verdict.TOO_LARGE}:
                failed[article_id] = Rejected(INDEX_MAPPING, f"version {operation.document_id}: {answer.detail}")
            elif answer.verdict not in {Verdict.DONE, Verdict.CONFLICT}:  # a conflict: it is kept already
                failed.setdefault(article_id, Unavailable(answer.detail))
        return failed

    def _near(self, role: Role[Offer], offered: Sequence[Offer], now: Collection[str]) -> set[str]:
        """Return the indices to look at in real time: `now`, this month's and last month's, and those of first sight.

        Only the one of first sight where that is known: what is not there is searched for in all others.
        """
        moments = role.moments(offered)
        if moments and role.knows_first_sight:
            return {self._months.index_for(moment) for moment in moments}
        return {*now, *(index for moment in moments for index in self._months.neighbours(moment))}


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
