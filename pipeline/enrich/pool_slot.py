"""One place in the pool: its present process, replaced when it broke or has worked enough. Blocking."""

from collections import Counter
from collections.abc import Sequence

import structlog

from pipeline.enrich.pool_frames import Answer
from pipeline.enrich.pool_process import PoolProcess, ProcessFailed
from pipeline.enrich.pool_template import PoolTemplate
from schemas.errors import Unavailable

log = structlog.get_logger(__name__)


class PoolSlot:
    """Runs batches in a child process. Only `kill` may be called while another call is under way."""

    def __init__(self, template: PoolTemplate, recycle_after: int) -> None:
        self._template = template
        self._recycle_after = recycle_after
        self._process: PoolProcess | None = None
        self._closed = False
        self.broken = 0
        self._counted: Counter[str] = Counter()

    @property
    def counts(self) -> Counter[str]:
        """What was counted during the batches of all its children so far."""
        return self._counted + self._process.counts if self._process else self._counted

    @property
    def pid(self) -> int | None:
        """The present child's process id, None when there is none."""
        return self._process.pid if self._process else None

    def prepare(self) -> PoolProcess:
        """Return a process that is ready, starting one when needed.

        Raises:
            ConfigurationError: its tools cannot be loaded.
            Unavailable: it does not start now, or the pool is closed.
        """
        if self._process and self._process.batches >= self._recycle_after:
            self.rest()
        if self._process is None:
            self._check_open()
            return self._start()
        return self._process

    def _start(self) -> PoolProcess:
        try:
            process = PoolProcess(self._template)
        except (ProcessFailed, OSError) as failure:
            msg = f"an enrichment process does not start: {failure}"
            raise Unavailable(msg) from failure
        self._process = process
        if self._closed:  # meanwhile
            self.rest()
            self._check_open()
        return process

    def run(self, values: Sequence[bytes], timeout_s: float) -> list[Answer]:
        """Return one answer per value, in order.

        Raises:
            ProcessFailed: this batch failed; the slot can be used again.
            ConfigurationError: the tools cannot be loaded.
            Unavailable: the process does not start now, or the pool is closed.
        """
        process = self.prepare()
        try:
            return process.run(values, timeout_s)
        except ProcessFailed as failure:
            if failure.broken:
                self.broken += 1
                self._forget()
                self._check_open()
            log.warning("enrichment batch failed", reason=failure.reason, articles=len(values), broken=failure.broken)
            raise

    def _forget(self) -> None:
        self._counted, self._process = self.counts, None

    def kill(self) -> None:
        """End the process at once and start no other; a call under way fails."""
        self._closed = True
        process = self._process
        if process:
            process.kill()

    def rest(self) -> None:
        """End the idle process; the next batch starts another."""
        if self._process:
            self._process.end()
            self._forget()

    def end(self) -> None:
        """End the idle process and start no other."""
        self._closed = True
        self.rest()

    def _check_open(self) -> None:
        if self._closed:
            msg = "the enrichment pool is closed"
            raise Unavailable(msg)
