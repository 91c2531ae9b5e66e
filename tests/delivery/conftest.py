"""Fixtures of the delivery tests."""

from collections.abc import Iterator

import pytest
import structlog
from structlog.typing import EventDict


@pytest.fixture(autouse=True)
def log_lines() -> Iterator[list[EventDict]]:
    """What is logged during a test, kept instead of rendered."""
    with structlog.testing.capture_logs() as lines:
        yield lines
