"""The template of a pool's processes as the parent sees it: started once, forked for each of them. Blocking.

Loading the tools takes seconds and hundreds of MiB. Forked from one that has them, a process is there at once and
shares that memory. The template is a fresh interpreter with one thread, never a copy of the parent, and its processes
share nothing with the parent but a socket each.
"""

import json
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Final

from pipeline.enrich.pool_child import Work
from pipeline.enrich.pool_frames import REQUEST, Ask, Kind
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


class TemplateFailed(Exception):
    """The template died or took too long; the next request starts another."""


class PoolTemplate:
    """The template of one pool. Safe for several threads; one that waits for the tools holds up the others."""

    def __init__(self, work: Work) -> None:
        """Describe it; the first `fork` starts it."""
        self._work = work
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._closed = False

    def fork(self, theirs: socket.socket) -> int:
        """Return the id of a new process that serves the other end of the socket.

        Raises:
            ConfigurationError: the tools cannot be loaded; the message is the template's.
            TemplateFailed: it does not start now, or it was closed.
        """
        with self._lock:
            if self._control is not None:
                with suppress(TemplateFailed):  # it died since it was asked last: another one may live
                    return self._ask(Ask.FORK, 0, theirs)
            self._start()
            return self._ask(Ask.FORK, 0, theirs)

    def end_process(self, pid: int) -> int:
        """Kill the process if it still runs; return its exit code, negative for a signal. Once for each process."""
        with self._lock, suppress(TemplateFailed):
            return self._ask(Ask.END, pid)
        with suppress(ProcessLookupError):  # its template is gone: whoever inherited it waits for it
            os.kill(pid, signal.SIGKILL)
        return -signal.SIGKILL

    def close(self) -> None:
        """Start no template any more, and end one that still loads; a call under way fails."""
        self._closed = True
        child = self._child
        if child is not None and self._control is None:
            child.kill()

    def rest(self) -> None:
        """End the template, none of whose processes is left; the next `fork` starts another. Harmless when repeated."""
        with self._lock:
            self._end()

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._child = subprocess.Popen(  # noqa: S603 - our own program, with arguments we made
                [sys.executable, "-c", _BOOT, json.dumps(sys.path), str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=_STDERR,
                pass_fds=(theirs.fileno(),),
                process_group=0,  # Ctrl-C in the terminal is for the parent, which drains
            )
        if self._closed:
            self._child.kill()
        try:
            self._wait_until_loaded(ours)
        except BaseException:
            ours.close()
            self._end()
            raise
        self._control = ours

    def _wait_until_loaded(self, ours: socket.socket) -> None:
        with Connection(os.dup(ours.fileno())) as connection:
            try:
                connection.send_bytes(pickle.dumps(self._work))
                answer = connection.recv_bytes() if connection.poll(START_TIMEOUT_S) else None
            except (EOFError, OSError):
                raise TemplateFailed(self._end()) from None
        if answer is None:
            self._kill()
            msg = f"no answer within {START_TIMEOUT_S:g} s"
            raise TemplateFailed(msg)
        if answer[0] == Kind.FAILED:
            raise ConfigurationError(answer[1:].decode(errors="replace"))

    def _ask(self, ask: Ask, pid: int, theirs: socket.socket | None = None) -> int:
        """Return the template's answer; without one it is gone."""
        control = self._control
        if control is None:
            msg = "it does not run"
            raise TemplateFailed(msg)
        try:
            socket.send_fds(control, [REQUEST.pack(ask, pid)], [theirs.fileno()] if theirs else [])
            answer = control.recv(REQUEST.size, socket.MSG_WAITALL)
        except OSError:
            answer = b""
        if len(answer) < REQUEST.size:
            raise TemplateFailed(self._end())
        return int(REQUEST.unpack(answer)[1])

    def _end(self) -> str:
        """Let the template end, which it does when its socket is closed; return how it ended."""
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._child is None:
            return "the process does not run"
        try:
            code = self._child.wait(END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            code = self._kill()
        self._child = None
        return describe_end(code)

    def _kill(self) -> int:
        if self._child is None:
            return 0
        self._child.kill()
        return self._child.wait()


def describe_end(code: int) -> str:
    """Return how a process ended, in words."""
    return f"the process ended by signal {-code}" if code < 0 else f"the process ended with exit code {code}"
