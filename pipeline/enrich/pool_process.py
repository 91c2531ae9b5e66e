"""One pool process as its parent sees it: start, give it a batch, end it. Blocking; one thread at a time.

The child is a fresh interpreter with one socket to its parent. It shares nothing with the parent but that socket, so it
can be killed at any time.
"""

import json
import os
import pickle
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Final

from pipeline.enrich.pool_child import Work
from pipeline.enrich.pool_frames import Answer, Kind, pack_values, unpack_answers, unpack_counts
from schemas.errors import ConfigurationError

START_TIMEOUT_S: Final = 120.0
"""Longest time for loading the models, on a machine that is busy with other things; 3 s is usual."""

END_TIMEOUT_S: Final = 2.0

_STDERR: Final = 2
"""A child must never write into what its parent prints as JSON."""

_BOOT: Final = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from pipeline.enrich.pool_child import main
main(int(sys.argv[2]))
"""


class ProcessFailed(Exception):
    """The batch has no answer; `reason` says why, `broken` whether the process is gone with it."""

    def __init__(self, reason: str, *, broken: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.broken = broken


class PoolProcess:
    """A child that runs `work`. Not for several threads at once."""

    def __init__(self, work: Work) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._child = subprocess.Popen(  # noqa: S603 - our own program, with arguments we made
                [sys.executable, "-c", _BOOT, json.dumps(sys.path), str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=_STDERR,
                pass_fds=(theirs.fileno(),),
                process_group=0,  # Ctrl-C in the terminal is for the parent, which drains
            )
        self._connection = Connection(os.dup(ours.fileno()))
        ours.close()
        self._connection.send_bytes(pickle.dumps(work))
        self.batches = 0
        self.counts: Counter[str] = Counter()

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._child.pid

    def wait_until_ready(self) -> None:
        """Block until the tools are loaded.

        Raises:
            ConfigurationError: they cannot be loaded; the message is the child's.
            ProcessFailed: the child died or took too long.
        """
        answer = self._receive(START_TIMEOUT_S)
        if answer[0] == Kind.FAILED:
            self.end()
            raise ConfigurationError(answer[1:].decode(errors="replace"))

    def run(self, values: Sequence[bytes], timeout_s: float) -> list[Answer]:
        """Return one answer per value, in order.

        Raises:
            ProcessFailed: the batch raised (the process lives on), or the process died or hung (it is gone).
        """
        self.batches += 1
        try:
            self._connection.send_bytes(pack_values(values))
        except OSError:
            raise self._died() from None
        answer = self._receive(timeout_s)
        if answer[0] == Kind.FAILED:
            raise ProcessFailed(answer[1:].decode(errors="replace"), broken=False)
        if answer[0] == Kind.FAILED_AND_ENDED:
            self.end()
            raise ProcessFailed(answer[1:].decode(errors="replace"), broken=True)
        try:
            answers = unpack_answers(answer)
            self.counts.update(unpack_counts(answer))
        except ValueError as error:
            self.kill()
            reason = f"the process answered nonsense: {error}"
            raise ProcessFailed(reason, broken=True) from error
        if len(answers) != len(values):
            reason = f"{len(answers)} answers to {len(values)} articles"
            raise ProcessFailed(reason, broken=False)
        return answers

    def end(self) -> None:
        """End the child and wait until it is gone; at once when it is idle. Harmless when repeated."""
        self._connection.close()
        try:
            self._child.wait(END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End the child without asking. Safe from another thread: `run` there fails at once."""
        self._child.kill()
        self._child.wait()

    def _receive(self, timeout_s: float) -> bytes:
        try:
            if not self._connection.poll(timeout_s):
                self.kill()
                self._connection.close()
                reason = f"no answer within {timeout_s:g} s"
                raise ProcessFailed(reason, broken=True)
            return self._connection.recv_bytes()
        except (EOFError, OSError):
            raise self._died() from None

    def _died(self) -> ProcessFailed:
        self._connection.close()
        try:
            code = self._child.wait(END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill()
            code = self._child.returncode
        how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
        return ProcessFailed(f"the process ended {how}", broken=True)
