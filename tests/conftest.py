"""Fixtures that any test may use."""

import os
from pathlib import Path

import pytest

pytest_plugins = ["tests.services.fixtures"]

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The folder with real evaluation data beside the checkout: skips on a laptop without it, fails in CI."""
    folder = REPOSITORY.parent / "shared"
    if not (folder / "data").is_dir():
        reason = f"needs the evaluation data in {folder}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return folder


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of this checkout."""
    return REPOSITORY
