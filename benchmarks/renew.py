"""`make figures`: run the measurements, all or NAME=…, keep each figure they print, and write the README's tables.

Each measurement is a process of its own, as if it had been started by hand; after each one what it printed is kept, so
that a run of hours can be broken off and taken up again one by one.
"""

import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from typing import Final

from benchmarks.__main__ import ALL, PARTS
from benchmarks.figures import Figure, note
from benchmarks.measured import describe_run, merge, read_file, read_printed, write_file
from benchmarks.readme import render
from benchmarks.releases import ROOT, read_version
from benchmarks.scores import FILES
from pipeline.clock import SystemClock

README: Final = ROOT / "README.md"
SCORES: Final = {f"score-{task}": ("benchmarks.scores", task) for task in sorted(FILES)}
BENCHMARKS: Final = {name: ("benchmarks", name) for name in ALL | PARTS}
RUNS: Final = SCORES | BENCHMARKS
DEFAULT: Final = (*SCORES, *ALL, "stories-long", "stories-elastic", "peers")
"""Without a name: the scores, the benchmarks of `make bench`, and the parts beside them that the README shows."""


def main(names: Sequence[str]) -> int:
    """Renew the figures of the named measurements; return 2 for an unknown name, 1 when one broke off."""
    wanted = [one for name in names or DEFAULT for one in (SCORES if name == "scores" else (name,))]
    unknown = [name for name in wanted if name not in RUNS]
    if unknown:
        note(f"no measurement {unknown[0]!r}: one of scores, {', '.join(RUNS)}")
        return 2
    today = SystemClock().now().date()
    broken = [name for name in wanted if not _renew(RUNS[name], today)]
    if broken:
        note(f"broke off, or printed nothing: {', '.join(broken)}; what the others printed is kept")
    try:
        README.write_text(render(README.read_text(encoding="utf-8"), read_file()), encoding="utf-8")
    except ValueError as error:
        note(f"the figures are kept, but not shown: {error}")
        return 1
    return 1 if broken else 0


def _renew(words: Sequence[str], today: date) -> bool:
    """Run one measurement and keep what it prints; say whether it ended in order."""
    run = describe_run(f"python -m {' '.join(words)}", read_version(), today)
    note(f"{run.command} …")
    printed: list[Figure] = []
    strange = False
    with subprocess.Popen([sys.executable, "-m", *words], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            try:
                printed += read_printed(line)
            except ValueError as error:
                strange = True
                note(str(error))
    complete = process.returncode == 0 and bool(printed) and not strange
    write_file(merge(read_file(), printed, run, complete=complete))
    return complete


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
