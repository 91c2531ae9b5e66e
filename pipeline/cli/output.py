"""What commands print: JSON on stdout, tables and notes for people. Imports nothing of ours."""

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import typer

_DATES: Final = {"year": "%Y", "month": "%Y-%m"}


def print_json(value: object) -> None:
    """Print one JSON value on stdout, readable and with text as it is written."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def note(sentence: str) -> None:
    """Say something to the person at the terminal, on stderr, so that stdout stays parseable."""
    typer.echo(sentence, err=True)


def is_interactive() -> bool:
    """Whether progress may be drawn: only when stderr is a terminal."""
    return sys.stderr.isatty()


def count(number: int, singular: str, plural: str | None = None) -> str:
    """Return a number with its noun.

    >>> count(1, "copy", "copies"), count(1200, "article")
    ('1 copy', '1,200 articles')
    """
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def date_as_known(moment: datetime, precision: str | None) -> str:
    """Return a date as exactly as it is known: a year that was inferred is no first of January.

    >>> date_as_known(datetime(2018, 1, 1), "year"), date_as_known(datetime(2018, 1, 1), "minute")
    ('2018', '2018-01-01')
    """
    return f"{moment:{_DATES.get(precision or '', '%Y-%m-%d')}}"


def print_table(rows: Iterable[Sequence[Any]], headings: Sequence[str]) -> None:
    """Print rows under headings in columns as wide as their content; numbers stand to the right."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max([len(heading), *(len(row[i]) for row in cells)]) for i, heading in enumerate(headings)]
    numeric = [bool(cells) and all(_is_number(row[i]) for row in cells) for i in range(len(headings))]
    for line in [list(headings), *cells]:
        padded = [
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(line, widths, numeric, strict=True)
        ]
        typer.echo("  ".join(padded).rstrip())


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)


def _is_number(text: str) -> bool:
    return text == "–" or text.replace(",", "").replace(".", "").replace("%", "").lstrip("-").isdigit()
