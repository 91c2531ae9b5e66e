"""The distributed log keeps every promise of the log contract, on a real broker."""

import pytest

from pipeline.clock import SystemClock
from pipeline.log.base import Log
from pipeline.log.kafka import KafkaLog
from tests.contracts.log_contract import LogContract
from tests.contracts.log_place import LogPlace
from tests.services.fixtures import Service


class _KafkaPlace(LogPlace):
    session_s = 3.0

    def __init__(self, address: str, prefix: str) -> None:
        self._address = address
        self._prefix = prefix

    def open(self) -> Log:
        return KafkaLog([self._address], SystemClock(), topic_prefix=self._prefix, session_s=self.session_s)


class TestKafkaLog(LogContract):
    """`KafkaLog` with a topic prefix of its own for each test."""

    @pytest.fixture
    def place(self, kafka_server: Service, topic_prefix: str) -> LogPlace:
        """The shared broker."""
        return _KafkaPlace(kafka_server.address, topic_prefix)
