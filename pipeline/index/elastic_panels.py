"""What dashboards ask of Elasticsearch: one search at a time, against indices of one installation."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from elasticsearch import Elasticsearch

from pipeline.index.elastic_client import elastic_errors


class ElasticPanels:
    """Answers panels; the `PanelSource` of `pipeline.dashboards.live`."""

    def __init__(self, client: Elasticsearch, prefix: str) -> None:
        self._client = client
        self._prefix = prefix

    def search(self, index: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the answer to a search. Errors as `elastic_errors`; shards that failed are in the answer.

        An index that is not there yet answers as an empty one: Kibana shows the panel empty then.
        """
        with elastic_errors():
            answer: Mapping[str, Any] = self._client.search(
                index=self._prefix + index, body=dict(body), ignore_unavailable=True, allow_no_indices=True
            ).body
        return answer

    def extent(self, index: str, time_field: str) -> tuple[datetime, datetime] | None:
        """Return the first and the last time of the index's documents, None when none has one."""
        bounds = {"first": {"min": {"field": time_field}}, "last": {"max": {"field": time_field}}}
        found = self.search(index, {"size": 0, "aggs": bounds}).get("aggregations", {})
        first, last = (found.get(name, {}).get("value") for name in bounds)
        return None if first is None else (_instant(first), _instant(last))

    def refresh(self, indices: Sequence[str]) -> None:
        """Let searches see all finished writes of these indices; those that are not there yet are passed over."""
        names = [self._prefix + index for index in indices]
        with elastic_errors():
            self._client.indices.refresh(index=names, ignore_unavailable=True, allow_no_indices=True)

    def close(self) -> None:
        """End the connection. Harmless when repeated."""
        self._client.close()


def _instant(milliseconds: float) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
