"""From two snapshots of metrics to the samples between them."""

from datetime import UTC, datetime

import pytest

from pipeline.delivery.retry import Blockage
from pipeline.delivery.status import State, WorkerStatus
from pipeline.metrics import (
    BATCH_RECORDS,
    BATCH_SECONDS,
    DEAD_LETTERS,
    DROPPED,
    FINISHED,
    LATENCY_SECONDS,
    METRICS,
    OUTPUTS,
    POLLS,
    REFUSED,
    RETRIES,
    Metrics,
)
from pipeline.monitoring.quantile import estimate_quantile
from pipeline.monitoring.stage_samples import Span, build_poller_samples, build_stage_samples
from schemas.sample_fields import BY_NAME

AT = datetime(2026, 7, 15, 12, tzinfo=UTC)
SPAN = Span("quay:7", "index", AT, 10.0)
BLOCKED = Blockage("step", AT, "connection refused", 3, needs_person=False)


def status(*blocked: Blockage) -> WorkerStatus:
    """Return the state of a worker at work."""
    return WorkerStatus("index", State.RUNNING, blocked, 5, 5000, 1, 7, None, last_error=BLOCKED)


def test_counts_are_those_of_the_time_between() -> None:
    """What was counted before the span is not in its samples; each reason has a sample of its own."""
    metrics = Metrics()
    index = metrics.at("index")
    index.count(FINISHED, 100, outcome="done")
    index.count(RETRIES, 4, where="step")
    before = metrics.snapshot("index")
    index.count(FINISHED, 6, outcome="done")
    index.count(FINISHED, 2, outcome="dead-letter")
    index.count(DEAD_LETTERS, 2, reason="index-mapping")
    index.count(FINISHED, outcome="dropped")
    index.count(DROPPED, reason="stale")
    index.count(OUTPUTS, 6)
    for seconds in (0.1, 0.3):
        index.observe(BATCH_SECONDS, seconds)
        index.observe(BATCH_RECORDS, 4)
    metrics.at("enrich").count(OUTPUTS, 50)
    stage, *reasons = build_stage_samples(SPAN, before, metrics.snapshot("index"), status(BLOCKED), 1000)
    assert stage.at == AT
    expected = {"done": 6, "dropped": 1, "dead_lettered": 2, "outputs": 6, "retries": 0, "batches": 2, "batch_ms": 200}
    assert {name: stage.fields[name] for name in expected} == expected
    assert (stage.fields["kind"], stage.fields["stage"], stage.fields["at"]) == (
        "stage",
        "index",
        "2026-07-15T12:00:00Z",
    )
    assert (stage.fields["blocked"], stage.fields["blocked_why"]) == (1, "connection refused")
    assert [(each.fields["event"], each.fields["reason"], each.fields["count"]) for each in reasons] == [
        ("dead-letter", "index-mapping", 2),
        ("dropped", "stale", 1),
    ]
    assert len({each.sample_id for each in (stage, *reasons)}) == 3


def test_every_field_is_in_the_table() -> None:
    """Whatever is counted, samples have only fields that the mapping knows."""
    metrics = Metrics()
    for metric in METRICS:
        labels = dict.fromkeys(metric.labels, "x")
        metrics.add(metric, 1.0, {"stage": "index", **labels})
    after = metrics.snapshot("index")
    samples = [*build_stage_samples(SPAN, {}, after, status(BLOCKED), 1), *build_poller_samples(SPAN, {}, after, 1)]
    assert {name for sample in samples for name in sample.fields} <= set(BY_NAME)


def test_a_quiet_time_has_a_sample_without_latencies() -> None:
    """A stage at rest says that it lives, and invents no latency."""
    (sample,) = build_stage_samples(SPAN, {}, Metrics().snapshot("index"), status(), 1)
    assert sample.fields["done"] == sample.fields["blocked"] == 0
    assert not {"latency_p50_ms", "batch_ms", "blocked_why"} & sample.fields.keys()


def test_latencies_are_quantiles_in_milliseconds() -> None:
    """Of 100 messages with 1 to 100 hundredths of a second, half took half a second."""
    metrics = Metrics()
    for number in range(1, 101):
        metrics.at("index").observe(LATENCY_SECONDS, number / 100)
    (sample,) = build_stage_samples(SPAN, {}, metrics.snapshot("index"), status(), 1)
    assert sample.fields["latency_p50_ms"] == pytest.approx(500, abs=20)
    assert sample.fields["latency_p99_ms"] == pytest.approx(990, abs=20)


def test_polls_and_their_refusals() -> None:
    """The poller's polls are what it received, and why feeds were not had is counted by reason."""
    metrics = Metrics()
    feeds = metrics.at("feeds")
    feeds.count(POLLS, 3, result="new")
    feeds.count(POLLS, 2, result="failed")
    feeds.count(REFUSED, 2, reason="timeout")
    sample, refused = build_poller_samples(SPAN, {}, metrics.snapshot("feeds"), 1)
    assert sample.fields["received"] == 5
    assert (refused.fields["event"], refused.fields["count"]) == ("fetch-refused", 2)


@pytest.mark.parametrize(
    ("buckets", "share", "value"),
    [
        ({}, 0.5, None),
        ({1.0: 0, float("inf"): 0}, 0.5, None),
        ({1.0: 4, 2.0: 4, float("inf"): 4}, 0.5, 0.5),
        ({1.0: 0, 2.0: 0, float("inf"): 9}, 0.5, 2.0),
        ({1.0: 5, 2.0: 10, float("inf"): 10}, 1.0, 2.0),
    ],
)
def test_quantiles(buckets: dict[float, float], share: float, value: float | None) -> None:
    """Between the bounds of a bucket it is a straight line; beyond the last bound, that bound."""
    assert estimate_quantile(buckets, share) == value
