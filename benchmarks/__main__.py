"""`make bench`: all measurements, or those named. Usage: python -m benchmarks [throughput] [long-run] [freshness]."""

import sys
from collections.abc import Callable

from benchmarks.embedded import bench_freshness, bench_long_run, bench_throughput
from benchmarks.figures import note
from pipeline.log_setup import install_logging

BENCHMARKS: dict[str, Callable[[], None]] = {
    "throughput": bench_throughput,
    "long-run": bench_long_run,
    "freshness": bench_freshness,
}


def main(names: list[str]) -> int:
    """Run the named benchmarks, all without a name; return 2 for an unknown name."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        note(f"no benchmark {unknown[0]!r}: one of {', '.join(BENCHMARKS)}")
        return 2
    for name in names or BENCHMARKS:
        BENCHMARKS[name]()
    return 0


if __name__ == "__main__":
    install_logging("warning")
    sys.exit(main(sys.argv[1:]))
