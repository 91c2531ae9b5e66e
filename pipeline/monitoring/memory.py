"""How much memory a process and its children hold, read from /proc; 0 where there is none."""

import os
from pathlib import Path
from typing import Final

_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")


def read_memory_bytes(pid: int, proc: Path = Path("/proc")) -> int:
    """Return the resident memory of a process and all that it started; pages that are shared count each time."""
    total, waiting, seen = 0, [pid], set[int]()
    while waiting:
        one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        try:
            total += int((proc / str(one) / "statm").read_text("ascii").split()[1]) * _PAGE_BYTES
            for children in (proc / str(one) / "task").glob("*/children"):
                waiting += map(int, children.read_text("ascii").split())
        except (OSError, ValueError, IndexError):
            continue  # it ended meanwhile, or this system tells nothing
    return total
