"""Processor time of processes that are not ours to wait for: workers and servers, each with everything it started."""

from collections.abc import Iterable

import psutil


def cpu_seconds(roots: Iterable[int]) -> float:
    """Return the seconds of processor time that these processes and all below them have used so far.

    Processes below that have ended count as soon as their parent has waited for them; roots that have ended do not.
    """
    return sum(_own_seconds(process) for root in roots for process in _tree(root))


def _tree(root: int) -> list[psutil.Process]:
    try:
        process = psutil.Process(root)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _own_seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system + times.children_user + times.children_system)
