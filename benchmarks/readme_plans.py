"""The README's plans for more traffic: figures of `make bench-scale` → a table with a column for each plan. Pure."""

from collections.abc import Mapping
from typing import Final

from benchmarks.measured import Measured
from benchmarks.scale_model import FACTORS
from benchmarks.scale_text import ROWS

_COSTS: Final = {
    "enrich": "enrich",
    "index": "index",
    "elastic-write": "Elasticsearch to write it",
    "kafka": "Kafka",
    "group": "group",
    "group-decision": "of which the decision",
    "elastic-group": "Elasticsearch to group it",
}


def render_plans(measured: Mapping[str, Measured]) -> list[str]:
    """Return what an article costs, the plans, how each parts the grouper, and what was assumed.

    Raises:
        ValueError: a figure was never measured.
    """

    def find(name: str) -> Measured:
        if name not in measured:
            msg = f"the plans want the figure {name!r}, which no command has printed"
            raise ValueError(msg)
        return measured[name]

    assumed = find("scale-assumed")
    run = assumed.run
    costs = ", ".join(f"{words} {find(f'scale-cost-{name}').figure.value:,.3g}" for name, words in _COSTS.items())
    lines = [
        f"Core time of an article in ms (at {run.version}, {run.measured_on}, on {run.cores} cores): {costs}.",
        "",
        f"| times {assumed.figure.value:,.0f} articles a day | {' | '.join(f'{one:,}' for one in FACTORS)} |",
        "|---" * (len(FACTORS) + 1) + "|",
    ]
    for title, name, form in ROWS:
        values = (find(f"scale-{factor}-{name}").figure.value for factor in FACTORS)
        cells = (format(round(value) if form == ",d" else value, form) for value in values)
        lines.append(f"| {title} | {' | '.join(cells)} |")
    splits = (find(f"scale-{factor}-deciders").figure.about for factor in FACTORS)
    lines.append(f"| how the grouper is parted | {' | '.join(splits)} |")
    return [*lines, "", f"Assumed, not measured: {assumed.figure.about}."]
