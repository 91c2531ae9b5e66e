"""The README's tables of figures: rows and kept figures → the lines between two markers. Pure.

What a table says of a figure (value, unit, what was done, when it was measured) stands in the file of figures only.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from benchmarks.measured import Measured, Run
from benchmarks.peers.table import build_table, read_columns
from benchmarks.readme_plans import render_plans
from benchmarks.readme_rows import TABLES, Row, Table

NONE: Final = "–"
_UNITLESS: Final = frozenset({"", "share"})


def render(readme: str, measured: Iterable[Measured]) -> str:
    """Return the README with each table written anew between its markers.

    Raises:
        ValueError: a table has no markers, or a row wants a figure that was never measured.
    """
    by_name = {one.figure.figure: one for one in measured}
    for name, table in TABLES.items():
        before, after = _split(readme, name)
        lines = [*_describe_machines(table, by_name), *render_table(table, by_name)]
        readme = "".join((before, *(f"{line}\n" for line in lines), after))
    for name, render_other in {"peers": render_peers, "scale": render_plans}.items():
        before, after = _split(readme, name)
        readme = "".join((before, *(f"{line}\n" for line in render_other(by_name)), after))
    return readme


def render_peers(measured: Mapping[str, Measured]) -> list[str]:
    """Return the table of newswire beside other programs, a column each, and when it was measured."""
    some = {name: one for name, one in measured.items() if name.startswith("peers-")}
    if not some:
        msg = "the table of peers wants figures, which no command has printed"
        raise ValueError(msg)
    runs = [one.run for one in some.values()]
    return [_describe_runs(runs), "", *build_table(read_columns(one.figure for one in some.values()))]


def _split(readme: str, name: str) -> tuple[str, str]:
    """Return what stands up to and with a table's first marker, and from its last one on."""
    begin, end = f"<!-- figures: {name} -->\n", "<!-- end of figures -->"
    before, found, rest = readme.partition(begin)
    _, ended, after = rest.partition(end)
    if not (found and ended):
        msg = f"the README has no table between {begin.strip()} and {end}"
        raise ValueError(msg)
    return before + begin, end + after


def render_table(table: Table, measured: Mapping[str, Measured]) -> list[str]:
    """Return a table's lines. The column of ratios is left out where no figure has one; a command stands once."""
    shown = [(row, [_find(name, row, measured) for name in row.figures]) for row in table.rows]
    has_ratio = any(one.figure.ratio is not None for _, some in shown for one in some)
    heads = ["what", "newswire", "baseline", *(["ratio"] if has_ratio else [])]
    heads += [*(["command"] if table.tells_runs else []), "measured"]
    lines = [_line(heads), "|---" * len(heads) + "|"]
    last = ""
    for row, some in shown:
        figure, run = some[0].figure, some[0].run
        ours = _join([one.figure.value for one in some])
        cells = [_describe(row, figure.about), ours if figure.unit in _UNITLESS else f"{ours} {figure.unit}"]
        cells.append(_join([one.figure.baseline for one in some]))
        cells += [_join([one.figure.ratio for one in some])] if has_ratio else []
        cells += [] if not table.tells_runs else [""] if run.command == last else [f"`{run.command}`"]
        cells.append(" / ".join(dict.fromkeys(f"{one.run.version}, {one.run.measured_on}" for one in some)))
        lines.append(_line(cells))
        last = run.command
    return lines


def format_number(value: float | None) -> str:
    """Return a number with three significant digits and up to three decimals, as the README writes them; counts whole.

    >>> [format_number(one) for one in (15.486, 0.8123, 0.002, 1228.4, 0.0, 1.0, 2, 1228, None)]
    ['15.5', '.812', '.002', '1,228', '0', '1.00', '2', '1,228', '–']
    """
    if value is None:
        return NONE
    if value == 0 or isinstance(value, int):
        return f"{value:,.0f}"
    digits = min(3, max(0, 2 - math.floor(math.log10(abs(value)))))
    return re.sub(r"^(-?)0\.", r"\1.", f"{value:,.{digits}f}")


def _describe_machines(table: Table, measured: Mapping[str, Measured]) -> list[str]:
    if not table.tells_runs:
        return []
    runs = {_find(name, row, measured).run for row in table.rows for name in row.figures}
    return [f"Measured {_name_machines(runs)}.", ""]


def _describe_runs(runs: Sequence[Run]) -> str:
    told = " or ".join(dict.fromkeys(f"{run.version}, {run.measured_on}" for run in runs))
    commands = " or ".join(dict.fromkeys(f"`{run.command}`" for run in runs))
    return f"Measured by {commands} {_name_machines(runs)}: {told}."


def _name_machines(runs: Iterable[Run]) -> str:
    machines = sorted({(run.cores, run.memory_gib) for run in runs})
    return "on " + " or ".join(f"{cores} cores with {memory} GiB of memory" for cores, memory in machines)


def _find(name: str, row: Row, measured: Mapping[str, Measured]) -> Measured:
    if name not in measured:
        msg = f"the row {row.lead!r} wants the figure {name!r}, which no command has printed"
        raise ValueError(msg)
    return measured[name]


def _join(values: Sequence[float | None]) -> str:
    return NONE if all(one is None for one in values) else " / ".join(format_number(one) for one in values)


def _describe(row: Row, about: str) -> str:
    return f"**{row.lead}**: {about}" + (f"; baseline: {row.baseline}" if row.baseline else "")


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |".replace("|  |", "| |")
