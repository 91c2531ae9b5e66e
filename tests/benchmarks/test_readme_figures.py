"""The README's tables of figures are what the kept figures say."""

import re
from datetime import date
from pathlib import Path

import pytest

from benchmarks.figures import Figure
from benchmarks.measured import Measured, Run, read_file
from benchmarks.peers.table import build_figures
from benchmarks.readme import render, render_peers, render_table
from benchmarks.readme_plans import render_plans
from benchmarks.readme_rows import TABLES, Row, Table
from benchmarks.scale_check import list_figures
from benchmarks.scale_fit import Line
from benchmarks.scale_model import FACTORS, Assumptions, Costs, make_plan

RUN = Run("python -m benchmarks throughput", "0.1.0", date(2026, 11, 27), 2, 24)
LATER = Run("python -m benchmarks throughput", "0.2.0", date(2027, 1, 5), 4, 24)
RATE = Measured(Figure("rate", 15.49, "articles/s", "800 articles", "–", 19.07, 0.812), RUN)
SHARES = [Measured(Figure(name, value, "share", "3 | 4", "–"), LATER) for name, value in (("one", 0.99), ("two", 1.0))]


def test_the_readme_shows_the_kept_figures(repository: Path) -> None:
    """Each table is the rendering of the file: after a run by hand, `make figures` writes it."""
    readme = (repository / "README.md").read_text(encoding="utf-8")
    assert render(readme, read_file()) == readme


def test_what_stood_between_the_markers_is_replaced(repository: Path) -> None:
    """Whatever it was; the text around it stays."""
    readme = (repository / "README.md").read_text(encoding="utf-8")
    empty = re.sub("(<!-- figures: [a-z]+ -->\n).*?(<!-- end)", r"\1\2", readme, flags=re.DOTALL)
    assert len(empty) < len(readme)
    assert render(empty, read_file()) == readme


def test_a_row_shows_value_baseline_ratio_and_when() -> None:
    """Figures that stand side by side share a row; a command is named once."""
    rows = Row("rate", ("rate",), "the model alone"), Row("copies", ("one", "two"))
    assert render_table(Table(rows, tells_runs=True), {one.figure.figure: one for one in (RATE, *SHARES)}) == [
        "| what | newswire | baseline | ratio | command | measured |",
        "|---|---|---|---|---|---|",
        (
            f"| **rate**: 800 articles; baseline: the model alone | 15.5 articles/s | 19.1 | .812 | `{RUN.command}` "
            "| 0.1.0, 2026-11-27 |"
        ),
        "| **copies**: 3 / 4 | .990 / 1.00 | – | – | | 0.2.0, 2027-01-05 |",
    ]


def test_a_table_of_scores_has_no_columns_for_ratios_and_commands() -> None:
    """They have none."""
    lines = render_table(Table((Row("copies", ("one",)),), tells_runs=False), {"one": SHARES[0]})
    assert lines[0] == "| what | newswire | baseline | measured |"
    assert lines[-1] == "| **copies**: 3 / 4 | .990 | – | 0.2.0, 2027-01-05 |"


def test_a_figure_that_was_never_measured_is_named() -> None:
    """The error says which row wants it."""
    with pytest.raises(ValueError, match="'copies' wants the figure 'two'"):
        render_table(Table((Row("copies", ("one", "two")),), tells_runs=True), {"one": SHARES[0]})


def test_peers_stand_in_columns_with_the_run_that_measured_them() -> None:
    """The table says by which command, where and when; without a figure there is no table."""
    some = {one.figure: Measured(one, RUN) for one in build_figures("newswire", "newswire", {"day": 0.94})}
    lines = render_peers({**some, "rate": RATE})
    told = "Measured by `python -m benchmarks throughput` on 2 cores with 24 GiB of memory: 0.1.0, 2026-11-27."
    assert lines[:3] == [told, "", "| | newswire |"]
    assert "| right day | **.940** |" in lines
    with pytest.raises(ValueError, match="peers"):
        render_peers({"rate": RATE})


def test_a_readme_without_the_markers_is_refused() -> None:
    """No table is written anywhere else."""
    with pytest.raises(ValueError, match="no table between <!-- figures: speed -->"):
        render("# newswire\n", [])


def test_plans_stand_side_by_side() -> None:
    """A column for each multiple of the traffic, under what an article costs; numbers of things are whole."""
    line = Line(0.001, 0.001, 0.0)
    costs = Costs(4000, line, 0.002, 0.003, 0.001, 0.003, 0.002, line, line, 5_000, (2_000, 5_000, 1_000), 20_000)
    figures = list_figures(costs, [(make_plan(costs, Assumptions(), factor), 1.5, 2.0) for factor in FACTORS])
    lines = render_plans({one.figure: Measured(one, RUN) for one in figures})
    assert "enrich 5, index 2," in lines[0]
    assert lines[2] == "| times 500,000 articles a day | 1 | 10 | 100 | 1,000 |"
    assert "| until found, s, p99 simulated | 1.50 | 1.50 | 1.50 | 1.50 |" in lines
    assert any(one.startswith("| enrich workers | 1 | 1 | ") for one in lines)
    assert "peak 2.5" in lines[-1]


def test_plans_that_were_never_measured_are_named() -> None:
    """As the rows of the other tables."""
    with pytest.raises(ValueError, match="the plans want the figure 'scale-assumed'"):
        render_plans({})


def test_each_row_of_the_readme_has_a_name_of_its_own() -> None:
    """Within a table."""
    for table in TABLES.values():
        leads = [row.lead for row in table.rows]
        assert len(set(leads)) == len(leads)
