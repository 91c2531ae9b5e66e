"""The roles of the pipeline: which topics each reads, and its consumer group. The same on both runtimes.

Imports only `schemas`.
"""

from dataclasses import dataclass
from typing import Final

from schemas import topics
from schemas.topics import Topic


@dataclass(frozen=True, slots=True)
class Role:
    """One stage of the pipeline, run by one consumer group."""

    name: str
    inputs: tuple[Topic, ...]

    @property
    def backfill(self) -> tuple[Topic, ...]:
        """Those of the inputs that are read only while live work is not waiting."""
        return tuple(topic for topic in self.inputs if topic in topics.BACKFILLS)

    @property
    def group(self) -> str:
        """The consumer group whose offsets say how far the role has come."""
        return f"newswire-{self.name}"


ENRICH: Final = Role("enrich", (topics.RAW, topics.BACKFILL_RAW))
INDEX: Final = Role("index", (topics.ENRICHED, topics.BACKFILL_ENRICHED))
GROUP: Final = Role("group", (topics.INDEXED,))
ALERT: Final = Role("alert", (topics.GROUPED,))

ROLES: Final = (ENRICH, INDEX, GROUP, ALERT)
BY_NAME: Final = {role.name: role for role in ROLES}
