"""The metrics that the program publishes: one typed list, and the registry that they live in.

Counts in, the Prometheus text format out. There is no global registry: whoever starts a program makes one and passes it
on. Imports only prometheus-client.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest


class Kind(StrEnum):
    """How a metric moves."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. Every metric has the label `stage` first; `labels` are those that follow it."""

    name: str
    kind: Kind
    about: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = Histogram.DEFAULT_BUCKETS


# Seconds from a message's arrival to its end: under a second at half load, hours behind a backlog.
_LATENCY_SECONDS: Final = (
    *(0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 7.5, 10.0),
    *(15.0, 20.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3600.0, 14400.0, 86400.0),
)
# Seconds of a batch: an index write takes 0.01 to 1 s, 64 articles through spaCy on one core about 10 s.
_BATCH_SECONDS: Final = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
# A page takes some 10 ms on a core of its own, an export of 100,000 articles a minute.
_REQUEST_SECONDS: Final = (0.005, 0.01, 0.02, 0.04, 0.08, 0.15, 0.3, 0.6, 1.0, 2.5, 5.0, 15.0, 60.0)
_BATCH_RECORDS: Final = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0)

# Intake: rises with each message that the source hands over, redelivered ones included.
RECEIVED: Final = Metric("newswire_received_total", Kind.COUNTER, "messages taken from the log")
# The ends of a message; together they equal `received` minus what is waiting, in flight or given back.
FINISHED: Final = Metric("newswire_finished_total", Kind.COUNTER, "messages that came to their end", ("outcome",))
# Why nothing had to be done, by the step's own reason codes.
DROPPED: Final = Metric("newswire_dropped_total", Kind.COUNTER, "messages dropped, by reason", ("reason",))
# Confirmed dead letters; an alert on anything but not-an-article is sensible.
DEAD_LETTERS: Final = Metric(
    "newswire_dead_letters_total", Kind.COUNTER, "dead letters written, by reason", ("reason",)
)
# Messages whose partition went to another worker before they were finished here; that worker has them.
STALE: Final = Metric("newswire_stale_total", Kind.COUNTER, "messages given up because their partition was taken away")
# Confirmed messages to the next topic.
OUTPUTS: Final = Metric("newswire_outputs_total", Kind.COUNTER, "messages confirmed by the next topic")
# The acknowledged prefix; `finished` runs ahead of it by at most the acknowledgement interval.
ACKNOWLEDGED: Final = Metric("newswire_acknowledged_total", Kind.COUNTER, "messages acknowledged to the log")
# Attempts that failed and will be repeated: step, outputs, dead-letters, acknowledge, poll.
RETRIES: Final = Metric("newswire_retries_total", Kind.COUNTER, "attempts that have to be repeated", ("where",))
# Above 0 for minutes: a dependency is down. /readyz says which.
BLOCKED: Final = Metric("newswire_blocked", Kind.GAUGE, "things that are being tried again now")
# Full inbox = back-pressure on the source, the normal state of a backlog.
INBOX_RECORDS: Final = Metric("newswire_inbox_records", Kind.GAUGE, "messages waiting to be started")
INBOX_BYTES: Final = Metric("newswire_inbox_bytes", Kind.GAUGE, "bytes waiting to be started")
# At its limit when the step or its outputs are the bottleneck.
BATCHES_IN_FLIGHT: Final = Metric("newswire_batches_in_flight", Kind.GAUGE, "batches that are being worked on")
# Grows while the oldest message of a partition is blocked and others pass it.
UNACKNOWLEDGED: Final = Metric("newswire_unacknowledged", Kind.GAUGE, "messages taken and not yet acknowledged")
BATCH_SECONDS: Final = Metric(
    "newswire_step_seconds", Kind.HISTOGRAM, "seconds that the step took for a batch", buckets=_BATCH_SECONDS
)
BATCH_RECORDS: Final = Metric(
    "newswire_step_records", Kind.HISTOGRAM, "messages in the batches given to the step", buckets=_BATCH_RECORDS
)
# Live messages only: how long a back-fill takes to come through says nothing about how fresh the news are.
LATENCY_SECONDS: Final = Metric(
    "newswire_latency_seconds",
    Kind.HISTOGRAM,
    "seconds from a live message's arrival on the stage's topic to its end there",
    buckets=_LATENCY_SECONDS,
)
TOTAL_SECONDS: Final = Metric(
    "newswire_total_seconds",
    Kind.HISTOGRAM,
    "seconds from a live article's arrival on the raw topic to its end in the stage",
    buckets=_LATENCY_SECONDS,
)
OLDEST_SECONDS: Final = Metric("newswire_oldest_unfinished_seconds", Kind.GAUGE, "age of the oldest message in work")
# From committed offsets, back-fill included; asked by the sampler, so that it is as old as the last sample.
LAG: Final = Metric("newswire_lag", Kind.GAUGE, "messages that the stage's consumer group has not finished", ("topic",))
# Two writers of one article, decided again and done; many of them mean that an article keeps changing.
CONFLICTS: Final = Metric("newswire_conflicts_total", Kind.COUNTER, "documents decided again after another writer")
# An article that kills its process costs two; a rise is a fault in a library or too little memory.
POOL_RESTARTS: Final = Metric("newswire_pool_restarts_total", Kind.COUNTER, "enrichment processes that broke")
CACHE_HITS: Final = Metric("newswire_cache_hits_total", Kind.COUNTER, "paragraphs whose names were known already")
CACHE_MISSES: Final = Metric("newswire_cache_misses_total", Kind.COUNTER, "paragraphs that were read for names")
MEMORY_BYTES: Final = Metric("newswire_memory_bytes", Kind.GAUGE, "resident memory, enrichment processes included")
# Samples that could not be kept (news-pipeline-metrics); nothing else suffers from it.
SAMPLES_LOST: Final = Metric("newswire_samples_lost_total", Kind.COUNTER, "samples that could not be written")

# The poller. Results: new, unchanged, not-modified, failed.
POLLS: Final = Metric("newswire_polls_total", Kind.COUNTER, "polls of feeds, by result", ("result",))
# Why feeds and their pages could not be had; a rise of one reason for many feeds at once is a fault of ours.
REFUSED: Final = Metric("newswire_fetch_refused_total", Kind.COUNTER, "feeds that were not had, by reason", ("reason",))
FEED_ARTICLES: Final = Metric("newswire_feed_articles_total", Kind.COUNTER, "articles that feeds brought and were sent")
# Articles that another feed had already brought.
SIGHTINGS: Final = Metric("newswire_feed_sightings_total", Kind.COUNTER, "articles that another feed had sent before")
PAGES: Final = Metric("newswire_pages_total", Kind.COUNTER, "pages fetched for full text, by result", ("result",))
FEEDS: Final = Metric("newswire_feeds", Kind.GAUGE, "feeds that are subscribed, by health", ("health",))
POLLS_IN_FLIGHT: Final = Metric("newswire_polls_in_flight", Kind.GAUGE, "polls under way, those that wait included")
# Grows when there are more feeds than can be polled at their rhythm.
POLL_DELAY_SECONDS: Final = Metric("newswire_poll_delay_seconds", Kind.GAUGE, "seconds that the last feed was overdue")

# Alerts: by what they are about, and what became of each of those who are told (webhook, mail, file).
ALERTS_RAISED: Final = Metric("newswire_alerts_raised_total", Kind.COUNTER, "alerts raised, by kind", ("kind",))
ALERTS_SENT: Final = Metric("newswire_alerts_sent_total", Kind.COUNTER, "alerts that a sink has taken", ("channel",))
# Each is tried again; a steady rise is a receiver that is down.
ALERTS_POSTPONED: Final = Metric(
    "newswire_alerts_postponed_total", Kind.COUNTER, "attempts to send an alert that failed", ("channel",)
)
ALERTS_FAILED: Final = Metric("newswire_alerts_failed_total", Kind.COUNTER, "alerts given up", ("channel",))
# Of all processes, those included that wait for another attempt.
ALERTS_PENDING: Final = Metric(
    "newswire_alerts_pending", Kind.GAUGE, "alerts that a sink has yet to take", ("channel",)
)

# The pages and the API. Routes are those of the program (`/articles/{article_id}`), `none` what is no page of it.
REQUESTS: Final = Metric("newswire_requests_total", Kind.COUNTER, "requests answered", ("route", "status"))
REQUEST_SECONDS: Final = Metric(
    "newswire_request_seconds", Kind.HISTOGRAM, "seconds to the end of the answer", ("route",), _REQUEST_SECONDS
)
REQUESTS_IN_FLIGHT: Final = Metric("newswire_requests_in_flight", Kind.GAUGE, "requests being answered")
# Before any page is reached: no-token, unknown-host, cross-site, too-many-requests, too-large.
REQUESTS_REFUSED: Final = Metric("newswire_requests_refused_total", Kind.COUNTER, "requests refused", ("reason",))
# Many that find nothing: people look for what is not there, or do not know how to ask.
SEARCHES: Final = Metric("newswire_searches_total", Kind.COUNTER, "searches of people and programs", ("result",))

METRICS: Final = (
    RECEIVED,
    FINISHED,
    DROPPED,
    DEAD_LETTERS,
    STALE,
    OUTPUTS,
    ACKNOWLEDGED,
    RETRIES,
    BLOCKED,
    INBOX_RECORDS,
    INBOX_BYTES,
    BATCHES_IN_FLIGHT,
    UNACKNOWLEDGED,
    BATCH_SECONDS,
    BATCH_RECORDS,
    LATENCY_SECONDS,
    TOTAL_SECONDS,
    OLDEST_SECONDS,
    LAG,
    CONFLICTS,
    POOL_RESTARTS,
    CACHE_HITS,
    CACHE_MISSES,
    MEMORY_BYTES,
    SAMPLES_LOST,
    POLLS,
    REFUSED,
    FEED_ARTICLES,
    SIGHTINGS,
    PAGES,
    FEEDS,
    POLLS_IN_FLIGHT,
    POLL_DELAY_SECONDS,
    ALERTS_RAISED,
    ALERTS_SENT,
    ALERTS_POSTPONED,
    ALERTS_FAILED,
    ALERTS_PENDING,
    REQUESTS,
    REQUEST_SECONDS,
    REQUESTS_IN_FLIGHT,
    REQUESTS_REFUSED,
    SEARCHES,
)


Snapshot = Mapping[tuple[str, tuple[tuple[str, str], ...]], float]
"""Values by name and labels, as Prometheus has them: a histogram is its `_bucket`s, `_sum` and `_count`."""


class Metrics:
    """All metrics of one process, in a registry of their own unless one is given."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or CollectorRegistry()
        self._children: dict[tuple[object, ...], Callable[[float], None]] = {}
        self._counters: dict[str, Counter] = {}
        self._gauges: dict[str, Gauge] = {}
        self._histograms: dict[str, Histogram] = {}
        for metric in METRICS:
            labels = ("stage", *metric.labels)
            match metric.kind:
                case Kind.COUNTER:
                    self._counters[metric.name] = Counter(metric.name, metric.about, labels, registry=self.registry)
                case Kind.GAUGE:
                    self._gauges[metric.name] = Gauge(metric.name, metric.about, labels, registry=self.registry)
                case Kind.HISTOGRAM:
                    self._histograms[metric.name] = Histogram(
                        metric.name, metric.about, labels, buckets=metric.buckets, registry=self.registry
                    )

    def at(self, stage: str) -> "StageMetrics":
        """Return the view of one stage, which fills in the label `stage`."""
        return StageMetrics(self, stage)

    def add(self, metric: Metric, amount: float, labels: Mapping[str, str]) -> None:
        """Add to a counter, set a gauge, or observe a value, as the metric's kind says."""
        # The children are kept: finding one again in prometheus-client costs more than the rest of a delivery step.
        found = (metric.name, *labels.items())
        apply = self._children.get(found)
        if apply is None:
            match metric.kind:
                case Kind.COUNTER:
                    apply = self._counters[metric.name].labels(**labels).inc
                case Kind.GAUGE:
                    apply = self._gauges[metric.name].labels(**labels).set
                case Kind.HISTOGRAM:
                    apply = self._histograms[metric.name].labels(**labels).observe
            self._children[found] = apply
        apply(amount)

    def value(self, metric: Metric, **labels: str) -> float:
        """Return what a counter or gauge shows; 0 when it was never touched. For reports and tests."""
        return self.registry.get_sample_value(metric.name, labels) or 0.0

    def snapshot(self, stage: str) -> "Snapshot":
        """Return every value of one stage at this moment, by name of the sample and its labels but `stage`."""
        return {
            (each.name, tuple(sorted(item for item in each.labels.items() if item[0] != "stage"))): each.value
            for family in self.registry.collect()
            for each in family.samples
            if each.labels.get("stage") == stage
        }

    def render(self) -> bytes:
        """Return everything in the Prometheus text format, for /metrics."""
        return generate_latest(self.registry)


class StageMetrics:
    """The metrics of one stage."""

    def __init__(self, metrics: Metrics, stage: str) -> None:
        self._metrics = metrics
        self._raised: dict[str, int] = {}
        self.stage = stage

    def count(self, metric: Metric, amount: int = 1, **labels: str) -> None:
        """Add to a counter."""
        self._metrics.add(metric, amount, {"stage": self.stage, **labels})

    def set(self, metric: Metric, value: float, **labels: str) -> None:
        """Set a gauge."""
        self._metrics.add(metric, value, {"stage": self.stage, **labels})

    def raise_to(self, metric: Metric, total: int) -> None:
        """Bring a counter up to a total that somebody else counts; a lower one changes nothing."""
        shown = self._raised.get(metric.name, 0)
        if total > shown:
            self._raised[metric.name] = total
            self.count(metric, total - shown)

    def snapshot(self) -> Snapshot:
        """Return every value of the stage at this moment, see `Metrics.snapshot`."""
        return self._metrics.snapshot(self.stage)

    def observe(self, metric: Metric, value: float, **labels: str) -> None:
        """Record one value of a histogram."""
        self._metrics.add(metric, value, {"stage": self.stage, **labels})
