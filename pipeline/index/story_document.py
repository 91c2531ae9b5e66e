"""A story as an index holds it, and how stories are listed. Imports nothing of ours."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class StoryDocument:
    """A story as `newswire stories` shows it; the numbers are what stories are listed by.

    `content` is JSON text, see `pipeline.stories.story`. `size` 0: it was joined to another one. `facts` are what
    Kibana counts by, all of it said by `content` too: written to Elasticsearch and never read back.
    """

    story_id: str
    size: int
    day_count: int
    first_seen_at: datetime
    last_seen_at: datetime
    content: str
    facts: Mapping[str, Any] = field(default_factory=dict, compare=False)


class StoryOrder(StrEnum):
    """How stories are listed: most articles, most within the day before the last one, or the newest."""

    SIZE = "size"
    GROWTH = "growth"
    NEWEST = "newest"
