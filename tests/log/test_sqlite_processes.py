"""The embedded log between processes: nothing confirmed is lost by kill -9, and partitions find a new owner at once."""

import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipeline.clock import SystemClock
from pipeline.log.sqlite import SqliteLog
from schemas.message import OutgoingMessage
from schemas.topics import Topic

TOPIC = Topic("processes", 4, None, 1 << 20)
PATIENCE_S = 20.0

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A log with one topic."""
    file = tmp_path / "log.db"
    log = SqliteLog(file, SystemClock())
    log.create_topics([TOPIC])
    log.close()
    return file


@pytest.fixture
def start(repository: Path) -> Iterator[Start]:
    """Start the programs of `log_program.py`; all are ended after the test."""
    started: list[subprocess.Popen[str]] = []

    def start_one(*arguments: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "tests.log.log_program", *arguments]
        started.append(subprocess.Popen(command, cwd=repository, stdin=-1, stdout=-1, text=True))
        return started[-1]

    yield start_one
    for process in started:
        process.kill()
        process.communicate()


class _Output:
    """Lines that a process prints, as they come."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.lines: list[str] = []
        self._process = process
        threading.Thread(target=self._follow, daemon=True).start()

    def _follow(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append(line.strip())

    def wait_for(self, condition: Callable[[list[str]], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not condition(self.lines):
            assert time.monotonic() < deadline, self.lines[-5:]
            time.sleep(0.01)

    def owned(self) -> int:
        return next((int(line.split()[1]) for line in reversed(self.lines) if line.startswith("owns")), 0)


def _read_to_end(process: "subprocess.Popen[str]") -> str:
    """Return what the process prints until it ends by itself (`communicate` would close its input and so end it)."""
    assert process.stdout is not None
    return process.stdout.read()


def _stored(log: SqliteLog) -> dict[tuple[int, int], str]:
    """Return every stored value by place, after checking that offsets are dense and values whole."""
    found = {}
    for partition, span in log.offsets(TOPIC.name).items():
        offset = span.begin
        while offset < span.end:
            page = log.read(TOPIC.name, partition, offset, 500)
            assert [one.offset for one in page] == list(range(offset, offset + len(page)))
            for one in page:
                value, filling = (one.value or b"").split(b" ")
                assert filling == b"x" * 3000
                found[partition, one.offset] = value.decode()
            offset += len(page)
    return found


def test_killed_producers_lose_nothing_confirmed(path: Path, start: Start) -> None:
    """Whatever was confirmed before kill -9 is there, whole, at its place; offsets are dense; batches are not split."""
    chooser = random.Random(7)  # noqa: S311 - moments, not secrets
    confirmed: dict[tuple[int, int], str] = {}
    for round_number in range(4):
        processes = [start("produce", str(path), TOPIC.name, f"{round_number}{name}", "100000") for name in "ab"]
        outputs = [_Output(process) for process in processes]
        for output in outputs:
            output.wait_for(lambda lines: len(lines) > 2)
        for process in processes:
            time.sleep(chooser.uniform(0, 0.15))
            process.kill()
            process.wait()
        for output in outputs:
            # The last line may have been cut off by the kill.
            for word in " ".join(output.lines[1:-1]).split():
                partition, offset, value = word.split(":")
                confirmed[int(partition), int(offset)] = value
    log = SqliteLog(path, SystemClock())
    stored = _stored(log)
    log.close()
    assert len(confirmed) > 100
    assert {place: stored.get(place) for place in confirmed} == confirmed
    assert len(set(stored.values())) == len(stored)
    assert len(stored) % 20 == 0


def test_many_producers_at_once(tmp_path: Path, start: Start) -> None:
    """Processes that make and fill a new file together all get through; nothing is missing, doubled or overwritten."""
    path = tmp_path / "new" / "log.db"
    processes = []
    for name in "abcdef":
        log = SqliteLog(path, SystemClock())
        log.create_topics([TOPIC])
        log.close()
        processes.append(start("produce", str(path), TOPIC.name, name, "10"))
    printed = [_read_to_end(process).split()[1:] for process in processes]
    assert [process.wait() for process in processes] == [0] * 6
    log = SqliteLog(path, SystemClock())
    stored = _stored(log)
    log.close()
    claimed = [word for words in printed for word in words]
    assert sorted(claimed) == sorted(f"{partition}:{offset}:{value}" for (partition, offset), value in stored.items())
    assert len(claimed) == 6 * 10 * 20


def test_a_new_file_may_be_opened_by_several_at_once(tmp_path: Path) -> None:
    """Those that find no file at the same moment end up with one log, which holds what each of them sent."""
    together = threading.Barrier(6)

    def open_and_send(path: Path) -> None:
        together.wait()
        log = SqliteLog(path, SystemClock())
        log.create_topics([TOPIC])
        log.send([OutgoingMessage(TOPIC.name, b"key", b"value")])
        log.close()

    with ThreadPoolExecutor(6) as threads:
        for attempt in range(10):
            path = tmp_path / f"{attempt}.db"
            for opened in [threads.submit(open_and_send, path) for _ in range(6)]:
                opened.result()
            log = SqliteLog(path, SystemClock())
            assert sum(span.end for span in log.offsets(TOPIC.name).values()) == 6
            log.close()


def test_a_killed_consumer_is_replaced_at_once(path: Path, start: Start) -> None:
    """Two processes share; after kill -9 of one the other owns all within seconds, long before the session of 30 s."""
    first, second = (start("consume", str(path), TOPIC.name, "group") for _ in range(2))
    outputs = [_Output(first), _Output(second)]
    for output in outputs:
        output.wait_for(lambda _: all(other.owned() == 2 for other in outputs))
    first.kill()
    killed = time.monotonic()
    outputs[1].wait_for(lambda _: outputs[1].owned() == 4)
    assert time.monotonic() - killed < 10


def test_a_restart_after_a_kill_continues_at_once(path: Path, start: Start) -> None:
    """A consumer started after the kill of the only one owns everything at its first poll, from the commit on."""
    log = SqliteLog(path, SystemClock())
    log.send([OutgoingMessage(TOPIC.name, b"%d" % n, b"value") for n in range(50)])
    process = start("consume", str(path), TOPIC.name, "group")
    output = _Output(process)
    output.wait_for(lambda _: sum(log.committed("group", TOPIC.name).values()) == 50)
    process.kill()
    process.wait()
    log.send([OutgoingMessage(TOPIC.name, b"next", b"value")])
    consumer = log.subscribe("group", [TOPIC.name])
    (found,) = consumer.poll(100, 1 << 20, 0)
    assert found.key == b"next"
    assert len(consumer.assignment) == 4
    log.close()


def test_a_stopped_consumer_cannot_commit_after_its_time(path: Path, start: Start) -> None:
    """One suspended beyond its session wakes up without its partitions and moves nobody's offsets."""
    log = SqliteLog(path, SystemClock(), session_s=0.5)
    stale = log.subscribe("group", [TOPIC.name])
    log.send([OutgoingMessage(TOPIC.name, b"%d" % n, b"value") for n in range(40)])
    found = stale.poll(100, 1 << 20, 1.0)
    output = _Output(start("consume", str(path), TOPIC.name, "group"))
    output.wait_for(lambda _: sum(log.committed("group", TOPIC.name).values()) == 40)
    stale.commit({one.topic_partition: 1 for one in found})
    assert sum(log.committed("group", TOPIC.name).values()) == 40
    log.close()
