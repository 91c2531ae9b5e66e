"""The monthly indices of a cluster: which exist, creating one, dropping old ones.

In: a client, the names, the clock. An index is created explicitly from the checked template, with its alias, before its
first write: nothing may be made up by a bulk, because an index without the template would take any field.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from elasticsearch import BadRequestError, Elasticsearch

from pipeline.clock import Clock
from pipeline.index.base import IndexUsage
from pipeline.index.elastic_client import elastic_errors
from pipeline.index.elastic_faults import read_error
from pipeline.index.templates import IndexNames
from schemas.errors import ConfigurationError

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class MonthIndex:
    """An index that holds, or is named like one that holds, the articles first seen in `month` (`YYYY.MM`)."""

    name: str
    month: str
    is_open: bool
    has_alias: bool


class Months:
    """Knows the monthly indices; asks the cluster each time, since other workers create and drop them."""

    def __init__(
        self,
        client: Elasticsearch,
        names: IndexNames,
        clock: Clock,
        check: Callable[[Elasticsearch, IndexNames], None],
    ) -> None:
        """`check` raises unless the templates are as they should be; it runs before an index is created."""
        self._client = client
        self._names = names
        self._clock = clock
        self._check = check
        self._physical: dict[str, str] = {}

    def load(self) -> list[MonthIndex]:
        """Return all monthly indices, the newest first, closed ones too; one that is being filled is not there yet."""
        with elastic_errors():
            answer = self._client.indices.resolve_index(name=self._names.pattern, expand_wildcards=["open", "closed"])
        found = []
        for each in answer["indices"]:
            month = self._names.month_of(each["name"])
            if month is not None and self._names.marker not in each.get("aliases", ()):
                is_open = "closed" not in each["attributes"]
                found.append(MonthIndex(each["name"], month, is_open, self._names.alias in each.get("aliases", ())))
        self._physical = {f"{self._names.alias}-{index.month}": index.name for index in found}
        return sorted(found, key=lambda index: index.month, reverse=True)

    def usable(self) -> list[str]:
        """Return the names of the indices behind the alias, the newest first.

        Raises:
            ConfigurationError: one of them is closed, so that an article in it would be written a second time; or one
                is not behind the alias, so that nobody would find what is in it.
        """
        found = self.load()
        for index in found:
            if not index.is_open:
                msg = f"index {index.name} is closed; open it, or delete it with newswire index prune"
                raise ConfigurationError(msg)
            if not index.has_alias:
                msg = f"index {index.name} is not behind the alias {self._names.alias}; run newswire setup"
                raise ConfigurationError(msg)
        return [index.name for index in found]

    def index_for(self, first_seen_at: datetime) -> str:
        """Return the name of the index for an article first seen then, whether it exists or not."""
        plain = self._names.month_index(first_seen_at, self._clock.now())
        return self._physical.get(plain, plain)

    def neighbours(self, first_seen_at: datetime) -> tuple[str, str]:
        """Return the index for this time and the one of the month before."""
        index = self.index_for(first_seen_at)
        before = self._names.month_before(index)
        return index, self._physical.get(before, before)

    def create(self, missing: Iterable[str]) -> None:
        """Create these indices; one that somebody else creates at the same time is as good.

        Raises:
            ConfigurationError: the templates are not as they should be, or the cluster takes no more indices.
            Unavailable: no answer.
        """
        for number, name in enumerate(sorted(set(missing))):
            if number == 0:
                self._check(self._client, self._names)
            _log.info("index.month-created", index=name)
            with elastic_errors():
                try:
                    self._client.indices.create(index=name)
                except BadRequestError as error:
                    kind, reason = read_error(error.body)
                    if kind != "resource_already_exists_exception":
                        msg = f"index {name} cannot be created: {reason}"
                        raise ConfigurationError(msg) from error

    def add_alias(self) -> None:
        """Put monthly indices that are not behind the alias behind it."""
        for index in self.load():
            if not index.has_alias:
                with elastic_errors():
                    self._client.indices.put_alias(index=index.name, name=self._names.alias)

    def usage(self) -> list[IndexUsage]:
        """Return what each monthly index holds, the newest first."""
        found = self.load()
        with elastic_errors():
            answer = self._client.indices.stats(
                index=self._names.pattern,
                metric=["docs", "store"],
                expand_wildcards="open",
                forbid_closed_indices=False,
            )
        held = {name: stats["primaries"] for name, stats in answer["indices"].items()}
        usages = []
        for each in found:
            stats = held.get(each.name)
            articles, size = (stats["docs"]["count"], stats["store"]["size_in_bytes"]) if stats else (None, None)
            usages.append(IndexUsage(each.name, each.month, articles, size, each.is_open, each.has_alias))
        return usages

    def delete(self, names: Iterable[str]) -> None:
        """Delete indices; one that is gone already is as good."""
        for name in names:
            with elastic_errors():
                self._client.options(ignore_status=404).indices.delete(index=name)
            _log.info("index.month-dropped", index=name)

    def drop(self, keep: int) -> Sequence[str]:
        """Delete the indices before the last `keep` months, this one included; return their names.

        The newest index stays, however old it is: the alias needs one to stand on.

        Raises:
            ValueError: `keep` is not positive; that would delete what is being written.
        """
        if keep < 1:
            msg = f"keep must be at least one month, not {keep}"
            raise ValueError(msg)
        oldest = self.index_for(self._clock.now())
        for _ in range(keep - 1):
            oldest = self._names.month_before(oldest)
        old = [index.name for index in self.load()[1:] if index.name < oldest]
        self.delete(old)
        return old
