"""Fixtures that any test may use."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings

# An example may take any time: a busy machine is no fault, and what must be quick has a test that says how quick.
settings.register_profile("unhurried", settings.default, deadline=None)
settings.load_profile("unhurried")
for _name, _count in (("thousand", 1000), ("million", 1_000_000)):
    # Long forms of the generated tests: pytest --hypothesis-profile=NAME.
    settings.register_profile(_name, max_examples=_count, deadline=None, suppress_health_check=list(HealthCheck))

pytest_plugins = ["tests.services.fixtures"]

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the modules that take long: at the end, one process would work on them while the other waits."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)  # stable: within both halves the order stays random


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


@pytest.fixture(autouse=True)
def _fresh_logging() -> Iterator[None]:
    """Each test starts with structlog as it comes: a test that installs logging must not silence the next one."""
    structlog.reset_defaults()
    yield
    structlog.reset_defaults()
