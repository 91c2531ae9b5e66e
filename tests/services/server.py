"""One Java server as a process of its own: start, health, kill, restart, suspend, and nothing left behind.

In: a command and a health check from a subclass. Out: a running process, known by its id, with its log in a file.
Knows neither Kafka nor Elasticsearch.
"""

import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

HOST = "127.0.0.1"
#: Below the range that systems take client ports from. A port of that range can be taken by some client while a killed
#: server is away; a client that retries a dead loopback port of that range can even end up connected to itself.
PORTS = range(20_000, 32_000)
PORT_ATTEMPTS = 200

START_SECONDS = 60.0
STOP_SECONDS = 20.0
POLL_SECONDS = 0.05
TAIL_LINES = 80


class StartFailed(RuntimeError):
    """The server ended, or did not become healthy in time; the message holds the end of its log."""


def free_port() -> int:
    """Return a loopback port that nothing listens on now."""
    for _ in range(PORT_ATTEMPTS):
        port = random.choice(PORTS)  # noqa: S311 - spread between test processes, not secrecy
        with socket.socket() as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    message = f"no free port found between {PORTS.start} and {PORTS.stop}"
    raise RuntimeError(message)


def accepts_connections(port: int) -> bool:
    """Say whether something listens on a loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((HOST, port)) == 0


def temporary_folder(name: str, owner: int) -> Path:
    """Make a folder for a server's configuration, data and log, named after the process that will remove it."""
    return Path(tempfile.mkdtemp(prefix=f"newswire-{name}-{owner}-"))


def remove_abandoned_folders() -> None:
    """Remove folders whose owner was killed before it could do so itself."""
    for folder in Path(tempfile.gettempdir()).glob("newswire-*-*-*"):
        owner = folder.name.split("-")[2]
        if owner.isdigit() and not psutil.pid_exists(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)


class JavaServer(ABC):
    """A server with a temporary data folder and fixed ports, so that a restart is the same server again.

    As a context manager it starts on entry; on exit it is killed and its folder removed.

    Args:
        name: Short name, for messages and the folder.
        owner: Process id whose end also ends the server, even by kill -9; this process when not given.
    """

    def __init__(self, name: str, *, owner: int | None = None) -> None:
        self.name = name
        self._owner = owner or os.getpid()
        self.folder = temporary_folder(name, self._owner)
        self.log_file = self.folder / "server.log"
        self.start_seconds = 0.0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def address(self) -> str:
        """What a client connects to."""

    @abstractmethod
    def command(self) -> list[str]:
        """Write the configuration and return the command line, without the owner."""

    @abstractmethod
    def is_healthy(self) -> bool:
        """Say whether the server answers requests; may block for about a second, never raises."""

    def warm_up(self) -> None:
        """Use the running server the way tests do, so that a recorded start knows those paths as well."""
        return

    @property
    def pid(self) -> int | None:
        """Process id of the running server, None when it is not running."""
        return self._process.pid if self.is_running and self._process else None

    @property
    def is_running(self) -> bool:
        """Say whether the process exists; a suspended one does."""
        return self._process is not None and self._process.poll() is None

    def start(self, seconds: float = START_SECONDS, options: Sequence[str] = ()) -> Self:
        """Start the process with further Java `options` and wait until it is healthy, at most `seconds`.

        Raises:
            StartFailed: it ended or was not healthy in time; it is not running then.
        """
        if self.is_running:
            return self
        started = time.monotonic()
        java, *rest = self.command()
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                [java, f"-Dservices.owner={self._owner}", *options, *rest],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                start_new_session=True,  # Ctrl-C reaches the tests first, which then stop the server
            )
        self._wait_until_healthy(started + seconds)
        self.start_seconds = time.monotonic() - started
        return self

    def _wait_until_healthy(self, deadline: float) -> None:
        while not self.is_healthy():
            if not self.is_running:
                self._fail(f"ended with exit code {self._process.returncode if self._process else None}")
            if time.monotonic() > deadline:
                self.kill()
                self._fail("was not healthy in time")
            time.sleep(POLL_SECONDS)

    def _fail(self, what: str) -> None:
        message = f"{self.name} {what}; the end of its log:\n{self.log_tail()}"
        raise StartFailed(message)

    def log_tail(self, lines: int = TAIL_LINES) -> str:
        """Return the last lines the server wrote, over all its starts."""
        if not self.log_file.exists():
            return "(no log)"
        with self.log_file.open(encoding="utf-8", errors="replace") as log:
            return "".join(deque(log, lines))

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Ask the server to end (SIGTERM), resuming it if suspended, and kill it when it has not ended in `seconds`."""
        if self._process is None or not self.is_running:
            return
        self.resume()
        self._process.terminate()
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End the server at once (SIGKILL), as a crash would; the data folder stays."""
        if self._process is not None and self.is_running:
            self._process.kill()
            self._process.wait()

    def restart(self, seconds: float = START_SECONDS) -> Self:
        """Kill the server if it runs and start it again: same ports, same data."""
        self.kill()
        return self.start(seconds)

    def suspend(self) -> None:
        """Freeze the process (SIGSTOP): connections stay open and nothing answers once this returns."""
        self._signal(signal.SIGSTOP)
        if self._process is None or not self.is_running:
            return
        # On a busy machine the threads stop some time after the signal was sent, and could answer one more call.
        deadline = time.monotonic() + 10
        status = Path(f"/proc/{self._process.pid}/task")
        while status.is_dir() and time.monotonic() < deadline:
            states = [(task / "stat").read_text().rpartition(")")[2].split()[0] for task in status.iterdir()]
            if all(state in "TtZ" for state in states):
                return
            time.sleep(0.01)

    def resume(self) -> None:
        """Let a suspended process continue (SIGCONT)."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self.is_running:
            self._process.send_signal(number)

    def disown(self) -> None:
        """Leave the running server to its owner: this object, and the end of this process, no longer touch it."""
        if self._process is not None:
            self._process.returncode = 0  # or Python warns about a child that is still running
            self._process = None

    def close(self) -> None:
        """Kill the server and remove its folder, log included."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        """Start; a failed start leaves no folder."""
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Kill and clean up, whatever happened inside."""
        self.close()
