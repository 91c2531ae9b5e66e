"""One installation of newswire for a test: services, prefixes, a data folder; and its workers as real processes."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pipeline.clock import SystemClock
from pipeline.index.elastic import ElasticIndex
from pipeline.log.kafka import KafkaLog
from schemas.topics import TOPICS

BIN = Path(sys.executable).parent
REPOSITORY = Path(__file__).resolve().parents[2]
READY_S = 90.0
LOOK_S = 0.1


@dataclass(frozen=True)
class Installation:
    """Where everything is. `kafka` is `host:port`, `elastic` a URL."""

    kafka: str
    elastic: str
    topic_prefix: str
    index_prefix: str
    folder: Path
    variables: dict[str, str] = field(default_factory=dict)

    def environ(self) -> dict[str, str]:
        """Return the variables for a process of this installation, and no other `NEWSWIRE_*` ones."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("NEWSWIRE_")}
        return {
            **kept,
            "NEWSWIRE_LOG_URL": f"kafka://{self.kafka}",
            "NEWSWIRE_INDEX_URL": self.elastic,
            "NEWSWIRE_TOPIC_PREFIX": self.topic_prefix,
            "NEWSWIRE_INDEX_PREFIX": self.index_prefix,
            "NEWSWIRE_DATA_DIR": str(self.folder / "data"),
            "NEWSWIRE_PROCESSES": "1",
            # Names by rule: what enrichment finds is tested elsewhere, and models take seconds to load.
            "NEWSWIRE_MODELS": "",
            **self.variables,
        }

    def newswire(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        command = [str(BIN / "newswire"), *map(str, arguments)]
        return subprocess.run(
            command, env=self.environ(), cwd=self.folder, capture_output=True, text=True, timeout=100, check=False
        )

    def open_log(self) -> KafkaLog:
        """Return the log of this installation, for reading along."""
        return KafkaLog([self.kafka], SystemClock(), topic_prefix=self.topic_prefix)

    def open_index(self) -> ElasticIndex:
        """Return the index of this installation."""
        return ElasticIndex(self.elastic, clock=SystemClock(), index_prefix=self.index_prefix)

    def set_up(self) -> None:
        """Create topics and templates, as `newswire setup` does (tests/agents has the command)."""
        with closing(self.open_log()) as log:
            log.create_topics(TOPICS)
            assert log.verify_topics(TOPICS) == []
        with closing(self.open_index()) as index:
            index.install()
            index.check()

    def start(self, *command: str) -> "Worker":
        """Start `newswire worker ROLE`, or with a path that ends in .py another program, with its arguments."""
        program = [str(BIN / "newswire"), "worker"] if not command[0].endswith(".py") else [sys.executable]
        return Worker([*program, *command], self)


@dataclass(frozen=True)
class Left:
    """How a worker ended: its exit code and the seconds from the signal to the end."""

    code: int
    seconds: float


class Worker(AbstractContextManager["Worker"]):
    """A process of its own; killed at the end of its context, if it still runs."""

    _count = 0

    def __init__(self, command: Sequence[str], installation: Installation) -> None:
        Worker._count += 1
        self.log_file = installation.folder / f"worker-{Worker._count}.log"
        environ = installation.environ() | {"PYTHONPATH": str(REPOSITORY), "PYTHONFAULTHANDLER": "1"}
        with self.log_file.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environ,
                cwd=installation.folder,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        """Everything it has written so far, without colours."""
        return re.sub(r"\x1b\[[0-9;]*m", "", self.log_file.read_text("utf-8", "replace"))

    @property
    def running(self) -> bool:
        """Whether the process exists."""
        return self.process.poll() is None

    def ask(self, path: str) -> tuple[int, str]:
        """Ask the probe; status 0 when nothing answers yet."""
        found = re.search(r"probe=(http://127\.0\.0\.1:\d+)/readyz", self.output)
        if found is None:
            return 0, ""
        try:
            with urllib.request.urlopen(f"{found[1]}{path}", timeout=5) as answer:  # noqa: S310 - loopback only
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def readiness(self) -> dict[str, Any]:
        """Return what /readyz says, empty when nothing answers."""
        status, text = self.ask("/readyz")
        facts: dict[str, Any] = json.loads(text) if status else {}
        return facts

    def wait_ready(self, seconds: float = READY_S) -> Self:
        """Wait until it has joined its group and is not blocked."""
        wait_until(lambda: bool(self.readiness().get("ready")), seconds, lambda: f"not ready:\n{self.output}", self)
        return self

    def stop(self, number: signal.Signals = signal.SIGTERM, seconds: float = 40.0) -> Left:
        """Ask it to leave and wait until it has."""
        started = time.monotonic()
        self.process.send_signal(number)
        code = self.process.wait(seconds)
        return Left(code, time.monotonic() - started)

    def kill(self) -> None:
        """End it as a crash would, with everything that it started."""
        if self.running:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave no process behind."""
        self.kill()


def wait_until(condition: Any, seconds: float, why: Any, worker: Worker | None = None) -> None:  # noqa: ANN401 - callables
    """Wait until the condition holds; fail with `why()` when it does not in time, or when the worker has ended."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, why()
        assert worker is None or worker.running, why()
        time.sleep(LOOK_S)
