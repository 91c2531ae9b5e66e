"""Two hours of a small pipeline as its processes would sample it: busy, once blocked, with a few dead letters."""

import math
from collections.abc import Iterator
from datetime import datetime, timedelta

from pipeline.index.samples import Sample
from pipeline.index.validation import format_date
from schemas.sample_fields import Event, SampleKind

STEP_S = 300
SAMPLES = 24
_STAGES = {"enrich": 900.0, "index": 120.0, "group": 40.0}
SOURCES = ("The Quay Gazette", "Hafenblatt", "Le Phare")
"""None of the demo corpus, which may bring samples of its own."""


def make_samples(end: datetime) -> list[Sample]:
    """Return the samples of the two hours before `end`."""
    return [*_stage_samples(end), *_reason_samples(end), *_source_samples(end)]


def _times(end: datetime) -> Iterator[tuple[int, datetime]]:
    yield from ((number, end - timedelta(seconds=STEP_S * (SAMPLES - 1 - number))) for number in range(SAMPLES))


def _stage_samples(end: datetime) -> Iterator[Sample]:
    for number, at in _times(end):
        wave = 1 + math.sin(number / 4)
        for place, (stage, latency) in enumerate(_STAGES.items()):
            is_blocked = stage == "index" and number in {10, 11}
            done = 0 if is_blocked else round(40 * wave) + 10
            fields: dict[str, object] = {
                "state": "running",
                "received": done + 1,
                "done": done,
                "dropped": number % 3,
                "outputs": done,
                "dead_lettered": int(number == 5 and stage == "enrich"),
                "retries": 4 * is_blocked,
                "stale": 0,
                "conflicts": number % 2,
                "pool_restarts": int(number == 7),
                "batches": 6,
                "batch_records": 8.5 * wave + 1,
                "batch_ms": latency * 0.6,
                "latency_p50_ms": latency * wave + 5,
                "latency_p99_ms": latency * 4,
                "total_p50_ms": latency * 2,
                "total_p99_ms": latency * 9,
                "lag": 300 * is_blocked + round(20 * wave),
                "lag_backfill": 0,
                "oldest_unfinished_s": 2.0 + 250 * is_blocked,
                "inbox_records": round(8 * wave),
                "memory_bytes": (450 - 120 * place + number) * 2**20,
                "blocked": int(is_blocked),
            }
            if stage == "enrich":
                fields |= {"cache_hits": round(60 * wave), "cache_misses": 110}
            if is_blocked:
                fields |= {"blocked_where": "step", "blocked_why": "Elasticsearch does not answer"}
            if stage == "index" and number >= 10:
                fields |= {"last_error": "Elasticsearch does not answer", "last_error_at": format_date(end)}
            yield _sample(SampleKind.STAGE, at, stage, f"{stage}-{number}", f"quay:{place + 7}", fields)


def _reason_samples(end: datetime) -> Iterator[Sample]:
    for number, at in _times(end):
        for event, reason, every in (
            (Event.DEAD_LETTER, "bad-record", 7),
            (Event.DROPPED, "not-an-article", 2),
            (Event.DROPPED, "older-version", 5),
            (Event.RETRY, "step", 11),
        ):
            if number % every == 0:
                fields: dict[str, object] = {"event": event.value, "reason": reason, "count": number % 4 + 1}
                yield _sample(SampleKind.REASON, at, "enrich", f"{event}-{reason}-{number}", "quay:7", fields)


def _source_samples(end: datetime) -> Iterator[Sample]:
    for number, at in _times(end):
        for place, name in enumerate(SOURCES):
            articles = 0 if place == 2 and number > 12 else (number + place) % 4
            fields: dict[str, object] = {
                "source.id": name.lower().replace(" ", "-"),
                "source.name": name,
                "source.domain": f"s{place}.example",
                "articles": articles,
                "expected_articles": 1.5,
                "undated": int(place == 1 and number % 6 == 0),
                "date_conflicts": int(number % 9 == 0),
                "failed_steps": 0,
                "short_texts": int(number % 8 == 0),
                "refused": int(number % 10 == 0),
                "last_seen_at": format_date(at),
            }
            yield _sample(SampleKind.SOURCE, at, "index", f"source-{place}-{number}", "quay:8", fields)


def _sample(kind: SampleKind, at: datetime, stage: str, name: str, process: str, fields: dict[str, object]) -> Sample:
    common = {
        "at": format_date(at),
        "kind": kind.value,
        "process": process,
        "stage": stage,
        "interval_s": float(STEP_S),
    }
    return Sample(f"{kind}-{name}", at, {**common, **fields})
