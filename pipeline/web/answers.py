"""What the JSON API answers beside a search: errors and profiles. Records; imports only `schemas`."""

from typing import Annotated, Any

from pydantic import Field

from schemas.base import Record, UtcDatetime


class ErrorFacts(Record):
    """Why there is no answer. `reason` is kebab-case and stable."""

    reason: str
    message: str


class ErrorAnswer(Record):
    """An error."""

    error: ErrorFacts


class IngestItem(Record):
    """What became of one article of a request, by its place in it (from 0)."""

    item: Annotated[int, Field(ge=0)]
    status: Annotated[str, Field(pattern="^(accepted|unchanged|rejected)$")]
    article_id: str | None = None
    reason: str | None = None
    message: str | None = None


class IngestAnswer(Record):
    """What became of a request. Accepted articles are durable in the log; sending them again changes nothing."""

    accepted: int
    unchanged: int
    rejected: int
    items: tuple[IngestItem, ...]


class TopicStatus(Record):
    """Messages kept in a topic, and how many of them each consumer group has not finished."""

    name: str
    messages: int
    waiting: dict[str, int]


class StageStatus(Record):
    """A stage of the pipeline over all its processes: rate and latency of the last minute, counts of the last ten.

    `latency_p99_ms` is from a message's arrival to its end; `alerts` were raised, sent or given up (failed);
    `troubles` say what is blocked now, and why.
    """

    name: str
    processes: int
    per_second: float
    latency_p99_ms: float | None
    waiting: int | None
    retries: int
    refused: int
    alerts: dict[str, int]
    troubles: tuple[str, ...]


class StatusAnswer(Record):
    """What is where. `dead_letters` counts by reason what was refused."""

    checked_at: UtcDatetime
    articles: int
    newest_published_at: UtcDatetime | None
    stages: tuple[StageStatus, ...]
    topics: tuple[TopicStatus, ...]
    dead_letters: dict[str, int]
    versions: dict[str, Any]
