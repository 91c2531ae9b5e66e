"""`ElasticSamples`: the pipeline's samples in Elasticsearch, an index a month behind one alias.

The index of a month is made before its first write, from the template that `newswire setup` installs; nothing may be
made up by a bulk.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from elasticsearch import BadRequestError, Elasticsearch

from pipeline.index.elastic_bulk import BulkSender
from pipeline.index.elastic_client import elastic_errors
from pipeline.index.elastic_document import encode_line
from pipeline.index.elastic_faults import Verdict, read_error
from pipeline.index.elastic_operation import Operation
from pipeline.index.samples import MAX_READ, Sample
from pipeline.index.templates import IndexNames
from pipeline.index.validation import format_date, parse_date
from schemas.errors import ConfigurationError, Unavailable
from schemas.sample_fields import SampleKind

_MONTH: Final = "%Y.%m"


class ElasticSamples:
    """A `SampleStore` of one installation in a cluster."""

    def __init__(self, client: Elasticsearch, index_prefix: str = "") -> None:
        self._client = client
        self._names = IndexNames(index_prefix)
        self._sender = BulkSender(client)

    def write(self, samples: Sequence[Sample]) -> None:
        """See `SampleStore`."""
        operations = [self._operation(sample) for sample in samples]
        self._create({operation.index for operation in operations})
        failed = [each for each in self._sender.send(operations) if each.verdict is not Verdict.DONE]
        if failed:
            msg = f"{len(failed)} of {len(samples)} samples were not stored: {failed[0].detail}"
            raise Unavailable(msg)

    def read(self, kinds: Collection[SampleKind], since: datetime, limit: int = MAX_READ) -> list[Sample]:
        """See `SampleStore`."""
        recent = {"range": {"at": {"gt": since.astimezone(UTC).isoformat(timespec="milliseconds")}}}
        query = {"bool": {"filter": [{"terms": {"kind": list(kinds)}}, recent]}}
        pattern = f"{self._names.metrics}-*"  # a pattern, unlike the alias, may match nothing yet
        with elastic_errors():
            self._client.indices.refresh(index=pattern)
            answer = self._client.search(index=pattern, query=query, sort=[{"at": "desc"}], size=min(limit, MAX_READ))
        return [_sample(hit) for hit in answer["hits"]["hits"]]

    def prune_before(self, before: datetime, *, dry_run: bool = False) -> int:
        """See `SampleStore`."""
        kept, pattern = f"{self._names.metrics}-{before.astimezone(UTC).strftime(_MONTH)}", f"{self._names.metrics}-*"
        with elastic_errors():
            self._client.indices.refresh(index=pattern)
            answer = self._client.indices.stats(index=pattern, metric=["docs"], expand_wildcards="open")
            old = {name: held["primaries"]["docs"]["count"] for name, held in answer["indices"].items() if name < kept}
            if old and not dry_run:
                self._client.options(ignore_status=404).indices.delete(index=list(old))
        return sum(old.values())

    def close(self) -> None:
        """See `SampleStore`."""
        self._client.close()

    def _operation(self, sample: Sample) -> Operation:
        index = self._names.metrics_index(sample.at)
        action = {"index": {"_index": index, "_id": sample.sample_id}}
        return Operation(sample.sample_id, index, encode_line(action), encode_line(dict(sample.fields)))

    def _create(self, indices: Collection[str]) -> None:
        """Make those that are missing; looked at before each write, since a person may have deleted them."""
        with elastic_errors():
            for index in sorted(indices):
                if self._client.indices.exists(index=index):
                    continue
                self._check_template()
                try:
                    self._client.indices.create(index=index)
                except BadRequestError as error:
                    kind, reason = read_error(error.body)
                    if kind != "resource_already_exists_exception":
                        msg = f"index {index} cannot be created: {reason}"
                        raise ConfigurationError(msg) from error

    def _check_template(self) -> None:
        if not self._client.indices.exists_index_template(name=self._names.metrics_template):
            msg = f"index template {self._names.metrics_template} is missing; run newswire setup"
            raise ConfigurationError(msg)


def _sample(hit: Mapping[str, Any]) -> Sample:
    fields = hit["_source"]
    return Sample(hit["_id"], parse_date(fields["at"]), fields)


__all__ = ["ElasticSamples", "format_date"]
