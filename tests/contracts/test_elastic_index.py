"""Elasticsearch keeps every promise of the index contract."""

import secrets
from collections.abc import Iterator

import pytest

from pipeline.clock import ManualClock
from pipeline.index.base import ArticleIndex
from pipeline.index.elastic import ElasticIndex
from tests.contracts.index_contract import IndexContract
from tests.contracts.index_newsroom import fill_newsroom
from tests.index.making import NOW
from tests.services.fixtures import Service, delete_indices


def installed(server: Service, prefix: str) -> ElasticIndex:
    """Return an empty index; its month is the one in which the articles were seen, so that one index will do."""
    index = ElasticIndex(server.url, clock=ManualClock(NOW), index_prefix=prefix)
    index.install()
    return index


@pytest.fixture(scope="module")
def filled(elastic_server: Service) -> Iterator[ArticleIndex]:
    """One newsroom for all tests that only search; making an index takes longer than most of them."""
    prefix = f"news-test-{secrets.token_hex(4)}-"
    index = installed(elastic_server, prefix)
    fill_newsroom(index)
    yield index
    index.close()
    delete_indices(elastic_server.address, prefix)


@pytest.fixture
def newsroom(request: pytest.FixtureRequest) -> ArticleIndex:
    """The newsroom; one of its own for the test that writes into it."""
    if "facet_size" not in request.node.name:
        shared: ArticleIndex = request.getfixturevalue("filled")
        return shared
    own: ArticleIndex = request.getfixturevalue("index")
    fill_newsroom(own)
    return own


class TestElasticIndex(IndexContract):
    """`ElasticIndex` with names of its own for each test, on the server that the test run shares."""

    @pytest.fixture
    def index(self, elastic_server: Service, index_prefix: str) -> Iterator[ArticleIndex]:
        """An empty index."""
        index = installed(elastic_server, index_prefix)
        yield index
        index.close()
