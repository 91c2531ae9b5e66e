"""Runs a program to its end on one core, and says what it took: time, processor time, memory of all its processes."""

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipeline.monitoring.memory import read_memory_bytes

LOOK_S: Final = 0.05
LIMIT_S: Final = 300.0
"""A program that takes longer has failed."""
NO_NETWORK: Final = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
"""A port where nobody listens: what a program wants from the network, it is refused at once."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one run took. `peak_bytes` is the largest sum over all processes; memory that they share counts once."""

    seconds: float
    cpu_seconds: float
    peak_bytes: int
    exit_code: int
    said: str


def run_on_one_core(command: Sequence[str], folder: Path, variables: Mapping[str, str], output: Path) -> Run:
    """Run the command in `folder` without network, its output in the file `output`.

    The core is the last of those that this process may use. What ended processes used counts once they are waited for.
    """
    cores = os.sched_getaffinity(0)
    with output.open("wb") as said:
        started = time.perf_counter()
        os.sched_setaffinity(0, {max(cores)})
        try:
            process = subprocess.Popen(
                command, cwd=folder, env={**os.environ, **NO_NETWORK, **variables}, stdout=said, stderr=said
            )
        finally:
            os.sched_setaffinity(0, cores)
        peak, code, cpu_seconds = _watch(process, started + LIMIT_S)
    seconds = time.perf_counter() - started
    return Run(seconds, cpu_seconds, peak, code, output.read_text(encoding="utf-8", errors="replace")[-2000:])


def _watch(process: subprocess.Popen[bytes], deadline: float) -> tuple[int, int, float]:
    """Return the peak in bytes, the exit code and the processor time, when the process has ended."""
    peak = 0
    while True:
        ended, status, usage = os.wait4(process.pid, os.WNOHANG)
        if ended:
            process.returncode = os.waitstatus_to_exitcode(status)
            return peak, process.returncode, usage.ru_utime + usage.ru_stime
        peak = max(peak, read_memory_bytes(process.pid))
        if time.perf_counter() > deadline:
            process.kill()
        time.sleep(LOOK_S)
