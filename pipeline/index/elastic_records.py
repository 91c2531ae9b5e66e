"""Records beside the articles in Elasticsearch: an index for each collection, made before its first write.

A record's revision is its sequence number and primary term. Searches refresh first, so that what was written is found.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from elasticsearch import Elasticsearch, NotFoundError

from pipeline.index.elastic_bulk import BulkSender
from pipeline.index.elastic_client import elastic_errors
from pipeline.index.elastic_create import create_missing
from pipeline.index.elastic_document import encode_line
from pipeline.index.elastic_faults import Verdict
from pipeline.index.elastic_operation import Operation
from pipeline.index.records import Collection, StoredRecord
from pipeline.index.validation import parse_date
from schemas.errors import Unavailable

Json = dict[str, Any]
PAGE: Final = 1000
_MAPPINGS: Final = {
    "dynamic": "strict",
    "properties": {
        "record_id": {"type": "keyword"},
        "owner": {"type": "keyword"},
        "at": {"type": "date"},
        "due_at": {"type": "date"},
        "content": {"type": "keyword", "index": False, "doc_values": False},
    },
}


class ElasticRecords:
    """A `RecordStore` in a cluster: `news-saved-searches` and `news-alerts`. Safe for threads."""

    def __init__(self, client: Elasticsearch, prefix: str) -> None:
        self._client = client
        self._prefix = prefix
        self._sender = BulkSender(client)

    def create(self, records: Sequence[StoredRecord]) -> list[bool]:
        """See `RecordStore`."""
        return self._write(records, [{"create": self._place(one)} for one in records])

    def replace(self, records: Sequence[StoredRecord]) -> list[bool]:
        """See `RecordStore`."""
        return self._write(records, [{"index": self._place(one) | _revision(one)} for one in records])

    def read(self, collection: Collection, record_ids: Sequence[str]) -> Mapping[str, StoredRecord]:
        """See `RecordStore`; in real time."""
        if not record_ids:
            return {}
        with elastic_errors():
            answer = self._client.mget(index=self._name(collection), ids=list(dict.fromkeys(record_ids)))
        return {each["_id"]: _record(collection, each) for each in answer["docs"] if each.get("found")}

    def newest(self, collection: Collection, limit: int, owner: str | None = None) -> list[StoredRecord]:
        """See `RecordStore`."""
        query: Json = {"match_all": {}} if owner is None else {"term": {"owner": owner}}
        return self._search(collection, query, [{"at": "desc"}, {"record_id": "asc"}], limit)

    def due(self, collection: Collection, now: datetime, limit: int) -> list[StoredRecord]:
        """See `RecordStore`."""
        query = {"range": {"due_at": {"lte": _text(now), "format": "strict_date_time"}}}
        return self._search(collection, query, [{"due_at": "asc"}, {"record_id": "asc"}], limit)

    def delete(self, collection: Collection, record_ids: Sequence[str]) -> None:
        """See `RecordStore`; one request a record, since few are ever deleted."""
        for record_id in dict.fromkeys(record_ids):
            with elastic_errors():
                self._client.options(ignore_status=404).delete(index=self._name(collection), id=record_id)

    def delete_before(self, collection: Collection, at: datetime) -> int:
        """See `RecordStore`."""
        old = {"range": {"at": {"lt": _text(at), "format": "strict_date_time"}}}
        query = {"bool": {"filter": [old], "must_not": [{"exists": {"field": "due_at"}}]}}
        gone = 0
        while found := self._search(collection, query, [{"at": "asc"}, {"record_id": "asc"}], PAGE):
            self.delete(collection, [one.record_id for one in found])
            gone += len(found)
        return gone

    def _name(self, collection: Collection) -> str:
        return f"{self._prefix}news-{collection}"

    def _place(self, record: StoredRecord) -> Json:
        return {"_index": self._name(record.collection), "_id": record.record_id}

    def _write(self, records: Sequence[StoredRecord], actions: Sequence[Json]) -> list[bool]:
        if not records:
            return []
        for collection in {record.collection for record in records}:
            create_missing(self._client, self._name(collection), _MAPPINGS)
        operations = [
            Operation(one.record_id, self._name(one.collection), encode_line(action), encode_line(_source(one)))
            for one, action in zip(records, actions, strict=True)
        ]
        answers = self._sender.send(operations)
        failed = next((one for one in answers if one.verdict not in {Verdict.DONE, Verdict.CONFLICT}), None)
        if failed is not None:
            msg = f"not all of {len(records)} records were stored: {failed.detail}"
            raise Unavailable(msg)
        return [answer.verdict is Verdict.DONE for answer in answers]

    def _search(self, collection: Collection, query: Json, sort: list[Json], limit: int) -> list[StoredRecord]:
        name = self._name(collection)
        body = {"query": query, "sort": sort, "size": min(limit, PAGE), "seq_no_primary_term": True}
        with elastic_errors():
            try:
                self._client.indices.refresh(index=name)
                answer = self._client.search(index=name, body=body, allow_partial_search_results=False)
            except NotFoundError:
                return []
        return [_record(collection, hit) for hit in answer["hits"]["hits"]]


def _revision(record: StoredRecord) -> Json:
    if record.revision is None:
        msg = f"record {record.record_id} was not read before it is replaced"
        raise ValueError(msg)
    number, term = record.revision.split(".")
    return {"if_seq_no": int(number), "if_primary_term": int(term)}


def _source(record: StoredRecord) -> Json:
    found: Json = {
        "record_id": record.record_id,
        "owner": record.owner,
        "at": _text(record.at),
        "content": record.content,
    }
    return found if record.due_at is None else found | {"due_at": _text(record.due_at)}


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def _record(collection: Collection, held: Mapping[str, Any]) -> StoredRecord:
    source = held["_source"]
    due_at = source.get("due_at")
    return StoredRecord(
        collection,
        held["_id"],
        source["owner"],
        parse_date(source["at"]),
        None if due_at is None else parse_date(due_at),
        source["content"],
        f"{held['_seq_no']}.{held['_primary_term']}",
    )
