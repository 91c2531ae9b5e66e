"""A month's index made anew from the present templates: copy, catch up, swap.

Two passes. The first copies everything while workers go on writing to the old index; the second, under a write block,
copies what changed since (by sequence number), compares the counts, and swaps both in one step behind the alias.
Workers that meet the block try again, so nothing is lost; they wait while the second pass lasts. Until the swap the new
index answers no search: its part of the alias is filtered to nothing, and a marker keeps it out of the months.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import structlog
from elasticsearch import Elasticsearch

from pipeline.clock import Clock
from pipeline.index.elastic_bulk import BulkSender
from pipeline.index.elastic_client import elastic_errors
from pipeline.index.elastic_document import encode_line, rebuild_source
from pipeline.index.elastic_faults import Verdict
from pipeline.index.elastic_months import MonthIndex
from pipeline.index.elastic_operation import Operation
from pipeline.index.templates import IndexNames
from schemas.errors import ConfigurationError, Unavailable

_log = structlog.get_logger(__name__)

PAGE: Final = 100
_KEEP_ALIVE: Final = "5m"
_ATTEMPTS: Final = 30
_PAUSE_S: Final = 1.0


class Reindexer:
    """Makes indices anew, one after the other. One at a time for an installation."""

    def __init__(
        self,
        client: Elasticsearch,
        names: IndexNames,
        clock: Clock,
        on_progress: Callable[[str, int], None] | None = None,
    ) -> None:
        self._client = client
        self._names = names
        self._clock = clock
        self._on_progress = on_progress or (lambda _name, _count: None)

    def rebuild(self, index: MonthIndex) -> str:
        """Replace the index by a new one and return that one's name.

        Raises:
            Unavailable: no answer, or the copy is not complete; the old index is as it was.
            ConfigurationError: a document of the old index does not fit the present mapping.
        """
        self._drop_unfinished()
        new = self._next_name(index)
        with elastic_errors():
            before = self._sequence(index.name)
            nothing: Mapping[str, Any] = {"filter": {"match_none": {}}}
            self._client.indices.create(index=new, aliases={self._names.alias: nothing, self._names.marker: {}})
        try:
            copied = self._copy(index.name, new, None, 0)
            with elastic_errors():
                self._client.indices.add_block(index=index.name, block="write")
            self._copy(index.name, new, before, copied)
            self._compare(index.name, new)
            self._swap(index.name, new)
        except BaseException:
            self._give_up(index.name, new)
            raise
        _log.info("index.reindexed", index=new, instead_of=index.name)
        return new

    def _next_name(self, index: MonthIndex) -> str:
        made = index.name.removeprefix(f"{self._names.alias}-{index.month}").removeprefix("-r")
        return f"{self._names.alias}-{index.month}-r{int(made or 1) + 1}"

    def _drop_unfinished(self) -> None:
        """Delete what an interrupted run left; the index it was to replace takes writes again."""
        with elastic_errors():
            answer = self._client.options(ignore_status=404).indices.get_alias(name=self._names.marker)
            for name in answer.body if answer.meta.status == 200 else ():
                self._client.indices.delete(index=name)

    def _sequence(self, name: str) -> int:
        """Return the highest sequence number that all shards of the index have reached."""
        self._client.indices.refresh(index=name)
        shards = self._client.indices.stats(index=name, level="shards")["indices"][name]["shards"]
        return min(int(copy["seq_no"]["max_seq_no"]) for copies in shards.values() for copy in copies)

    def _copy(self, old: str, new: str, after: int | None, copied: int) -> int:
        """Copy all documents, or those changed after a sequence number; return how many there are now in all."""
        query: Mapping[str, Any] = {"match_all": {}} if after is None else {"range": {"_seq_no": {"gt": after}}}
        sender = BulkSender(self._client)
        for hits in self._pages(old, query):
            self._send(sender, [_operation(new, hit) for hit in hits])
            copied += len(hits) if after is None else 0
            self._on_progress(new, copied)
        return copied

    def _pages(self, name: str, query: Mapping[str, Any]) -> Iterator[Sequence[Mapping[str, Any]]]:
        with elastic_errors():
            self._client.indices.refresh(index=name)
            point = self._client.open_point_in_time(index=name, keep_alive=_KEEP_ALIVE)["id"]
        try:
            after: list[Any] | None = None
            while True:
                with elastic_errors():
                    found = self._client.search(
                        pit={"id": point, "keep_alive": _KEEP_ALIVE},
                        query=query,
                        sort=["_shard_doc"],
                        size=PAGE,
                        search_after=after,
                        track_total_hits=False,
                    )
                hits = found["hits"]["hits"]
                if not hits:
                    return
                yield hits
                after, point = hits[-1]["sort"], found.get("pit_id", point)
        finally:
            with elastic_errors():
                self._client.options(ignore_status=404).close_point_in_time(id=point)

    def _send(self, sender: BulkSender, operations: Sequence[Operation]) -> None:
        left = list(operations)
        for _ in range(_ATTEMPTS):
            answers = sender.send(left)
            for operation, answer in zip(left, answers, strict=True):
                if answer.verdict in {Verdict.REFUSED, Verdict.TOO_LARGE}:
                    msg = f"article {operation.document_id} does not fit the new index: {answer.detail}"
                    raise ConfigurationError(msg)
            left = [one for one, answer in zip(left, answers, strict=True) if answer.verdict is not Verdict.DONE]
            if not left:
                return
            self._clock.sleep(_PAUSE_S)
        msg = f"Elasticsearch takes no more documents: {answers[-1].detail}"
        raise Unavailable(msg)

    def _compare(self, old: str, new: str) -> None:
        with elastic_errors():
            self._client.indices.refresh(index=[old, new])
            counts = [int(self._client.count(index=name)["count"]) for name in (old, new)]
        if counts[0] != counts[1]:
            msg = f"{new} has {counts[1]} articles and {old} has {counts[0]}; nothing was replaced, run it again"
            raise Unavailable(msg)

    def _swap(self, old: str, new: str) -> None:
        with elastic_errors():
            self._client.indices.update_aliases(
                actions=[
                    {"remove": {"index": new, "alias": self._names.marker}},
                    {"add": {"index": new, "alias": self._names.alias}},
                    {"remove_index": {"index": old}},
                ]
            )

    def _give_up(self, old: str, new: str) -> None:
        """Leave everything as it was, as far as the cluster answers; the next run cleans up the rest."""
        quiet = self._client.options(ignore_status=(400, 404))
        with elastic_errors():
            quiet.indices.put_settings(index=old, settings={"index.blocks.write": None})
            quiet.indices.delete(index=new)


def _operation(index: str, hit: Mapping[str, Any]) -> Operation:
    action = {"index": {"_index": index, "_id": hit["_id"]}}
    return Operation(hit["_id"], index, encode_line(action), encode_line(rebuild_source(hit["_source"])))
