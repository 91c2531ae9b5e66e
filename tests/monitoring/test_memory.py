"""What a process and its children hold is told as the system tells it, shared pages once."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.monitoring.memory import read_memory_bytes

PAGE = os.sysconf("SC_PAGE_SIZE")
SIZE = 100 * 1024 * 1024


def write_process(proc: Path, pid: int, pages: int, *, share_kib: int | None = None, children: str = "") -> None:
    """Write the files of one process."""
    (proc / str(pid) / "task" / str(pid)).mkdir(parents=True)
    (proc / str(pid) / "statm").write_text(f"9999 {pages} 0 0 0 0 0\n")
    (proc / str(pid) / "task" / str(pid) / "children").write_text(children)
    if share_kib is not None:
        (proc / str(pid) / "smaps_rollup").write_text(f"Rss:    99999 kB\nPss:   {share_kib} kB\nPss_Dirty:  1 kB\n")


def test_shares_are_added_up_over_all_descendants(tmp_path: Path) -> None:
    """A process, its child and grandchild; a process beside them does not count."""
    write_process(tmp_path, 1, 10, share_kib=100, children="2")
    write_process(tmp_path, 2, 10, share_kib=20, children="3 ")
    write_process(tmp_path, 3, 10, share_kib=3)
    write_process(tmp_path, 4, 10, share_kib=5000)
    assert read_memory_bytes(1, tmp_path) == 123 * 1024


def test_without_shares_resident_pages_count(tmp_path: Path) -> None:
    """A kernel that tells no shares, a child that has ended, and a system without /proc."""
    write_process(tmp_path, 1, 7, children="2 3")
    write_process(tmp_path, 2, 5)
    assert read_memory_bytes(1, tmp_path) == 12 * PAGE
    assert read_memory_bytes(1, tmp_path / "none") == 0


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="this system does not tell what is shared")
def test_what_forked_processes_share_counts_once() -> None:
    """Four processes need no more than one copy of what they have not written to."""
    hold = f"import os, time; held = b'x' * {SIZE}; os.fork(); os.fork()"
    program = f"{hold}; os.write(1, b'1\\n'); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, start_new_session=True) as process:
        try:
            assert process.stdout
            assert [process.stdout.readline() for _ in range(4)] == [b"1\n"] * 4
            held = read_memory_bytes(process.pid)
        finally:
            os.killpg(process.pid, 9)
    assert SIZE < held < 1.6 * SIZE
