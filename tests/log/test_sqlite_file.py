"""What stands in the way of the embedded log is told in a sentence, as the right kind of error."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.clock import SystemClock
from pipeline.log.sqlite import SqliteLog
from pipeline.log.sqlite_file import open_connection, transaction
from schemas.errors import ConfigurationError, Unavailable
from schemas.message import OutgoingMessage
from schemas.topics import Topic

TOPIC = Topic("file", 1, None, 1 << 20)
MESSAGE = OutgoingMessage(TOPIC.name, b"key", b"value")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A log with one topic and one message, closed."""
    file = tmp_path / "log.db"
    log = SqliteLog(file, SystemClock())
    log.create_topics([TOPIC])
    log.send([MESSAGE])
    log.close()
    return file


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    """Text under the log's name is an error and stays as it was."""
    path = tmp_path / "log.db"
    path.write_text("notes that somebody wants to keep\n" * 100, encoding="utf-8")
    with pytest.raises(ConfigurationError, match="is not a SQLite database"):
        SqliteLog(path, SystemClock())
    assert path.read_text(encoding="utf-8").startswith("notes")


def test_another_program_s_database_is_left_alone(tmp_path: Path) -> None:
    """A database with other tables is an error and gains none of ours."""
    path = tmp_path / "log.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE bookmarks (url TEXT)")
    connection.close()
    with pytest.raises(ConfigurationError, match="not a newswire log"):
        SqliteLog(path, SystemClock())
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("bookmarks",)]
    connection.close()


def test_a_file_of_a_newer_version_is_refused(path: Path) -> None:
    """A layout that this version does not know is not touched; the error says what to do."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(ConfigurationError, match=r"layout 99 .* use a newer one"):
        SqliteLog(path, SystemClock())


def test_a_damaged_file_is_told_apart(path: Path) -> None:
    """Overwritten pages are an error that says what to do with the file."""
    pages = bytearray(path.read_bytes())
    pages[100 : 8192 * 3] = b"\xff" * (8192 * 3 - 100)
    path.write_bytes(pages)
    with pytest.raises(ConfigurationError, match="is damaged"):
        SqliteLog(path, SystemClock())


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """A file where the folder should be, or a folder where the file should be, is an error with the path."""
    (tmp_path / "taken").write_text("", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="folder of the log"):
        SqliteLog(tmp_path / "taken" / "log.db", SystemClock())
    with pytest.raises(ConfigurationError, match="cannot be opened"):
        SqliteLog(tmp_path, SystemClock())


def test_a_file_that_cannot_be_written_needs_a_person(path: Path) -> None:
    """SQLite's refusal to write a read-only file stops the program, it is not tried again."""
    connection = open_connection(path, durable=True, busy_s=0.1)
    connection.execute("PRAGMA query_only = ON")
    with pytest.raises(ConfigurationError, match="cannot be written"), transaction(connection, path):
        connection.execute("DELETE FROM messages")
    connection.close()


def test_a_full_database_passes_and_keeps_what_it_has(path: Path) -> None:
    """SQLite's "full" is transient, and the transaction that met it leaves nothing behind."""
    connection = open_connection(path, durable=True, busy_s=0.1)
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(Unavailable, match="disk is full"), transaction(connection, path):
        connection.execute("INSERT INTO topics (name, max_message_bytes) VALUES (?, 1)", ("x" * 100_000,))
    connection.close()
    log = SqliteLog(path, SystemClock())
    assert list(log.verify_topics([TOPIC])) == []
    log.close()


def test_a_disk_that_takes_no_more_is_unavailable_until_it_does(path: Path, repository: Path) -> None:
    """While the file may not grow, sending raises `Unavailable`; then everything confirmed is there, and it goes on."""
    program = """
import resource, sys
from pathlib import Path
from pipeline.clock import SystemClock
from pipeline.log.sqlite import SqliteLog
from schemas.errors import Unavailable
from schemas.message import OutgoingMessage
log = SqliteLog(Path(sys.argv[1]), SystemClock())
large = OutgoingMessage("file", b"key", b"x" * 500_000)
resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, resource.RLIM_INFINITY))
confirmed = 1
try:
    while True:
        log.send([large])
        confirmed += 1
except Unavailable as error:
    print(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
end = log.offsets("file")[0].end
assert end == confirmed, (end, confirmed)
log.send([large])
print(confirmed)
"""
    finished = subprocess.run(
        [sys.executable, "-c", program, str(path)], cwd=repository, capture_output=True, text=True, check=True
    )
    error, confirmed = finished.stdout.splitlines()
    assert "disk" in error
    log = SqliteLog(path, SystemClock())
    assert log.offsets(TOPIC.name)[0].end == int(confirmed) + 1 > 2
    log.close()


def test_a_busy_file_is_unavailable_and_can_still_be_read(path: Path) -> None:
    """While another process holds the write lock too long, sending is refused, reading works, and later all does."""
    log = SqliteLog(path, SystemClock(), busy_s=0.05)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    consumer = log.subscribe("group", [TOPIC.name])
    with pytest.raises(Unavailable, match="written by another process"):
        log.send([MESSAGE])
    with pytest.raises(Unavailable, match="written by another process"):
        consumer.poll(1, 1, 0)
    consumer.close()
    assert len(log.read(TOPIC.name, 0, 0, 10)) == 1
    other.execute("ROLLBACK")
    other.close()
    assert log.send([MESSAGE])[0].offset == 1
    log.close()


def test_a_closed_log_says_so(path: Path) -> None:
    """Using a log after `close` is a mistake in the program, told at once."""
    log = SqliteLog(path, SystemClock())
    consumer = log.subscribe("group", [TOPIC.name])
    log.close()
    with pytest.raises(RuntimeError, match="was closed"):
        log.send([MESSAGE])
    with pytest.raises(RuntimeError, match="was closed"):
        consumer.poll(1, 1, 0)
