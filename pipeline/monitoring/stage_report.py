"""How each stage does at this moment, from the last samples of its processes. Pure.

Samples and lags in, one report a stage out. A process counts as running while its last sample is fresh and does not say
that it has stopped.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from pipeline.index.samples import Sample
from pipeline.index.validation import parse_date
from schemas.sample_fields import Event, SampleKind

WINDOW: Final = timedelta(minutes=10)
"""Samples that are looked at."""
RATE_WINDOW: Final = timedelta(minutes=1)
"""What rates and latencies are of: a few samples of each process."""
FRESH_INTERVALS: Final = 3
LEAST_FRESH: Final = timedelta(seconds=30)
_ALERTS: Final = ((Event.ALERT_RAISED, "raised"), (Event.ALERT_SENT, "sent"), (Event.ALERT_FAILED, "failed"))

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that does not go on, or the last thing that did not. `process` is host:pid."""

    process: str
    where: str | None
    why: str
    at: datetime | None
    blocked: bool


@dataclass(frozen=True, slots=True)
class StageReport:
    """A stage over all its processes.

    Attributes:
        stage: its name.
        processes: how many run now.
        states: what they say of themselves, e.g. `running 2`.
        per_second: messages finished in the last minute, a second.
        outputs_per_second: messages sent on.
        latency_p50_ms: of live messages from arrival to end, the median of the busiest process; None without any.
        latency_p99_ms: the worst 99th percentile of a process.
        waiting: messages that its group has not finished; None when the log did not say.
        oldest_s: age of the oldest message in work.
        retries: attempts repeated in the last ten minutes; conflicts, dead_letters and pool_restarts likewise.
        cache_hit_share: paragraphs whose names were known, 0 to 1; None where nothing was read.
        memory_bytes: of all its processes.
        alerts: raised, sent and failed (given up) in the last ten minutes; empty but for the alert role.
        troubles: what is blocked, then the last errors.
    """

    stage: str
    processes: int
    states: str
    per_second: float
    outputs_per_second: float
    latency_p50_ms: float | None
    latency_p99_ms: float | None
    waiting: int | None
    oldest_s: float
    retries: int
    conflicts: int
    dead_letters: int
    pool_restarts: int
    cache_hit_share: float | None
    memory_bytes: int
    alerts: Mapping[str, int]
    troubles: tuple[Trouble, ...]


def report_stage(stage: str, samples: Sequence[Sample], waiting: int | None, now: datetime) -> StageReport:
    """Return the report of one stage; `samples` may hold those of others too, the newest first."""
    all_own = [sample for sample in samples if sample.fields["stage"] == stage and sample.at > now - WINDOW]
    own = [sample for sample in all_own if sample.fields["kind"] == SampleKind.STAGE]
    newest: dict[str, Sample] = {}
    for sample in own:
        newest.setdefault(sample.fields["process"], sample)
    running = [sample for sample in newest.values() if is_running(sample, now)]
    recent = [sample for sample in own if sample.at > now - RATE_WINDOW]
    states: dict[str, int] = {}
    for sample in running:
        state = "blocked" if sample.fields.get("blocked") else sample.fields["state"]
        states[state] = states.get(state, 0) + 1
    hits, misses = _sum(own, "cache_hits"), _sum(own, "cache_misses")
    return StageReport(
        stage=stage,
        processes=len(running),
        states=", ".join(f"{state} {number}" for state, number in sorted(states.items())),
        per_second=_per_second(recent, "done", "dropped", "dead_lettered"),
        outputs_per_second=_per_second(recent, "outputs"),
        latency_p50_ms=_of_busiest(recent, "latency_p50_ms"),
        latency_p99_ms=max((s.fields["latency_p99_ms"] for s in recent if "latency_p99_ms" in s.fields), default=None),
        waiting=waiting,
        oldest_s=max((sample.fields.get("oldest_unfinished_s", 0.0) for sample in running), default=0.0),
        retries=_sum(own, "retries"),
        conflicts=_sum(own, "conflicts"),
        dead_letters=_sum(own, "dead_lettered"),
        pool_restarts=_sum(own, "pool_restarts"),
        cache_hit_share=hits / (hits + misses) if hits + misses else None,
        memory_bytes=_sum(running, "memory_bytes"),
        alerts=_alerts(all_own),
        troubles=tuple(_troubles(running)),
    )


def is_running(sample: Sample, now: datetime) -> bool:
    """Whether a process whose newest sample this is can be taken to run."""
    interval = timedelta(seconds=sample.fields["interval_s"])
    return sample.fields["state"] != "stopped" and sample.at > now - max(FRESH_INTERVALS * interval, LEAST_FRESH)


def _troubles(running: Sequence[Sample]) -> list[Trouble]:
    found = []
    for sample in running:
        fields = sample.fields
        if fields.get("blocked"):
            where, why = fields.get("blocked_where"), fields.get("blocked_why", "")
            found.append(Trouble(fields["process"], where, why, None, blocked=True))
        elif error := fields.get("last_error"):
            found.append(Trouble(fields["process"], None, error, parse_date(fields["last_error_at"]), blocked=False))
    return sorted(found, key=lambda one: not one.blocked)


def _sum(samples: Sequence[Sample], field: str) -> int:
    return sum(sample.fields.get(field, 0) for sample in samples)


def _alerts(samples: Sequence[Sample]) -> dict[str, int]:
    counts = {
        end: _sum([one for one in samples if one.fields.get("event") == event], "count") for event, end in _ALERTS
    }
    return counts if any(counts.values()) else {}


def _per_second(samples: Sequence[Sample], *fields: str) -> float:
    """Return the sum over processes of what each did, by the time that its samples cover."""
    covered: dict[str, float] = {}
    done: dict[str, int] = {}
    for sample in samples:
        process = sample.fields["process"]
        covered[process] = covered.get(process, 0.0) + sample.fields["interval_s"]
        done[process] = done.get(process, 0) + sum(sample.fields.get(field, 0) for field in fields)
    return round(sum(done[process] / covered[process] for process in done if covered[process] > 0), 2)


def _of_busiest(samples: Sequence[Sample], field: str) -> float | None:
    having = [sample for sample in samples if field in sample.fields]
    return max(having, key=lambda sample: sample.fields.get("done", 0)).fields[field] if having else None
