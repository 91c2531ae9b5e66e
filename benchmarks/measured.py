"""The figures that are kept: what was measured, by which command, at which version, when and on what machine.

Lines that a command printed → figures → `benchmarks/figures.jsonl`, one line for each name. Renders nothing.
"""

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any, Final

import psutil

from benchmarks.figures import Figure

FILE: Final = Path(__file__).with_name("figures.jsonl")
GIB: Final = 1024**3
_OF_FIGURE: Final = tuple(one.name for one in fields(Figure))


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a command: at which version of newswire, on which day, with how many cores and GiB of memory."""

    command: str
    version: str
    measured_on: date
    cores: int
    memory_gib: int


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure and the run that printed it."""

    figure: Figure
    run: Run


def describe_run(command: str, version: str, today: date) -> Run:
    """Return a run of the command here and now: this machine in numbers, nothing that names it."""
    memory_gib = round(psutil.virtual_memory().total / GIB)
    return Run(command, version, today, len(os.sched_getaffinity(0)), memory_gib)


def read_printed(line: str) -> list[Figure]:
    """Return the figures of a printed line: a benchmark's has one, a scorer's all of its task.

    Raises:
        ValueError: the line is neither.

    >>> [one.figure for one in read_printed('{"task": "times", "records": 2, "figures": {"f1": 0.5}, "baseline": {}}')]
    ['score-times-f1']
    """
    facts = json.loads(line)
    try:
        if "task" in facts:
            return _read_score(facts)
        return [Figure(**facts)]
    except (TypeError, KeyError) as error:
        msg = f"neither a benchmark's line nor a scorer's: {line.strip()[:120]}"
        raise ValueError(msg) from error


def _read_score(facts: dict[str, Any]) -> list[Figure]:
    about = f"{facts['records']:,} records"
    found = []
    for name, value in facts["figures"].items():
        baseline = facts["baseline"].get(name)
        figure = f"score-{facts['task']}-{name}"
        found.append(Figure(figure, round(value, 6), "", about, "–", None if baseline is None else round(baseline, 6)))
    return found


def merge(kept: Iterable[Measured], printed: Sequence[Figure], run: Run, *, complete: bool) -> list[Measured]:
    """Return what is kept after a run, by the figures' names: new figures replace those of their name.

    `complete` says that the run ended in order. Then what its command printed earlier and now does not is no figure any
    more; of a run that broke off, only what it printed is taken.
    """
    new = {one.figure: Measured(one, run) for one in printed}
    old = {one.figure.figure: one for one in kept if not (complete and one.run.command == run.command)}
    return [one for _, one in sorted({**old, **new}.items())]


def read_file(path: Path = FILE) -> list[Measured]:
    """Return the figures of the file, by name; none when there is no file yet."""
    if not path.is_file():
        return []
    return [_from_line(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def write_file(measured: Iterable[Measured], path: Path = FILE) -> None:
    """Write one line for each figure; the file is whole at any moment."""
    beside = path.with_suffix(".new")
    beside.write_text("".join(f"{_to_line(one)}\n" for one in measured), encoding="utf-8")
    beside.replace(path)


def _to_line(measured: Measured) -> str:
    facts = {**asdict(measured.figure), **asdict(measured.run), "measured_on": measured.run.measured_on.isoformat()}
    return json.dumps({name: fact for name, fact in facts.items() if fact is not None}, ensure_ascii=False)


def _from_line(line: str) -> Measured:
    facts = json.loads(line)
    figure = Figure(**{name: facts.pop(name) for name in _OF_FIGURE if name in facts})
    return Measured(figure, Run(**{**facts, "measured_on": date.fromisoformat(facts["measured_on"])}))
