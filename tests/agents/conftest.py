"""Fixtures of the agents' tests: an installation on the shared servers."""

from pathlib import Path

import pytest

from tests.faults.installation import Installation
from tests.services.fixtures import Service


@pytest.fixture
def bare_installation(
    kafka_server: Service, elastic_server: Service, topic_prefix: str, index_prefix: str, tmp_path: Path
) -> Installation:
    """Names of this test alone on the shared servers, where nothing is set up yet."""
    return Installation(kafka_server.address, elastic_server.address, topic_prefix, index_prefix, tmp_path)
