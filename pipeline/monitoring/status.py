"""The pipeline at this moment: topics, lag, stages, dead letters, index. Log, index and samples in, a record out.

Reads; changes nothing. What `newswire status` prints, and its JSON.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from pipeline.delivery.dead_letter import parse_dead_letter
from pipeline.index.samples import Sample, SampleStore
from pipeline.log.base import Log
from pipeline.log.tools import read_topic
from pipeline.monitoring.stage_report import WINDOW, StageReport, report_stage
from pipeline.roles import ROLES
from schemas.errors import NewswireError, Rejected
from schemas.sample_fields import SampleKind
from schemas.topics import DEAD_LETTER, TOPICS

POLLER = "feeds"


@dataclass(frozen=True, slots=True)
class TopicReport:
    """What a topic holds, and how much of it each consumer group has not finished."""

    messages: int
    lag: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Status:
    """Everything. `stages` are in the order of the pipeline; the poller is among them once it has been seen."""

    topics: Mapping[str, TopicReport]
    dead_letters: Mapping[str, int]
    stages: Sequence[StageReport]
    articles: int | None = None
    unknown: str | None = None
    """Why the samples could not be read, if so."""
    checked_at: datetime | None = field(default=None)

    def as_json(self) -> dict[str, Any]:
        """Return the JSON form that other programs read."""
        facts = asdict(self)
        return {
            "checked_at": None if self.checked_at is None else self.checked_at.isoformat(),
            "topics": facts["topics"],
            "dead_letters": dict(self.dead_letters),
            "stages": {stage.pop("stage"): stage for stage in facts["stages"]},
            "index": {"articles": self.articles},
            "unknown": self.unknown,
        }


def read_status(
    log: Log, samples: SampleStore, now: datetime, articles: int | None, dead_letters: Mapping[str, int]
) -> Status:
    """Return the state of everything; samples that cannot be read cost only what they say.

    Raises:
        Unavailable: the log does not answer.
    """
    topics = {}
    for topic in TOPICS:
        kept = sum(span.end - span.begin for span in log.offsets(topic.name).values())
        lag = {role.group: sum(log.lag(role.group, [topic.name]).values()) for role in ROLES if topic in role.inputs}
        topics[topic.name] = TopicReport(kept, lag)
    told: Sequence[Sample] = ()
    unknown = None
    try:
        told = [*samples.read([SampleKind.STAGE], now - WINDOW), *samples.read([SampleKind.REASON], now - WINDOW)]
    except NewswireError as error:
        unknown = str(error)
    waiting = {role.name: sum(report.lag.get(role.group, 0) for report in topics.values()) for role in ROLES}
    stages = [report_stage(role.name, told, waiting[role.name], now) for role in ROLES]
    if any(sample.fields["stage"] == POLLER for sample in told):
        stages.insert(0, report_stage(POLLER, told, None, now))
    return Status(topics, dict(dead_letters), stages, articles, unknown, now)


def count_dead_letters(log: Log, most: int | None = None) -> Counter[str]:
    """Return how many dead letters are kept for each reason, of the first `most`."""
    reasons: Counter[str] = Counter()
    for message in islice(read_topic(log, DEAD_LETTER.name), most):
        try:
            reasons[parse_dead_letter(message).reason] += 1
        except Rejected:
            # Somebody else's message in our topic: counted, so that the numbers add up.
            reasons["unreadable"] += 1
    return reasons
