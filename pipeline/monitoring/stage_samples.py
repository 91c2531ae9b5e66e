"""Two snapshots of a stage's metrics → the samples of the time between them. Pure.

Fields are those of `schemas/sample_fields.py`. A stage that did nothing gives a sample too: it says that the process
lives, and what it waits for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pipeline.clock import epoch_ms
from pipeline.delivery.retry import Blockage
from pipeline.delivery.status import WorkerStatus
from pipeline.index.samples import Sample
from pipeline.index.validation import format_date
from pipeline.metrics import (
    ALERTS_FAILED,
    ALERTS_RAISED,
    ALERTS_SENT,
    BATCH_RECORDS,
    BATCH_SECONDS,
    CACHE_HITS,
    CACHE_MISSES,
    CONFLICTS,
    DEAD_LETTERS,
    DROPPED,
    FEED_ARTICLES,
    FINISHED,
    LATENCY_SECONDS,
    OLDEST_SECONDS,
    OUTPUTS,
    POLLS,
    POOL_RESTARTS,
    RECEIVED,
    REFUSED,
    RETRIES,
    STALE,
    TOTAL_SECONDS,
    Metric,
    Snapshot,
)
from pipeline.monitoring.quantile import estimate_quantile
from schemas.sample_fields import Event, SampleKind

MAX_TEXT_CHARS: Final = 500
_OUTCOMES: Final = {"done": "done", "dropped": "dropped", "dead-letter": "dead_lettered"}
_COUNTERS: Final = {
    "received": RECEIVED,
    "outputs": OUTPUTS,
    "retries": RETRIES,
    "stale": STALE,
    "conflicts": CONFLICTS,
    "pool_restarts": POOL_RESTARTS,
    "cache_hits": CACHE_HITS,
    "cache_misses": CACHE_MISSES,
}
_REASONS: Final = {
    Event.DEAD_LETTER: (DEAD_LETTERS, "reason"),
    Event.DROPPED: (DROPPED, "reason"),
    Event.RETRY: (RETRIES, "where"),
    Event.FETCH_REFUSED: (REFUSED, "reason"),
    Event.ALERT_RAISED: (ALERTS_RAISED, "kind"),
    Event.ALERT_SENT: (ALERTS_SENT, "channel"),
    Event.ALERT_FAILED: (ALERTS_FAILED, "channel"),
}


@dataclass(frozen=True, slots=True)
class Span:
    """The time that samples cover, and whose they are."""

    process: str
    stage: str
    at: datetime
    interval_s: float

    def sample(self, kind: SampleKind, name: str, fields: Mapping[str, Any]) -> Sample:
        """Return a sample with these fields; None and absent are the same. `name` tells those of one span apart."""
        at = format_date(self.at)
        common = {"at": at, "kind": kind.value, "process": self.process, "stage": self.stage}
        given = {name: value for name, value in fields.items() if value is not None}
        sample_id = "/".join((self.process, self.stage, kind.value, name, str(epoch_ms(self.at))))
        return Sample(sample_id, self.at, {**common, "interval_s": round(self.interval_s, 3), **given})


class Difference:
    """What counters and histograms gained between two snapshots."""

    def __init__(self, before: Snapshot, after: Snapshot) -> None:
        self._gained = {place: value - before.get(place, 0.0) for place, value in after.items()}
        self._after = after

    def count(self, metric: Metric) -> int:
        """Return what a counter gained, over all values of its labels."""
        return round(sum(value for (name, _), value in self._gained.items() if name == metric.name))

    def by_label(self, metric: Metric, label: str) -> dict[str, int]:
        """Return what a counter gained for each value of a label, those that gained nothing left out."""
        pairs = ((dict(held)[label], value) for (name, held), value in self._gained.items() if name == metric.name)
        return {value: round(gained) for value, gained in pairs if gained > 0}

    def level(self, metric: Metric) -> float:
        """Return what a gauge shows at the end."""
        return self._after.get((metric.name, ()), 0.0)

    def mean(self, metric: Metric) -> float | None:
        """Return the mean of what a histogram observed; None when that is nothing."""
        number = self._gained.get((f"{metric.name}_count", ()), 0.0)
        return self._gained.get((f"{metric.name}_sum", ()), 0.0) / number if number else None

    def observations(self, metric: Metric) -> int:
        """Return how many values a histogram observed."""
        return round(self._gained.get((f"{metric.name}_count", ()), 0.0))

    def quantile_ms(self, metric: Metric, share: float) -> float | None:
        """Return a quantile of what a histogram of seconds observed, in milliseconds."""
        bucket = f"{metric.name}_bucket"
        gained = {float(dict(held)["le"]): value for (name, held), value in self._gained.items() if name == bucket}
        seconds = estimate_quantile(gained, share)
        return None if seconds is None else round(seconds * 1000, 1)


def build_stage_samples(
    span: Span, before: Snapshot, after: Snapshot, status: WorkerStatus, memory_bytes: int
) -> list[Sample]:
    """Return the sample of a stage of the pipeline, and one for each reason that was counted in the time."""
    gained = Difference(before, after)
    ends = gained.by_label(FINISHED, "outcome")
    fields = {
        "state": status.state.value,
        **{field: ends.get(end, 0) for end, field in _OUTCOMES.items()},
        **{field: gained.count(metric) for field, metric in _COUNTERS.items()},
        "batches": gained.observations(BATCH_SECONDS),
        "batch_records": _rounded(gained.mean(BATCH_RECORDS)),
        "batch_ms": _rounded(gained.mean(BATCH_SECONDS), 1000),
        "latency_p50_ms": gained.quantile_ms(LATENCY_SECONDS, 0.5),
        "latency_p99_ms": gained.quantile_ms(LATENCY_SECONDS, 0.99),
        "total_p50_ms": gained.quantile_ms(TOTAL_SECONDS, 0.5),
        "total_p99_ms": gained.quantile_ms(TOTAL_SECONDS, 0.99),
        "oldest_unfinished_s": round(gained.level(OLDEST_SECONDS), 3),
        "inbox_records": status.inbox_records,
        "inbox_bytes": status.inbox_bytes,
        "batches_in_flight": status.batches_in_flight,
        "unacknowledged": status.unacknowledged,
        "blocked": len(status.blocked),
        **_blockage(status),
        "memory_bytes": memory_bytes,
    }
    return [span.sample(SampleKind.STAGE, "", fields), *_reasons(span, gained)]


def build_poller_samples(span: Span, before: Snapshot, after: Snapshot, memory_bytes: int) -> list[Sample]:
    """Return the sample of the poller of feeds, whose polls count as received and articles sent as outputs."""
    gained = Difference(before, after)
    fields = {
        "state": "running",
        "received": gained.count(POLLS),
        "outputs": gained.count(FEED_ARTICLES),
        "memory_bytes": memory_bytes,
    }
    return [span.sample(SampleKind.STAGE, "", fields), *_reasons(span, gained)]


def _reasons(span: Span, gained: Difference) -> list[Sample]:
    return [
        span.sample(SampleKind.REASON, f"{event}/{reason}", {"event": event.value, "reason": reason, "count": count})
        for event, (metric, label) in _REASONS.items()
        for reason, count in gained.by_label(metric, label).items()
    ]


def _blockage(status: WorkerStatus) -> dict[str, str]:
    fields: dict[str, str] = {}
    if status.blocked:
        fields |= {"blocked_where": status.blocked[0].where, "blocked_why": _sentence(status.blocked[0])}
    if status.last_error:
        fields |= {"last_error": _sentence(status.last_error), "last_error_at": format_date(status.last_error.since)}
    return fields


def _sentence(blockage: Blockage) -> str:
    return blockage.why[:MAX_TEXT_CHARS]


def _rounded(value: float | None, factor: float = 1) -> float | None:
    return None if value is None else round(value * factor, 2)
