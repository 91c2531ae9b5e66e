"""The topics table: the only place that says which topics exist, and how they are kept."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic. `retention` None means compacted: the newest message of each key is kept for ever."""

    name: str
    partitions: int
    retention: timedelta | None
    max_message_bytes: int

    @property
    def compacted(self) -> bool:
        """Whether the topic keeps the newest message of each key instead of a span of time."""
        return self.retention is None


RAW: Final = Topic("news.raw.v1", 12, timedelta(days=7), 2 * MIB)
ENRICHED: Final = Topic("news.enriched.v1", 12, timedelta(days=7), 3 * MIB)
INDEXED: Final = Topic("news.indexed.v1", 1, timedelta(days=14), 64 * 1024)
GROUPED: Final = Topic("news.grouped.v1", 1, timedelta(days=14), 64 * 1024)
DEAD_LETTER: Final = Topic("news.dead-letter.v1", 3, timedelta(days=30), 4 * MIB)
BACKFILL_RAW: Final = Topic("news.backfill.raw.v1", 12, timedelta(days=7), 2 * MIB)
BACKFILL_ENRICHED: Final = Topic("news.backfill.enriched.v1", 12, timedelta(days=7), 3 * MIB)
CORRECTIONS: Final = Topic("news.corrections.v1", 1, None, 64 * 1024)

TOPICS: Final = (RAW, ENRICHED, INDEXED, GROUPED, DEAD_LETTER, BACKFILL_RAW, BACKFILL_ENRICHED, CORRECTIONS)
BACKFILLS: Final = (BACKFILL_RAW, BACKFILL_ENRICHED)
"""Worked on only while live work is not waiting. Partitioned as their live twins: an article's key has one owner."""
BY_NAME: Final = {topic.name: topic for topic in TOPICS}
