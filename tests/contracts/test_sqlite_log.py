"""The embedded log keeps every promise of the log contract."""

from pathlib import Path

import pytest

from pipeline.clock import SystemClock
from pipeline.log.base import Log
from pipeline.log.sqlite import SqliteLog
from tests.contracts.log_contract import LogContract
from tests.contracts.log_place import LogPlace


class _SqlitePlace(LogPlace):
    session_s = 1.0

    def __init__(self, folder: Path) -> None:
        self._path = folder / "log.db"

    def open(self) -> Log:
        return SqliteLog(self._path, SystemClock(), session_s=self.session_s)


class TestSqliteLog(LogContract):
    """`SqliteLog` in a new file for each test."""

    takeover_s = 1.0

    @pytest.fixture
    def place(self, tmp_path: Path) -> LogPlace:
        """A file of its own."""
        return _SqlitePlace(tmp_path)
