"""What every log must do, whatever it is made of: the behaviour that `pipeline.log.base` promises.

A test module subclasses `LogContract` and gives it a `place` fixture. Topic and group names are new in every test, so
that one real broker can serve them all; time limits are generous.
"""

import uuid
from collections.abc import Callable, Iterator

import pytest

from pipeline.log.base import Log
from schemas.topics import Topic
from tests.contracts.log_consuming_contract import LogConsumingContract
from tests.contracts.log_place import LogPlace
from tests.contracts.log_topics_contract import LogTopicsContract


class LogContract(LogTopicsContract, LogConsumingContract):
    """Subclass and define `place`."""

    @pytest.fixture
    def place(self) -> LogPlace:
        """Where the logs of one test live."""
        raise NotImplementedError

    @pytest.fixture
    def opened(self, place: LogPlace) -> Iterator[Callable[[], Log]]:
        """Open further clients, closed at the end of the test."""
        logs: list[Log] = []

        def open_one() -> Log:
            logs.append(place.open())
            return logs[-1]

        yield open_one
        for log in logs:
            log.close()

    @pytest.fixture
    def log(self, opened: Callable[[], Log]) -> Log:
        """One client."""
        return opened()

    @pytest.fixture
    def topic(self, log: Log, place: LogPlace) -> Topic:
        """A created topic with three partitions."""
        topic = place.topic()
        log.create_topics([topic])
        return topic

    @pytest.fixture
    def group(self) -> str:
        """A group that nobody used before."""
        return f"group-{uuid.uuid4().hex[:12]}"
