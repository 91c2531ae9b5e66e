"""Which process somebody is, and whether it still runs: for leases that end with their owner, even by kill -9.

In: this process, or an identity written down earlier by any process. Out: an identity, or a verdict. The verdict "gone"
is only given for processes of this machine and this boot (and this container: process ids mean nothing across pid
namespaces); of all others nothing is known, and they count as running.
"""

import os
import platform
from pathlib import Path
from typing import Final, NamedTuple

_PROC: Final = Path("/proc")
_STATE: Final = 0  # fields of /proc/PID/stat after the name in parentheses, proc_pid_stat(5)
_START_TICKS: Final = 19
_ENDED: Final = frozenset("ZXx")  # a zombie waits for its parent, but will never run again


class ProcessIdentity(NamedTuple):
    """One run of one program. `started` tells it from a later process with the same id; empty where unknown."""

    machine: str
    pid: int
    started: str


def identify_this_process() -> ProcessIdentity:
    """Return the identity of the running process."""
    pid = os.getpid()
    found = _read_stat(pid)
    return ProcessIdentity(_identify_machine(), pid, found[1] if found else "")


def is_gone(identity: ProcessIdentity) -> bool:
    """Say whether it is certain that this process has ended."""
    if identity.machine != _identify_machine():
        return False
    found = _read_stat(identity.pid)
    if found is None:
        return not _exists(identity.pid)
    state, started = found
    return state in _ENDED or (bool(identity.started) and started != identity.started)


def _identify_machine() -> str:
    """Return what two processes share exactly when each can see the other's process id."""
    try:
        boot = _PROC.joinpath("sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {_PROC.joinpath('self/ns/pid').readlink()}"
    except OSError:
        return platform.node()


def _read_stat(pid: int) -> tuple[str, str] | None:
    """Return state and start time (clock ticks since boot) of a process, None when there is none."""
    try:
        stat = _PROC.joinpath(str(pid), "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return fields[_STATE], fields[_START_TICKS]


def _exists(pid: int) -> bool:
    """Ask where /proc does not tell. A process that we may not signal exists; Windows cannot be asked this way."""
    if os.name != "posix":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
