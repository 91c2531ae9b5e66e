"""Where the pipeline's samples are kept, whatever engine they stand in.

`SampleStore` is implemented by `SqliteSamples` (embedded) and `ElasticSamples`; both pass the same contract suite.
Fields are those of `schemas/sample_fields.py`. Calls block.
Imports only `schemas`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from schemas.sample_fields import SampleKind

MAX_READ: Final = 10_000
"""Samples in one answer, the newest first: what Elasticsearch gives in one page."""
FILE_NAME: Final = "samples.db"


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample. `sample_id` makes writing it twice harmless; `fields` holds `at` and `kind` too, as JSON values."""

    sample_id: str
    at: datetime
    fields: Mapping[str, Any]


class SampleStore(Protocol):
    """Keeps samples, and gives back the latest."""

    def write(self, samples: Sequence[Sample]) -> None:
        """Store the samples; one whose id is known replaces that one.

        Raises:
            Unavailable: not all of them were stored; the same call may succeed later.
            ConfigurationError: a person has to act, for instance run `newswire setup`.
        """

    def read(self, kinds: Collection[SampleKind], since: datetime, limit: int = MAX_READ) -> Sequence[Sample]:
        """Return the samples taken after `since`, the newest first, at most `limit`. Sees all finished writes.

        Raises:
            Unavailable: no answer.
        """

    def prune_before(self, before: datetime, *, dry_run: bool = False) -> int:
        """Delete what is older, as far as it is kept apart (Elasticsearch: whole months); return how many samples."""

    def close(self) -> None:
        """Release files and connections. Harmless when repeated."""
