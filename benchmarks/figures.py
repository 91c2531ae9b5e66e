"""How a figure is printed: one JSON line with its unit, the baseline of the same run, and the ratio."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measurement. `target` says what ratio (or value, without a baseline) is wanted, `about` what was done."""

    figure: str
    value: float
    unit: str
    about: str
    target: str
    baseline: float | None = None
    ratio: float | None = None


def compare(figure: str, value: float, baseline: float, unit: str, target: str, about: str) -> Figure:
    """Return a figure that is judged by its ratio to a baseline of the same run."""
    ratio = value / baseline
    return Figure(figure, round(value, 3), unit, about, target, round(baseline, 3), round(ratio, 3))


def report(figure: Figure) -> None:
    """Print the figure as one JSON line, at once."""
    facts = {name: fact for name, fact in asdict(figure).items() if fact is not None}
    print(json.dumps(facts, ensure_ascii=False), flush=True)


def percentile(values: Sequence[float], fraction: float) -> float:
    """Return the value below which `fraction` of the values lie (nearest rank).

    >>> percentile([1.0, 2.0, 3.0, 4.0], 0.5)
    2.0
    """
    ordered = sorted(values)
    return ordered[max(0, min(len(ordered) - 1, int(len(ordered) * fraction + 0.999999) - 1))]


def note(sentence: str) -> None:
    """Say what is going on, on stderr, so that stdout stays JSON lines."""
    print(sentence, file=sys.stderr, flush=True)
