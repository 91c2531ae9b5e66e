"""The embedded index keeps every promise of the index contract."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.clock import SystemClock
from pipeline.index.base import ArticleIndex
from pipeline.index.tantivy import TantivyIndex
from tests.contracts.index_contract import IndexContract
from tests.contracts.index_newsroom import newsroom

__all__ = ["newsroom"]


class TestTantivyIndex(IndexContract):
    """`TantivyIndex` in a new folder for each test."""

    @pytest.fixture
    def index(self, tmp_path: Path) -> Iterator[ArticleIndex]:
        """A folder of its own."""
        index = TantivyIndex(tmp_path / "index", SystemClock())
        index.install()
        yield index
        index.close()
