"""One newsdesk for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.alerts.newsdesk import Newsdesk


@pytest.fixture
def newsdesk(tmp_path: Path) -> Iterator[Newsdesk]:
    """A newsdesk without articles and saved searches."""
    newsdesk = Newsdesk(tmp_path)
    yield newsdesk
    newsdesk.index.close()
