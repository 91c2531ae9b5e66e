"""The comparison as a table in Markdown: a row a fact, a column a program, the best of each row in bold. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.figures import Figure

NOT_DONE: Final = "–"
PEERS: Final = ("newswire", "extraction", "news-please", "newspaper4k", "trafilatura", "plain-script")
"""The keys of the programs in the names of figures, in the order of the table."""


@dataclass(frozen=True, slots=True)
class Row:
    """A fact: its key among the figures, its label, unit, how it is written, and whether more or less is better."""

    key: str
    label: str
    unit: str
    form: str
    more_is_better: bool = True


ROWS: Final = (
    Row("rate", "pages a second", "pages/s", "{:.1f}"),
    Row("cpu-rate", "pages a second of processor time", "pages per CPU second", "{:.1f}"),
    Row("start", "start-up and the first page, s", "s", "{:.1f}", more_is_better=False),
    Row("memory", "memory at its peak, MiB", "MiB", "{:.0f}", more_is_better=False),
    Row("without", "pages without a result", "pages", "{:.0f}", more_is_better=False),
    Row("title", "right title", "share", "{:.3f}"),
    Row("day", "right day", "share", "{:.3f}"),
    Row("authors", "right authors", "share", "{:.3f}"),
    Row("word-f1", "text, word F1", "share", "{:.3f}"),
    Row("four-gram-f1", "text, 4-gram F1", "share", "{:.3f}"),
    Row("publisher", "right name of the publisher", "share", "{:.3f}"),
    Row("agency", "news agency that made it, F1", "share", "{:.3f}"),
    Row("names", "names of people, organisations, places, F1", "share", "{:.3f}"),
)
"""What is compared, in the order of the table."""


Column = tuple[str, Mapping[str, float]]
"""A program's name, and its figures by the keys of rows."""


def build_figures(peer: str, name: str, values: Mapping[str, float]) -> list[Figure]:
    """Return the figures of a program: its key is in their names, what it is called is what they are about."""
    return [
        Figure(f"peers-{peer}-{row.key}", round(values[row.key], 3), row.unit, name, "–")
        for row in ROWS
        if row.key in values
    ]


def read_columns(figures: Iterable[Figure]) -> list[Column]:
    """Return the columns that `build_figures` made these of, in the order of `PEERS`; other figures are passed over."""
    by_name = {figure.figure: figure for figure in figures}
    columns: list[Column] = []
    for peer in PEERS:
        own = {row.key: by_name[name] for row in ROWS if (name := f"peers-{peer}-{row.key}") in by_name}
        if own:
            columns.append((next(iter(own.values())).about, {key: figure.value for key, figure in own.items()}))
    return columns


def build_table(columns: Sequence[Column], rows: Sequence[Row] = ROWS) -> list[str]:
    """Return the lines; a figure that a program does not have is a dash, and all that share the best place are bold."""
    lines = ["| | " + " | ".join(name for name, _ in columns) + " |", "|---|" + "---|" * len(columns)]
    for row in rows:
        written = [row.form.format(figures[row.key]) if row.key in figures else NOT_DONE for _, figures in columns]
        values = [float(text) for text in written if text != NOT_DONE]
        best = (max if row.more_is_better else min)(values, default=None)
        lines.append(f"| {row.label} | " + " | ".join(_show(text, best) for text in written) + " |")
    return lines


def _show(text: str, best: float | None) -> str:
    if text == NOT_DONE:
        return text
    short = text.removeprefix("0") if text.startswith("0.") else text
    return f"**{short}**" if float(text) == best else short
