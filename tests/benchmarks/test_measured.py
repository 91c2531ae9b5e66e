"""Figures that are kept: read from what commands print, merged by name, and told when they are outdated."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from benchmarks.figures import Figure
from benchmarks.measured import Measured, Run, describe_run, merge, read_file, read_printed, write_file
from benchmarks.releases import find_outdated, read_releases, read_version

RUN = Run("python -m benchmarks steps", "0.1.0", date(2026, 11, 27), 2, 24)
TENTH = Figure("tenth", 3.7, "s", "the last against the first", "ratio ≤ 1.2", 4.16, 0.889)


def _names(measured: list[Measured]) -> list[str]:
    return [one.figure.figure for one in measured]


def _at(version: str) -> Measured:
    return Measured(TENTH, replace(RUN, version=version))


def test_a_benchmarks_line_is_its_figure() -> None:
    """What `report` prints is read back as it was."""
    line = json.dumps({"figure": "tenth", "value": 3.7, "unit": "s", "about": "the last", "target": "–"})
    assert read_printed(line) == [Figure("tenth", 3.7, "s", "the last", "–")]


def test_a_scorers_line_is_a_figure_for_each_name() -> None:
    """Each has the task in its name, and the baseline of its name where there is one."""
    facts = {"task": "times", "records": 1200, "figures": {"f1": 0.90871, "odd": 2.0}, "baseline": {"f1": 0.8}}
    assert read_printed(json.dumps(facts)) == [
        Figure("score-times-f1", 0.90871, "", "1,200 records", "–", 0.8),
        Figure("score-times-odd", 2.0, "", "1,200 records", "–"),
    ]


@pytest.mark.parametrize("line", ["hello", "{}", '{"figure": "one"}', '{"task": "times"}', "[]"])
def test_other_lines_are_refused(line: str) -> None:
    """A line that is no figure is an error that shows it."""
    with pytest.raises(ValueError):  # noqa: PT011 - the message is the decoder's or ours
        read_printed(line)


def test_new_figures_replace_those_of_their_name() -> None:
    """Others keep their run; the order is that of the names."""
    other = Measured(replace(TENTH, figure="other"), replace(RUN, command="python -m benchmarks feeds"))
    new = replace(RUN, version="0.2.0")
    merged = merge(
        [other, Measured(TENTH, RUN)], [replace(TENTH, value=3.0), replace(TENTH, figure="all")], new, complete=True
    )
    assert _names(merged) == ["all", "other", "tenth"]
    assert merged[1] == other
    assert merged[2] == Measured(replace(TENTH, value=3.0), new)


def test_what_a_command_no_longer_prints_goes_only_when_it_ended_in_order() -> None:
    """A run that broke off takes nothing away."""
    kept = [Measured(TENTH, RUN), Measured(replace(TENTH, figure="gone"), RUN)]
    assert _names(merge(kept, [TENTH], RUN, complete=True)) == ["tenth"]
    assert _names(merge(kept, [TENTH], RUN, complete=False)) == ["gone", "tenth"]
    assert _names(merge(kept, [], RUN, complete=False)) == ["gone", "tenth"]


def test_the_file_holds_what_was_written(tmp_path: Path) -> None:
    """Figures and their runs come back as they were; without a file there are none."""
    path = tmp_path / "figures.jsonl"
    assert read_file(path) == []
    kept = [Measured(TENTH, RUN), Measured(Figure("size", 61.0, "KB", "…", "≤ 150 KB"), RUN)]
    write_file(kept, path)
    assert read_file(path) == kept
    assert [entry.name for entry in tmp_path.iterdir()] == ["figures.jsonl"]


def test_a_run_tells_the_machine_in_numbers_only() -> None:
    """Cores and memory, and nothing that names it."""
    run = describe_run("python -m benchmarks steps", "0.1.0", date(2026, 11, 27))
    assert run.cores >= 1
    assert run.memory_gib >= 1


@pytest.mark.parametrize(
    ("version", "releases", "current", "outdated"),
    [
        ("0.1.0", [], "0.1.0", False),  # nothing was released yet
        ("0.1.0", ["0.1.0"], "0.2.0", False),  # the release before this version, which is not released yet
        ("0.1.0", ["0.2.0", "0.1.0"], "0.2.0", False),  # the same, on the day of the release
        ("0.1.0", ["0.2.0", "0.1.0"], "0.3.0", True),  # two releases ago
        ("0.1.0", ["0.3.0", "0.2.0", "0.1.0"], "0.3.0", True),
        ("0.2.0", ["0.3.0", "0.2.0", "0.1.0"], "0.3.0", False),
        ("0.4.0", ["0.3.0"], "0.3.1", True),  # no release, and not this version
        ("0.3.0", ["0.3.0", "0.2.0"], "0.2.0", True),  # newer than the code that it would speak of
        ("", ["0.1.0"], "0.1.0", True),
    ],
)
def test_a_figure_is_outdated_by_more_than_a_release(
    version: str, releases: list[str], current: str, outdated: bool
) -> None:
    """It may be of this version or of the release before it, and of no other."""
    assert find_outdated([_at(version)], current, releases) == ([_at(version)] if outdated else [])


def test_no_kept_figure_is_outdated() -> None:
    """Every figure was measured at this version or at the release before it: else `make figures` is due."""
    outdated = find_outdated(read_file(), read_version(), read_releases())
    assert [(one.figure.figure, one.run.version, one.run.command) for one in outdated] == []
