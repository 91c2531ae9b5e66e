"""What a run's memory is taken to be."""

import subprocess
import sys

import psutil

from benchmarks.sampling import tree_bytes

SIZE = 100 * 1024 * 1024
FORKED = f"""
import os, sys
held = b"x" * {SIZE}
if os.fork():
    print("ready", flush=True)
sys.stdin.read()
"""


def test_memory_that_processes_share_counts_once() -> None:
    """A process that was forked from another needs no second copy of what it has not written to."""
    with subprocess.Popen([sys.executable, "-c", FORKED], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        parent.stdout.readline()
        used = tree_bytes(psutil.Process(parent.pid))
        parent.stdin.close()
    assert SIZE < used < 1.6 * SIZE
