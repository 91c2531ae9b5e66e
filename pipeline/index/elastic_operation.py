"""A document as it was found, and one as it is to be written. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.index.base import Versions


@dataclass(frozen=True, slots=True)
class Held:
    """A document as it stands, to be replaced only while it still does. `source` holds what was asked for of it."""

    index: str
    seq_no: int
    primary_term: int
    source: Mapping[str, Any]

    @property
    def article_id(self) -> str:
        """Its article."""
        return str(self.source["article_id"])

    @property
    def versions(self) -> Versions:
        """What a write has to exceed."""
        return self.source["version"], self.source["enrichment"]["version"], self.source.get("correction_revision", 0)


@dataclass(frozen=True, slots=True)
class Operation:
    """One action of a bulk request: its two lines, the index it writes to, and the id that the answer must name."""

    document_id: str
    index: str
    action: bytes
    source: bytes

    @property
    def size(self) -> int:
        """Bytes of the request that it takes."""
        return len(self.action) + len(self.source) + 2
