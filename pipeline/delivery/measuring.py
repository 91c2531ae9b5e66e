"""What a delivery worker measures beside its counts: how old messages are, and what the step counts by itself.

Messages and a step in, metrics out. Imports only delivery modules, the clock and the metrics.
"""

from datetime import datetime

from pipeline.clock import age_s
from pipeline.delivery.outcome import CountingStep, Step
from pipeline.delivery.provenance import is_live, raw_timestamp_ms
from pipeline.delivery.tracker import Tracker
from pipeline.metrics import LATENCY_SECONDS, OLDEST_SECONDS, TOTAL_SECONDS, StageMetrics
from schemas.message import Message


def measure_latency(metrics: StageMetrics, message: Message, now: datetime) -> None:
    """Observe how long a live message took to its end, from its arrival on this topic and on the raw topic."""
    if not is_live(message):
        return
    metrics.observe(LATENCY_SECONDS, age_s(message.timestamp_ms, now))
    raw_ms = raw_timestamp_ms(message)
    if raw_ms is not None:
        metrics.observe(TOTAL_SECONDS, age_s(raw_ms, now))


def measure_work(metrics: StageMetrics, step: Step, tracker: Tracker, now: datetime) -> None:
    """Show the age of the oldest message in work, and the step's own counts."""
    oldest_ms = tracker.oldest_ms()
    metrics.set(OLDEST_SECONDS, 0.0 if oldest_ms is None else age_s(oldest_ms, now))
    if isinstance(step, CountingStep):
        for metric, total in step.totals().items():
            metrics.raise_to(metric, total)
