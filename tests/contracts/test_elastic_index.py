"""Elasticsearch keeps every promise of the index contract."""

from collections.abc import Iterator

import pytest

from pipeline.clock import SystemClock
from pipeline.index.base import ArticleIndex
from pipeline.index.elastic import ElasticIndex
from tests.contracts.index_contract import IndexContract
from tests.contracts.index_search_contract import newsroom
from tests.services.fixtures import Service

__all__ = ["newsroom"]


class TestElasticIndex(IndexContract):
    """`ElasticIndex` with names of its own for each test, on the server that the test run shares."""

    @pytest.fixture
    def index(self, elastic_server: Service, index_prefix: str) -> Iterator[ArticleIndex]:
        """An empty index."""
        index = ElasticIndex(elastic_server.url, clock=SystemClock(), index_prefix=index_prefix)
        index.install()
        yield index
        index.close()
