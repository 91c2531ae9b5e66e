"""The path of one article, told from what the log and the index hold of it. Pure.

Messages of every topic in; steps in order of time and the state that the article is in, out. A trace says only what it
has evidence for: what retention has removed is told as such.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from pipeline.index.base import StoredArticle
from pipeline.monitoring.trace_steps import Stage, TraceStep, known_facts, name_position, read_step
from schemas.base import Record
from schemas.errors import NOT_AN_ARTICLE
from schemas.message import Message, TopicPartition
from schemas.topics import BACKFILL_ENRICHED, BACKFILL_RAW, ENRICHED, INDEXED, RAW

STAGE_OF: Final = {
    RAW.name: "enrich",
    BACKFILL_RAW.name: "enrich",
    ENRICHED.name: "index",
    BACKFILL_ENRICHED.name: "index",
    INDEXED.name: "group",
}
"""Topic → the stage that reads it."""
_ANSWERS: Final = {"enrich": Stage.ENRICHED, "index": Stage.INDEXED, "group": Stage.GROUPED}


class State(StrEnum):
    """What has become of an article."""

    UNKNOWN = "unknown"
    WAITING = "waiting"
    INDEXED = "indexed"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"
    NOT_AN_ARTICLE = "not-an-article"


class Trace(Record):
    """The path of one article. `waiting_for` names the stage, `ahead` the messages before it there."""

    article_id: str
    title: str | None = None
    state: State
    summary: str
    waiting_for: str | None = None
    ahead: int | None = None
    steps: tuple[TraceStep, ...] = ()
    index: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that was found. `committed` holds the offsets below which the stages have finished."""

    article_id: str
    messages: Sequence[Message]
    stored: StoredArticle | None = None
    index_name: str | None = None
    alerts: Sequence[TraceStep] = ()
    committed: Mapping[TopicPartition, int] = field(default_factory=dict)


def build_trace(evidence: Evidence) -> Trace:
    """Return the path that the evidence shows."""
    steps = [step for message in evidence.messages if (step := read_step(message))]
    steps = sorted([*steps, *evidence.alerts], key=lambda step: (step.at, list(Stage).index(step.stage)))
    pending = _find_pending(evidence, steps)
    index = None if evidence.stored is None else _index_facts(evidence.stored, evidence.index_name)
    state, summary = _judge(evidence.stored, steps, pending)
    titles = [step.facts["title"] for step in steps if step.facts.get("title")]
    return Trace(
        article_id=evidence.article_id,
        title=str(evidence.stored.fields.get("title")) if evidence.stored else titles[-1] if titles else None,
        state=state,
        summary=summary,
        waiting_for=STAGE_OF[pending[0].topic] if pending else None,
        ahead=pending[1] if pending else None,
        steps=tuple(steps),
        index=index,
    )


def _find_pending(evidence: Evidence, steps: Sequence[TraceStep]) -> tuple[Message, int] | None:
    """Return the last message that its stage has not finished, and how many are before it there."""
    refused = {step.facts.get("of") for step in steps if step.stage is Stage.REFUSED}
    answered = {(step.stage, step.raw_position) for step in steps}
    pending = None
    for message in evidence.messages:
        committed = evidence.committed.get(message.topic_partition)
        step = read_step(message)
        if committed is None or step is None or message.offset < committed:
            continue
        done = (_ANSWERS[STAGE_OF[message.topic]], step.raw_position) in answered
        if not done and name_position(message) not in refused:
            pending = (message, message.offset - committed)
    return pending


def _judge(
    stored: StoredArticle | None, steps: Sequence[TraceStep], pending: tuple[Message, int] | None
) -> tuple[State, str]:
    refused = _last(steps, Stage.REFUSED)
    received = _last(steps, Stage.RECEIVED)
    waits = f"waits for {STAGE_OF[pending[0].topic]}, {pending[1]:,} before it" if pending else ""
    if stored is not None:
        return _judge_indexed(stored, received, refused, waits)
    if pending:
        return State.WAITING, f"received, {waits}"
    if refused:
        facts = refused.facts
        if facts.get("reason") == NOT_AN_ARTICLE:
            return State.NOT_AN_ARTICLE, f"not indexed: {facts['error']}"
        return State.REFUSED, f"refused by {facts.get('stage')} ({facts.get('reason')}): {facts.get('error')}"
    if steps:
        return State.UNKNOWN, "was worked on, but is not in the index: what came of it has left the log, or was pruned"
    return State.UNKNOWN, "neither the log nor the index holds anything of it"


def _judge_indexed(
    stored: StoredArticle, received: TraceStep | None, refused: TraceStep | None, waits: str
) -> tuple[State, str]:
    fields = stored.fields
    if fields.get("withdrawn"):
        return State.WITHDRAWN, "withdrawn: kept in the index so that it does not come back, shown to nobody"
    parts = ["in the index"]
    newest = received.version if received else None
    if newest is not None and newest > stored.version:
        parts = ["in the index, with an older version than the newest received"]
        if received and refused and refused.at >= received.at:
            parts.append(f"the newest was refused by {refused.facts.get('stage')} ({refused.facts.get('reason')})")
    if fields.get("is_copy"):
        parts.append(f"a copy of {fields.get('copy_of')}")
    if waits:
        parts.append(waits)
    return State.INDEXED, "; ".join(parts)


def _index_facts(stored: StoredArticle, name: str | None) -> dict[str, Any]:
    fields = stored.fields
    kept = ("first_seen_at", "indexed_at", "story_id", "copy_of", "is_copy", "withdrawn")
    facts = {"index": name, "version": stored.version, "enrichment_version": stored.enrichment_version}
    return known_facts({**facts, **{name: fields.get(name) for name in kept}})


def _last(steps: Sequence[TraceStep], stage: Stage) -> TraceStep | None:
    return next((step for step in reversed(steps) if step.stage is stage), None)
