"""Fixtures of the index tests: a scripted Elasticsearch and an index in front of it; a real one is with its tests."""

from collections.abc import Iterator

import pytest

from pipeline.clock import ManualClock
from pipeline.index.base import IndexDocument
from pipeline.index.elastic import ElasticIndex
from tests.index.delivering import COUNT
from tests.index.making import NOW, make_document
from tests.services.elastic_stand_in import ElasticStandIn


@pytest.fixture
def server() -> Iterator[ElasticStandIn]:
    """A scripted server."""
    with ElasticStandIn() as server:
        yield server


@pytest.fixture
def index(server: ElasticStandIn) -> Iterator[ElasticIndex]:
    """An index whose patience is short."""
    index = ElasticIndex(server.address, clock=ManualClock(NOW), timeout_s=0.5)
    yield index
    index.close()


@pytest.fixture
def documents() -> list[IndexDocument]:
    """A batch of new articles."""
    return [make_document(n) for n in range(COUNT)]
