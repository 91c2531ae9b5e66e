"""What the tests of grouping share: an embedded index, and the Monday on which their articles begin to arrive."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.clock import ManualClock
from pipeline.index.base import ArticleIndex
from pipeline.index.open import open_index

MONDAY = datetime(2026, 2, 2, 8, tzinfo=UTC)


@pytest.fixture
def index(tmp_path: Path) -> Iterator[ArticleIndex]:
    """An empty embedded index."""
    made = open_index(f"tantivy:///{tmp_path}/index", ManualClock(MONDAY))
    made.install()
    yield made
    made.close()
