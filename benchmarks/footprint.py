"""What the program costs before it does anything: start-up of commands, memory of its parts, size of its libraries."""

import re
import statistics
import subprocess
import sys
import time
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Final

from benchmarks.figures import Figure, compare, report

ROOT: Final = Path(__file__).resolve().parents[1]
RUNS: Final = 7
COMMANDS: Final = (("--help",), ("search", "--help"), ("worker", "--help"), ("sources", "show", "reuters.com"))
PARTS: Final = {
    "a command": "import pipeline.cli.main",
    "the search pages": "import pipeline.web.app",
    "the poller": "import pipeline.fetch.wiring",
    "an index or group worker": "import agents.consumer, pipeline.index.elastic",
    "an enrichment process, without its model": "import pipeline.enrich.tools, pipeline.enrich.article",
}
"""What each kind of process imports."""
_RSS: Final = "import psutil; print(psutil.Process().memory_info().rss)"
MIB: Final = 1024 * 1024


def bench_footprint() -> None:
    """Print start-up times against a bare interpreter, memory against one, and installed sizes."""
    bare_s = _median_seconds([sys.executable, "-c", "pass"])
    for command in COMMANDS:
        seconds = _median_seconds([str(Path(sys.executable).parent / "newswire"), *command])
        name = f"newswire {' '.join(command)}"
        about = "from its start to its end; baseline: python -c pass"
        report(compare(f"start-up of {name}", seconds, bare_s, "s", "0.4 s for --help", about))
    bare_mib = _memory_mib("pass")
    for name, imports in PARTS.items():
        about = "resident after its imports; baseline: python"
        report(compare(f"memory of {name}", _memory_mib(imports), bare_mib, "MiB", "none", about))
    sizes = {name: size for name in read_dependencies() if (size := _installed_bytes(name)) is not None}
    for name, size in sorted(sizes.items(), key=lambda item: -item[1]):
        report(Figure(f"size of {name}", round(size / MIB, 1), "MiB", "installed", "none"))
    total = round(sum(sizes.values()) / MIB, 1)
    report(Figure("size of all libraries", total, "MiB", "all direct dependencies, installed", "none"))


def read_dependencies() -> list[str]:
    """Return the names of the libraries that the program needs to run, in the order of `pyproject.toml`, each once."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = (found[0] for line in project["dependencies"] if (found := re.match(r"[A-Za-z0-9._-]+", line)))
    return list(dict.fromkeys(names))


def _median_seconds(command: list[str]) -> float:
    taken = []
    for _ in range(RUNS):
        started = time.perf_counter()
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def _memory_mib(statements: str) -> float:
    ended = subprocess.run(
        [sys.executable, "-c", f"{statements}\n{_RSS}"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return int(ended.stdout.split()[-1]) / MIB


def _installed_bytes(name: str) -> int | None:
    try:
        files = distribution(name).files or ()
    except PackageNotFoundError:
        return None
    return sum(path.stat().st_size for path in (Path(str(file.locate())) for file in files) if path.is_file())
