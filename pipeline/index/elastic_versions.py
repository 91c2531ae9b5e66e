"""Earlier versions of articles in Elasticsearch: `news-versions-YYYY.MM`, the month in which their article lives.

One document for each version, under an id made of the article's and the version's number, and never written over: so
it is there once, however often a write is repeated.
"""

from collections.abc import Iterable
from typing import Any, Final

from elasticsearch import Elasticsearch, NotFoundError

from pipeline.index.base import StoredArticle
from pipeline.index.elastic_client import elastic_errors
from pipeline.index.elastic_create import create_missing
from pipeline.index.elastic_document import encode_line
from pipeline.index.elastic_operation import Operation
from pipeline.index.revisions import Version, kept_fields
from pipeline.index.templates import IndexNames

_MAPPINGS: Final[dict[str, Any]] = {
    "dynamic": "strict",
    "properties": {
        "article_id": {"type": "keyword"},
        "version": {"type": "long"},
        "enrichment_version": {"type": "integer"},
        "fields": {"type": "object", "enabled": False},
        "stored": {"type": "object", "enabled": False},
    },
}


class ElasticVersions:
    """The earlier versions of one installation. Safe for threads."""

    def __init__(self, client: Elasticsearch, names: IndexNames) -> None:
        self._client = client
        self._names = names

    def create(self, indices: Iterable[str]) -> None:
        """Make those of these indices that are missing."""
        for index in sorted(set(indices)):
            create_missing(self._client, index, _MAPPINGS, self._names.versions)

    def read(self, article_id: str, limit: int) -> list[StoredArticle]:
        """See `ArticleIndex.earlier_versions`."""
        with elastic_errors():
            try:
                self._client.indices.refresh(index=self._names.versions)
                answer = self._client.search(
                    index=self._names.versions,
                    query={"term": {"article_id": article_id}},
                    sort=[{"version": "desc"}],
                    size=limit,
                    allow_partial_search_results=False,
                )
            except NotFoundError:  # nothing was ever kept
                return []
        return [_read(hit["_source"]) for hit in reversed(answer["hits"]["hits"])]

    def drop(self, months: Iterable[str]) -> None:
        """Delete the versions of articles that were first seen in these months (`YYYY.MM`)."""
        for month in months:
            with elastic_errors():
                self._client.options(ignore_status=404).indices.delete(index=self._names.versions_index(month))


def build_keeping(version: Version, index: str) -> Operation:
    """Return the operation that keeps the version in the index unless it is there."""
    key = f"{version.article_id}-{version.version}"
    source = {
        "article_id": version.article_id,
        "version": version.version,
        "enrichment_version": version.enrichment_version,
        "fields": kept_fields(version),
        "stored": version.stored,
    }
    return Operation(key, index, encode_line({"create": {"_index": index, "_id": key}}), encode_line(source))


def _read(source: dict[str, Any]) -> StoredArticle:
    return StoredArticle(
        source["article_id"], source["version"], source["enrichment_version"], source["fields"], source["stored"]
    )
