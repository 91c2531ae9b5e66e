"""Fixtures of the fetching tests: a server on loopback that does not behave."""

from collections.abc import Iterator

import pytest

from tests.fetch.hostile_server import hostile_server


@pytest.fixture(scope="session")
def hostile_port() -> Iterator[int]:
    """The port of a hostile server."""
    with hostile_server() as port:
        yield port
