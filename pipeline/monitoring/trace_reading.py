"""Finds what the log and the index hold of one article: the evidence for its trace.

Log and index by their protocols, an id in; messages, document and offsets out. Only the partition that the id belongs
to is read, and with a time only from there on, found by halving.
"""

from collections.abc import Callable, Iterator
from datetime import datetime

from pipeline.clock import epoch_ms
from pipeline.index.base import ArticleIndex, StoredArticle
from pipeline.index.records import Collection
from pipeline.index.validation import parse_date
from pipeline.log.base import Log, OffsetRange
from pipeline.log.partitioner import partition_for_key
from pipeline.monitoring.trace import STAGE_OF, Evidence
from pipeline.monitoring.trace_steps import TRACED, Stage, TraceStep
from pipeline.roles import ROLES
from schemas.message import Message, TopicPartition

PAGE = 500
MAX_ALERTS = 1000

OnProgress = Callable[[str, int, int], None]
"""Called with the topic, the messages read of it so far, and all that have to be read."""


def read_evidence(
    log: Log, index: ArticleIndex, article_id: str, since: datetime | None = None, on_progress: OnProgress | None = None
) -> Evidence:
    """Return everything that is held of the article, messages in the order of the pipeline.

    Raises:
        Unavailable: log or index does not answer.
    """
    key = article_id.encode()
    messages = [
        message
        for topic in TRACED
        for message in _read_key(log, topic.name, partition_for_key(key, topic.partitions), key, since, on_progress)
    ]
    stored = index.get(article_id)
    return Evidence(
        article_id,
        messages,
        stored,
        None if stored is None else _index_name(index, stored),
        tuple(_read_alerts(index, article_id)),
        _read_committed(log, messages),
    )


def _read_key(
    log: Log, topic: str, partition: int, key: bytes, since: datetime | None, on_progress: OnProgress | None
) -> Iterator[Message]:
    span = log.offsets(topic).get(partition, OffsetRange(0, 0))
    start = begin = span.begin if since is None else _find_offset(log, topic, partition, span, epoch_ms(since))
    while start < span.end:
        messages = log.read(topic, partition, start, PAGE)
        if not messages:
            return
        yield from (message for message in messages if message.key == key)
        start = messages[-1].offset + 1
        if on_progress:
            on_progress(topic, start - begin, span.end - begin)


def _find_offset(log: Log, topic: str, partition: int, span: OffsetRange, at_ms: int) -> int:
    """Return an offset before which no message is younger than `at_ms`; messages stand in the order of their times."""
    low, high = span
    while low < high:
        middle = (low + high) // 2
        found = log.read(topic, partition, middle, 1)
        if found and found[0].timestamp_ms < at_ms:
            low = found[0].offset + 1
        else:
            high = middle
    return low


def _index_name(index: ArticleIndex, stored: StoredArticle) -> str | None:
    month = f"{parse_date(stored.fields['first_seen_at']):%Y.%m}"
    return next((usage.name for usage in index.list_indices() if usage.month == month), None)


def _read_committed(log: Log, messages: list[Message]) -> dict[TopicPartition, int]:
    """Return how far the stages have come on the partitions of these messages; 0 where nothing was committed yet."""
    committed: dict[TopicPartition, int] = {}
    for topic in {message.topic for message in messages} & STAGE_OF.keys():
        group = next(role.group for role in ROLES if role.name == STAGE_OF[topic])
        offsets = log.committed(group, topic)
        for message in messages:
            if message.topic == topic:
                committed[message.topic_partition] = offsets.get(message.partition, 0)
    return committed


def _read_alerts(index: ArticleIndex, article_id: str) -> Iterator[TraceStep]:
    """Yield the alerts about the article among the last ones."""
    for record in index.records.newest(Collection.ALERTS, MAX_ALERTS):
        if article_id in record.content:
            yield TraceStep(
                at=record.at, stage=Stage.ALERTED, facts={"alert": record.record_id, "saved_search": record.owner}
            )
