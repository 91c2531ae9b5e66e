"""Both places of samples keep the contract; what only one can get wrong is tested beside it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.clock import ManualClock
from pipeline.connections import samples_of
from pipeline.index.elastic import ElasticIndex
from pipeline.index.samples import SampleStore
from pipeline.index.sqlite_samples import SqliteSamples
from pipeline.settings import Settings
from schemas.errors import ConfigurationError, Unavailable
from schemas.sample_fields import SampleKind
from tests.contracts.sample_contract import NOW, SampleContract, make_sample
from tests.services.fixtures import Service


class TestSqliteSamples(SampleContract):
    """The embedded store in a new folder for each test."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> SampleStore:
        """A file that does not exist yet."""
        return samples_of(Settings(data_dir=tmp_path))

    def test_the_file_stays_small(self, tmp_path: Path) -> None:
        """The oldest samples go when there are too many."""
        store = SqliteSamples(tmp_path / "samples.db", kept_rows=3)
        for number in range(6):
            store.write([make_sample(str(number), NOW + timedelta(seconds=number))])
        assert [each.sample_id for each in store.read([SampleKind.STAGE], NOW - timedelta(days=1))] == ["5", "4", "3"]


class TestElasticSamples(SampleContract):
    """The store in the cluster, after `newswire setup`."""

    @pytest.fixture
    def store(self, elastic_server: Service, index_prefix: str) -> Iterator[SampleStore]:
        """An installation without samples."""
        index = ElasticIndex(elastic_server.url, clock=ManualClock(NOW), index_prefix=index_prefix)
        index.install()
        index.close()
        store = samples_of(Settings(index_url=elastic_server.url, index_prefix=index_prefix))
        yield store
        store.close()

    def test_unknown_fields_are_refused(self, store: SampleStore) -> None:
        """The mapping is strict: what no table names is refused, not guessed."""
        with pytest.raises(Unavailable, match="samples were not stored"):
            store.write([make_sample("a", colour="red")])


def test_without_setup_nothing_is_made(elastic_server: Service, index_prefix: str) -> None:
    """Without the template an index would take any field; whoever writes is told to run setup."""
    store = samples_of(Settings(index_url=elastic_server.url, index_prefix=index_prefix))
    try:
        with pytest.raises(ConfigurationError, match="newswire setup"):
            store.write([make_sample("a")])
    finally:
        store.close()
