"""The fields of `news-pipeline-metrics`: what the processes of the pipeline say about themselves, as documents.

A sample covers the time since the sample before it, so that counts of any number of samples can be added up. `kind`
says which fields it has:

- `stage`: one per stage of a process, every few seconds: what it finished, how fast, and what it waits for;
- `reason`: one per stage and reason for which something was refused, dropped or tried again in that time,
  or kind of alert or channel by which one was sent;
- `source`: one per publisher, every few minutes: what came of it, and what its own rhythm lets expect.

Imports only the table of the article's fields, whose kinds it shares.
"""

from enum import StrEnum
from typing import Final

from schemas.fields import IndexField, Kind


class SampleKind(StrEnum):
    """What a sample is about."""

    STAGE = "stage"
    REASON = "reason"
    SOURCE = "source"


class Event(StrEnum):
    """What a sample of kind `reason` counts; `reason` says why, or where in the worker."""

    DEAD_LETTER = "dead-letter"
    DROPPED = "dropped"
    RETRY = "retry"
    FETCH_REFUSED = "fetch-refused"
    ALERT_RAISED = "alert-raised"
    ALERT_SENT = "alert-sent"
    ALERT_FAILED = "alert-failed"


def _keyword(name: str, about: str) -> IndexField:
    return IndexField(name, Kind.KEYWORD, about, facet=True)


def _count(name: str, about: str) -> IndexField:
    return IndexField(name, Kind.INTEGER, about, sort=True)


def _level(name: str, about: str) -> IndexField:
    return IndexField(name, Kind.INTEGER, about + ", at the end of the sample", sort=True)


def _measure(name: str, about: str) -> IndexField:
    return IndexField(name, Kind.FLOAT, about, sort=True)


def _date(name: str, about: str) -> IndexField:
    return IndexField(name, Kind.DATE, about, sort=True)


COMMON_FIELDS: Final = (
    _date("at", "end of the time that the sample covers"),
    _keyword("kind", "stage, reason or source"),
    _keyword("process", "host:pid of the process that says so"),
    _keyword("stage", "feeds, enrich, index, group or alert"),
    _measure("interval_s", "length of the time that the sample covers"),
)
STAGE_FIELDS: Final = (
    _keyword("state", "starting, running, stopping or stopped"),
    _count("received", "messages taken from the log"),
    _count("done", "messages finished with their outputs confirmed"),
    _count("dropped", "messages finished because nothing was to be done"),
    _count("dead_lettered", "messages finished as dead letters"),
    _count("outputs", "messages confirmed by the next topic"),
    _count("retries", "attempts that had to be repeated"),
    _count("stale", "messages given up to another worker"),
    _count("conflicts", "documents decided again because another writer came in between"),
    _count("pool_restarts", "enrichment processes that broke and were replaced"),
    _count("cache_hits", "paragraphs whose names were known already"),
    _count("cache_misses", "paragraphs that were read for names"),
    _count("batches", "batches given to the step"),
    _measure("batch_records", "messages in a batch, mean"),
    _measure("batch_ms", "milliseconds that the step took for a batch, mean"),
    _measure("latency_p50_ms", "from a live message's arrival on the topic to its end here, median"),
    _measure("latency_p99_ms", "the same, 99th percentile"),
    _measure("total_p50_ms", "from a live article's publication on the raw topic to its end here, median"),
    _measure("total_p99_ms", "the same, 99th percentile"),
    _level("lag", "messages on the stage's topics that its consumer group has not finished"),
    _level("lag_backfill", "the part of lag that is back-fill"),
    IndexField("oldest_unfinished_s", Kind.FLOAT, "age of the oldest message in work, at the end of the sample"),
    _level("inbox_records", "messages waiting in the process"),
    _level("inbox_bytes", "bytes waiting in the process"),
    _level("batches_in_flight", "batches being worked on"),
    _level("unacknowledged", "messages taken and not yet acknowledged"),
    _level("blocked", "things being tried again"),
    _keyword("blocked_where", "the thing that has been tried longest: step, outputs, dead-letters, acknowledge, poll"),
    _keyword("blocked_why", "its last error"),
    _keyword("last_error", "the last error since the process started, whatever became of it"),
    _date("last_error_at", "when that was"),
    _level("memory_bytes", "resident memory of the process and its enrichment processes"),
)
REASON_FIELDS: Final = (
    _keyword("event", "dead-letter, dropped, retry, fetch-refused, alert-raised, alert-sent or alert-failed"),
    _keyword("reason", "why; for a retry where, for an alert its kind or the channel"),
    _count("count", "how often"),
)
SOURCE_FIELDS: Final = (
    _keyword("source.id", "publisher, as the registry calls it"),
    _keyword("source.name", "publisher's name"),
    _keyword("source.domain", "publisher's domain"),
    _count("articles", "articles and new versions indexed"),
    _measure("expected_articles", "articles that its rhythm of the last four weeks lets expect in this time"),
    _date("last_seen_at", "when its last article was fetched"),
    _count("undated", "articles without a publication time"),
    _count("date_conflicts", "articles whose signals of the publication time disagree"),
    _count("failed_steps", "articles of which an enrichment step failed"),
    _count("short_texts", "articles whose text is so short that extraction has probably missed it"),
    _count("refused", "inputs that were refused as no article, or as unusable"),
)
SAMPLE_FIELDS: Final = (*COMMON_FIELDS, *STAGE_FIELDS, *REASON_FIELDS, *SOURCE_FIELDS)
BY_NAME: Final = {field.name: field for field in SAMPLE_FIELDS}
