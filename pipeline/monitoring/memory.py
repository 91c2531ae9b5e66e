"""How much memory a process and its children hold, read from /proc; 0 where there is none."""

import os
import re
from pathlib import Path
from typing import Final

_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")
_SHARE: Final = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)


def read_memory_bytes(pid: int, proc: Path = Path("/proc")) -> int:
    """Return the resident memory of a process and all that it started.

    What several of them share counts once, as models do that are loaded before processes fork; where the system does
    not tell what is shared, each time.
    """
    total, waiting, seen = 0, [pid], set[int]()
    while waiting:
        one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        try:
            total += _resident_bytes(proc / str(one))
            for children in (proc / str(one) / "task").glob("*/children"):
                waiting += map(int, children.read_text("ascii").split())
        except (OSError, ValueError, IndexError):
            continue  # it ended meanwhile, or this system tells nothing
    return total


def _resident_bytes(folder: Path) -> int:
    """Return a process's share of what is resident, each page divided by the number of processes that have it."""
    try:
        share = _SHARE.search((folder / "smaps_rollup").read_text("ascii"))
    except OSError:
        share = None  # an old kernel, or one that asks for more rights
    return int(share[1]) * 1024 if share else int((folder / "statm").read_text("ascii").split()[1]) * _PAGE_BYTES
