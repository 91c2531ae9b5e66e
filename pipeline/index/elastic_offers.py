"""What is offered in one call, and how it becomes operations: versions of articles, or story fields. Pure.

Imports no client; time and names of indices come from the caller.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from pipeline.index.base import IndexDocument, StoryFields, Withdrawal, WriteOutcome
from pipeline.index.elastic_decide import Decision, decide_documents, decide_stories, decide_withdrawals
from pipeline.index.elastic_document import (
    KEPT,
    STORED,
    build_source,
    change_source,
    encode_line,
    read_article,
    read_fields,
)
from pipeline.index.elastic_operation import Held, Operation
from pipeline.index.elastic_versions import build_keeping
from pipeline.index.revisions import SYSTEM_FIELDS, succeed_all, withdrawn_fields
from pipeline.index.validation import parse_date
from schemas.errors import Rejected, Unavailable


class Offered(Protocol):
    """Anything that is to be written for an article."""

    @property
    def article_id(self) -> str:
        """The article."""


Offer = TypeVar("Offer", bound=Offered)
Offer_contra = TypeVar("Offer_contra", bound=Offered, contravariant=True)


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of the offers for one article: what is kept first, and then written, if anything."""

    decision: Decision
    write: Operation | None = None
    keep: tuple[Operation, ...] = ()


class Batch(Generic[Offer]):
    """The offers of one call: which are open, and what became of the others."""

    def __init__(self, offers: Sequence[Offer], faults: Sequence[Rejected | None]) -> None:
        self._offers = offers
        self._outcomes: list[WriteOutcome | None] = list(faults)
        self._open: dict[str, list[int]] = {}
        for place, offer in enumerate(offers):
            if faults[place] is None:
                self._open.setdefault(offer.article_id, []).append(place)

    def open(self) -> dict[str, list[Offer]]:
        """Return the open offers by article, in order."""
        return {article_id: [self._offers[place] for place in places] for article_id, places in self._open.items()}

    def settle(self, article_id: str, outcomes: Sequence[WriteOutcome]) -> None:
        """Close all open offers for an article."""
        for place, outcome in zip(self._open.pop(article_id), outcomes, strict=True):
            self._outcomes[place] = outcome

    def postpone(self, article_id: str, decision: Decision, later: Unavailable) -> None:
        """Close all open offers for an article, those that depend on the write with `later`."""
        outcomes = enumerate(decision.outcomes)
        self.settle(article_id, [later if place in decision.depending else outcome for place, outcome in outcomes])

    def reject(self, article_id: str, decision: Decision, fault: Rejected) -> None:
        """Close the offer that was to be written; the article's others are decided again without it."""
        places = self._open[article_id]
        self._outcomes[places.pop(decision.write or 0)] = fault
        if not places:
            del self._open[article_id]

    def outcomes(self, otherwise: Unavailable) -> list[WriteOutcome]:
        """Return an outcome for each offer; open ones get `otherwise`."""
        return [otherwise if outcome is None else outcome for outcome in self._outcomes]


class Role(Protocol[Offer_contra]):
    """How one role writes."""

    @property
    def needs_whole(self) -> bool:
        """Whether `plan` needs whole documents."""

    def compares(self, held: Held, offers: Sequence[Offer_contra]) -> bool:
        """Return whether `plan` needs the whole document, though it was not read at first."""

    def moments(self, offers: Sequence[Offer_contra]) -> Sequence[datetime]:
        """Return when the article may have been seen first: where to look for it in real time."""

    @property
    def knows_first_sight(self) -> bool:
        """Whether the article was seen first at one of these moments, if there are any."""

    def version_enough(self, offers: Sequence[Offer_contra]) -> int | None:
        """Return at which version of the article a document will do that was read before; None: it has to be read."""

    def plan(self, article_id: str, held: Held | None, offers: Sequence[Offer_contra]) -> Plan:
        """Return what becomes of the open offers for one article."""


@dataclass(frozen=True, slots=True)
class ContentRole:
    """The `index` role: new versions of articles, each with what other roles own carried over."""

    index_for: Callable[[datetime], str]
    versions_for: Callable[[str], str]
    indexed_at: str
    needs_whole: bool = False
    knows_first_sight: bool = False

    def version_enough(self, offers: Sequence[IndexDocument]) -> None:
        """Return nothing: what is there decides."""

    def moments(self, offers: Sequence[IndexDocument]) -> list[datetime]:
        """Return the times at which the offered versions were fetched."""
        return [_first_seen(document) for document in offers]

    def compares(self, held: Held, offers: Sequence[IndexDocument]) -> bool:
        """Return whether there are two versions, of which one will be an earlier one."""
        return any(document.version != held.versions[0] for document in offers)

    def plan(self, article_id: str, held: Held | None, offers: Sequence[IndexDocument]) -> Plan:
        """Create where there is none, replace what is older, keep what was replaced."""
        decision = decide_documents(None if held is None else held.versions, offers)
        if held is None:
            kept: dict[str, Any] = {"first_seen_at": offers[0].fields["first_seen_at"]}
            index = self.index_for(_first_seen(offers[0]))
            action = {"create": {"_index": index, "_id": article_id}}
        else:
            fields = read_fields(held.source)
            kept = {name: fields[name] for name in KEPT if name in fields}
            index, action = held.index, _replace(article_id, held)
        keep: tuple[Operation, ...] = ()
        if held is None or STORED in held.source:
            earlier, system = succeed_all(None if held is None else read_article(held.source), offers)
            keep = tuple(build_keeping(version, self.versions_for(index)) for version in earlier)
            kept = {name: value for name, value in kept.items() if name not in SYSTEM_FIELDS} | system
        if decision.write is None:
            return Plan(decision, None, keep)
        source = build_source(offers[decision.write], kept, self.indexed_at)
        return Plan(decision, Operation(article_id, index, encode_line(action), encode_line(source)), keep)


@dataclass(frozen=True, slots=True)
class _ChangingRole:
    """What roles have in common that change some fields of articles that are there."""

    needs_whole: bool = True
    knows_first_sight: bool = True

    def version_enough(self, offers: Sequence[Any]) -> int | None:  # noqa: ARG002 - the role's form
        """Return nothing: what is there decides."""
        return None

    def compares(self, held: Held, offers: Sequence[object]) -> bool:  # noqa: ARG002 - the role's form
        """Return no: it was read whole."""
        return False


@dataclass(frozen=True, slots=True)
class StoryRole(_ChangingRole):
    """The `group` role: story fields, written into the whole document, since sub-fields are built anew each time."""

    def moments(self, offers: Sequence[StoryFields]) -> list[datetime]:
        """Return when the articles were seen first, where that is known."""
        return [offer.first_seen_at for offer in offers if offer.first_seen_at is not None]

    def version_enough(self, offers: Sequence[StoryFields]) -> int | None:
        """Return the version that was looked at; the write is refused if there is another one by then."""
        versions = {offer.version for offer in offers}
        return versions.pop() if len(versions) == 1 else None

    def plan(self, article_id: str, held: Held | None, offers: Sequence[StoryFields]) -> Plan:
        """Replace the story fields where the article still has the version that was looked at."""
        decision = decide_stories(None if held is None else held.source, offers)
        if decision.write is None or held is None:
            return Plan(decision)
        story = offers[decision.write]
        changed = {"story_id": story.story_id, "is_copy": story.is_copy, "copy_of": story.copy_of}
        return Plan(decision, _changing(article_id, held, changed))


@dataclass(frozen=True, slots=True)
class WithdrawalRole(_ChangingRole):
    """An operator who takes articles back, or puts them back."""

    def moments(self, offers: Sequence[Withdrawal]) -> list[datetime]:  # noqa: ARG002 - the role's form
        """Return nothing: when the articles were seen first is not part of the offer."""
        return []

    def plan(self, article_id: str, held: Held | None, offers: Sequence[Withdrawal]) -> Plan:
        """Set or clear what says that it was taken back."""
        decision = decide_withdrawals(None if held is None else read_fields(held.source), offers)
        if decision.write is None or held is None:
            return Plan(decision)
        return Plan(decision, _changing(article_id, held, withdrawn_fields(offers[decision.write])))


def _changing(article_id: str, held: Held, changed: Mapping[str, Any]) -> Operation:
    """Return the operation that gives the document other values in some fields; None takes a field away."""
    source = change_source(held.source, changed)
    return Operation(article_id, held.index, encode_line(_replace(article_id, held)), encode_line(source))


def _first_seen(document: IndexDocument) -> datetime:
    return parse_date(document.fields["first_seen_at"])


def _replace(article_id: str, held: Held) -> dict[str, Any]:
    condition = {"if_seq_no": held.seq_no, "if_primary_term": held.primary_term}
    return {"index": {"_index": held.index, "_id": article_id, **condition}}
