"""`make fuzz`: each target for so many executions, guided by coverage; one JSON line each, and the findings as files.

Usage: python -m tests.fuzz [TARGET…] [--runs N] [--seconds S] [--seed N]. A target runs in a process of its own, for
the fuzzer ends it. Its corpus begins with the seeds and with files of the evaluation data where they are present.
"""

import argparse
import gzip
import json
import re
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import SystemRandom
from typing import Final

from tests.fuzz.targets import TARGETS

ROOT: Final = Path(__file__).resolve().parents[2]
DATA: Final = ROOT.parent / "shared" / "data"
MAX_FILES: Final = 600
# Longer than any input may take, on a busy machine: what takes longer hangs.
HANG_S: Final = 25


def corpus_files(kind: str, max_bytes: int) -> Iterator[bytes]:
    """Yield real documents of one kind, cut to the size that is fuzzed; none where the data is missing."""
    if not DATA.is_dir() or not kind:
        return
    if kind == "feeds":
        with tarfile.open(DATA / "feeds.tar.gz") as archive:
            for member in archive:
                stream = archive.extractfile(member) if member.isfile() else None
                if stream is not None:
                    yield stream.read(max_bytes)
        return
    name, field = {"pages": ("html_scrapinghub", "html"), "texts": ("articles_allsides", "text")}[kind]
    with gzip.open(DATA / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            yield str(json.loads(line).get(field) or "").encode()[:max_bytes]


def fill_corpus(name: str, folder: Path) -> int:
    """Write what the fuzzer begins with, and return the number of files."""
    target = TARGETS[name]
    values = [*target.seeds]
    for value in corpus_files(target.corpus, target.max_bytes):
        values.append(value)
        if len(values) >= MAX_FILES:
            break
    for number, value in enumerate(values):
        (folder / f"{number:05}").write_bytes(value)
    return len(values)


def fuzz(name: str, runs: int, seconds: int, seed: int) -> dict[str, object]:
    """Fuzz one target in a process of its own, and return what came of it."""
    with tempfile.TemporaryDirectory(prefix="newswire-fuzz-") as folder:
        corpus, found = Path(folder) / "corpus", Path(folder) / "found"
        corpus.mkdir()
        found.mkdir()
        files = fill_corpus(name, corpus)
        options = [f"-runs={runs}", f"-max_total_time={seconds}", f"-seed={seed}", f"-timeout={HANG_S}"]
        options += [f"-max_len={TARGETS[name].max_bytes}", "-entropic_scale_per_exec_time=1"]  # quick inputs first
        options += ["-rss_limit_mb=4096", "-print_final_stats=1", f"-artifact_prefix={found}/"]
        started = time.monotonic()
        ended = subprocess.run(
            [sys.executable, "-m", "tests.fuzz.one", name, *options, str(corpus)],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            check=False,
        )
        executions = re.search(r"number_of_executed_units:\s*(\d+)", ended.stderr)
        findings = keep_findings(name, found)
        if ended.returncode:
            print(ended.stderr[-3000:], file=sys.stderr)
    return {
        "target": name,
        "executions": int(executions[1]) if executions else 0,
        "corpus_files": files,
        "seconds": round(time.monotonic() - started, 1),
        "seed": seed,
        "exit_code": ended.returncode,
        "findings": findings,
    }


def keep_findings(name: str, found: Path) -> list[str]:
    """Copy what broke the target to where the short form replays it, and return the files' names."""
    kept = []
    for path in sorted(found.iterdir()):
        place = ROOT / "tests" / "fuzz" / "findings" / f"{name}-{path.name}"
        place.write_bytes(path.read_bytes())
        kept.append(place.name)
    return kept


def main() -> int:
    """Fuzz what was asked for; return 1 when something was found, or a target did not run."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", choices=[*TARGETS, []], help="all without one")
    parser.add_argument("--runs", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=int, default=3600, help="for each target, whatever the runs")
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(1, 1_000_000))
    given = parser.parse_args()
    bad = 0
    for name in given.targets or TARGETS:
        outcome = fuzz(name, given.runs, given.seconds, given.seed)
        print(json.dumps(outcome), flush=True)
        bad += bool(outcome["exit_code"] or not outcome["executions"])
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
