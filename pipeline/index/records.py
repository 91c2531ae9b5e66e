"""What is kept in the index beside articles and stories: small records that people and roles share.

`RecordStore` is a part of every `ArticleIndex`, so that each process that searches sees the same records. Changes are
compare-and-set by revision. Calls block. Imports nothing of ours.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Collection(StrEnum):
    """The kinds of records."""

    SAVED_SEARCHES = "saved-searches"
    ALERTS = "alerts"


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record: `content` is JSON text; `owner`, `at` and `due_at` (None: never) are what it is found by.

    `revision` says which state of it was read; None for one that is not stored yet.
    """

    collection: Collection
    record_id: str
    owner: str
    at: datetime
    due_at: datetime | None
    content: str
    revision: str | None = None


class RecordStore(Protocol):
    """Records by id. What was written is found at once, by every method."""

    def create(self, records: Sequence[StoredRecord]) -> Sequence[bool]:
        """Store those whose id is free, and return for each whether it was. Durable on return.

        Raises:
            Unavailable: no answer; any of them may have been stored.
            ConfigurationError: a person has to act.
        """

    def replace(self, records: Sequence[StoredRecord]) -> Sequence[bool]:
        """Store those that are still as their `revision` says, and return for each whether it was. Errors as `create`.

        Raises:
            ValueError: one has no revision.
        """

    def read(self, collection: Collection, record_ids: Sequence[str]) -> Mapping[str, StoredRecord]:
        """Return those that exist, by id."""

    def newest(self, collection: Collection, limit: int, owner: str | None = None) -> Sequence[StoredRecord]:
        """Return the last `limit` records by `at`, the newest first; with `owner` only theirs."""

    def due(self, collection: Collection, now: datetime, limit: int) -> Sequence[StoredRecord]:
        """Return records whose `due_at` has come, the earliest first."""

    def delete(self, collection: Collection, record_ids: Sequence[str]) -> None:
        """Remove records; those that do not exist are passed over."""

    def delete_before(self, collection: Collection, at: datetime) -> int:
        """Remove records of before `at` that are not due at any time; return how many went."""
