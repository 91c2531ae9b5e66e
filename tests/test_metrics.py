"""Metrics: one list, a registry of one's own, and names that a Prometheus server accepts."""

import re

import pytest
from prometheus_client import REGISTRY, CollectorRegistry

from pipeline.metrics import BATCH_SECONDS, BLOCKED, DROPPED, FINISHED, METRICS, RECEIVED, Kind, Metric, Metrics


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_names_follow_the_conventions(metric: Metric) -> None:
    """Every name has our prefix, counters end in _total and nothing else does, durations are in seconds."""
    assert re.fullmatch(r"newswire_[a-z_]+", metric.name)
    assert metric.name.endswith("_total") == (metric.kind is Kind.COUNTER)
    assert metric.about


def test_names_are_unique() -> None:
    """Two metrics with one name would add up to nonsense."""
    assert len({metric.name for metric in METRICS}) == len(METRICS)


def test_stages_and_labels_are_counted_apart() -> None:
    """Each stage and each label value has its own count, and untouched ones show 0."""
    metrics = Metrics()
    enrich, index = metrics.at("enrich"), metrics.at("index")
    enrich.count(RECEIVED, 3)
    enrich.count(RECEIVED)
    index.count(RECEIVED, 5)
    enrich.count(DROPPED, reason="same-version")
    enrich.set(BLOCKED, 2)
    enrich.set(BLOCKED, 1)
    assert [metrics.value(RECEIVED, stage=stage) for stage in ("enrich", "index", "group")] == [4, 5, 0]
    assert metrics.value(DROPPED, stage="enrich", reason="same-version") == 1
    assert metrics.value(BLOCKED, stage="enrich") == 1
    assert metrics.value(FINISHED, stage="enrich", outcome="done") == 0


def test_two_programs_in_one_process_do_not_mix() -> None:
    """Each has its own registry; the global one of the library stays untouched."""
    first, second = Metrics(), Metrics(CollectorRegistry())
    first.at("enrich").count(RECEIVED)
    assert second.value(RECEIVED, stage="enrich") == 0
    assert not any(family.name.startswith("newswire") for family in REGISTRY.collect())


def test_render_is_the_text_format() -> None:
    """What /metrics serves names type, help and values, histograms with their buckets."""
    metrics = Metrics()
    metrics.at("index").count(RECEIVED, 7)
    metrics.at("index").observe(BATCH_SECONDS, 0.3)
    lines = metrics.render().decode().splitlines()
    assert 'newswire_received_total{stage="index"} 7.0' in lines
    assert "# TYPE newswire_received_total counter" in lines
    assert 'newswire_step_seconds_bucket{le="0.5",stage="index"} 1.0' in lines
    assert 'newswire_step_seconds_bucket{le="0.25",stage="index"} 0.0' in lines
