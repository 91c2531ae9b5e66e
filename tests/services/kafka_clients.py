"""kafka-python's own clients, for tests that look at a broker past our code; they connect as our log does."""

from collections.abc import Callable
from typing import TypeVar

Client = TypeVar("Client")

TIMEOUT_S = 30.0


def connect(kind: Callable[..., Client], address: str, **settings: object) -> Client:
    """Return a connected client; unlike one made directly it leaves no open socket behind when it is closed."""
    from pipeline.log.kafka_client import KafkaCluster  # slow to import, and every test run imports the fixtures

    return KafkaCluster((address,), "", TIMEOUT_S).open(kind, **settings)
