"""What several tests of enrichment need."""

from pathlib import Path

import pytest

from tests.enrich.poison_pool import OpenPool, open_poison_pool


@pytest.fixture
def open_pool(monkeypatch: pytest.MonkeyPatch) -> OpenPool:
    """Let processes import `poison_batch`, and return what opens a pool that runs it."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    return open_poison_pool
