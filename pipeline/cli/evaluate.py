"""`newswire evaluate`: score one step on a gold file, with an off-the-shelf baseline beside it."""

import importlib
import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import typer

from pipeline.cli.output import note, print_json, print_table

# Task on the command line → module in pipeline.evaluate with a function `score(path, limit)`.
TASKS: Final = {
    "copies": "copies",
    "entities": "entities",
    "entity-grouping": "entity_grouping",
    "extraction": "extraction",
    "feeds": "feeds",
    "origin": "origin",
    "quotes": "quotes",
    "places": "places",
    "search": "search",
    "sources": "sources",
    "stories": "stories",
    "times": "times",
}


def evaluate(
    task: Annotated[str, typer.Argument(help=f"One of: {', '.join(sorted(TASKS))}.")],
    file: Annotated[Path, typer.Argument(help="A gold file, gzipped or not.")],
    limit: Annotated[int | None, typer.Option(min=1, help="Score only so many records.")] = None,
    show: Annotated[int, typer.Option(min=0, help="Also print so many examples of what went wrong.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Score a step on a gold file; the baseline is computed in the same run. Writes nothing.

    Example: newswire evaluate entities ner_conllpp2020.jsonl.gz
    """
    from schemas.errors import ConfigurationError

    if task not in TASKS:
        msg = f"unknown task {task!r}: one of {', '.join(sorted(TASKS))}"
        raise ConfigurationError(msg)
    if not file.is_file():
        msg = f"{file} is not a file"
        raise ConfigurationError(msg)
    started = time.perf_counter()
    scorer = importlib.import_module(f"pipeline.evaluate.{TASKS[task]}")
    find_examples = getattr(scorer, "find_examples", None)
    if show and find_examples is None:
        msg = f"{task} has no examples to show"
        raise ConfigurationError(msg)
    score = scorer.score(file, limit)
    seconds = round(time.perf_counter() - started, 2)
    if as_json:
        print_json({**asdict(score), "file": str(file), "seconds": seconds})
        return
    print_table(
        [
            (name, f"{value:.3f}", f"{score.baseline.get(name, float('nan')):.3f}")
            for name, value in score.figures.items()
        ],
        ("figure", "newswire", "baseline"),
    )
    if show and find_examples is not None:
        for line in find_examples(file, limit, show):
            typer.echo(line)
    note(f"{task}: {score.records:,} records of {file.name} in {seconds} s")
