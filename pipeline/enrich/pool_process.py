"""One pool process as its parent sees it: start, give it a batch, end it. Blocking; one thread at a time.

It is forked from the pool's template and shares nothing with the parent but a socket, so it can be killed at any time.
"""

import os
import socket
import threading
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection

from pipeline.enrich.pool_frames import Answer, Kind, pack_values, unpack_answers, unpack_counts
from pipeline.enrich.pool_template import END_TIMEOUT_S, PoolTemplate, TemplateFailed, describe_end


class ProcessFailed(Exception):
    """The batch has no answer; `reason` says why, `broken` whether the process is gone with it."""

    def __init__(self, reason: str, *, broken: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.broken = broken


class PoolProcess:
    """A process of the pool, ready for batches. Not for several threads at once, but for `kill`."""

    def __init__(self, template: PoolTemplate) -> None:
        """Start it, and the template when that does not run.

        Raises:
            ConfigurationError: the tools cannot be loaded; the message is the template's.
            ProcessFailed: the template died or took too long.
        """
        ours, theirs = socket.socketpair()
        self._template = template
        self._ending = threading.Lock()
        self._code: int | None = None
        self._socket = ours
        try:
            with theirs:
                self.pid = template.fork(theirs)
        except TemplateFailed as failure:
            ours.close()
            raise ProcessFailed(str(failure), broken=True) from None
        except BaseException:
            ours.close()
            raise
        self._connection = Connection(os.dup(ours.fileno()))
        self.batches = 0
        self.counts: Counter[str] = Counter()

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
            self.end()
            reason = f"the process answered nonsense: {error}"
            raise ProcessFailed(reason, broken=True) from error
        if len(answers) != len(values):
            reason = f"{len(answers)} answers to {len(values)} articles"
            raise ProcessFailed(reason, broken=False)
        return answers

    def end(self) -> None:
        """End the process and wait until it is gone; at once when it is idle. Harmless when repeated."""
        if self._code is None:
            with suppress(OSError, EOFError):
                self._socket.shutdown(socket.SHUT_WR)
                if self._connection.poll(END_TIMEOUT_S):
                    self._connection.recv_bytes()  # nothing but its end of the socket being closed is expected
        self.kill()
        self._connection.close()
        self._socket.close()

    def kill(self) -> int:
        """End the process without asking; return its exit code, negative for a signal.

        Safe from another thread: `run` there fails at once. Harmless when repeated.
        """
        with self._ending:
            if self._code is None:
                self._code = self._template.end_process(self.pid)
            return self._code

    def _receive(self, timeout_s: float) -> bytes:
        try:
            if not self._connection.poll(timeout_s):
                self.kill()
                self.end()
                reason = f"no answer within {timeout_s:g} s"
                raise ProcessFailed(reason, broken=True)
            return self._connection.recv_bytes()
        except (EOFError, OSError):
            raise self._died() from None

    def _died(self) -> ProcessFailed:
        code = self.kill()
        self.end()
        return ProcessFailed(describe_end(code), broken=True)
