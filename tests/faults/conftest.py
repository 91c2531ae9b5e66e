"""Fixtures of the fault tests."""

import os
import random
from pathlib import Path

import pytest

from tests.faults.installation import Installation
from tests.services.fixtures import Service


@pytest.fixture
def seed() -> int:
    """The seed of this run, printed by what uses it; NEWSWIRE_TEST_SEED repeats a run."""
    given = os.environ.get("NEWSWIRE_TEST_SEED")
    return int(given) if given else random.SystemRandom().randrange(1_000_000)


@pytest.fixture
def installation(
    kafka_server: Service, elastic_server: Service, topic_prefix: str, index_prefix: str, tmp_path: Path
) -> Installation:
    """Topics and templates of this test alone, on the shared servers."""
    here = Installation(kafka_server.address, elastic_server.address, topic_prefix, index_prefix, tmp_path)
    here.set_up()
    return here
