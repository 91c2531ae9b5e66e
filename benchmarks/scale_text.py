"""The tables of `make bench-scale`: costs, plans and assumptions → lines for people. Pure."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from benchmarks.scale_fit import Line
from benchmarks.scale_model import Assumptions, Costs, Plan, decide_s

HELD: Final = 20_000
ROWS: Final = (
    ("articles a second, mean", "articles_s", ",.1f"),
    ("articles a second, busiest hour", "peak_s", ",.1f"),
    ("enrich workers", "enrich_workers", ",d"),
    ("partitions of raw and enriched", "partitions", ",d"),
    ("index processes", "index_processes", ",d"),
    ("Kafka brokers", "kafka_brokers", ",d"),
    ("log kept, all copies, TiB", "log_tib", ",.2f"),
    ("index nodes", "index_nodes", ",d"),
    ("index, one copy, TiB a month", "index_tib_a_month", ",.2f"),
    ("shards of a month's index", "shards_a_month", ",d"),
    ("core-seconds of one search of everything", "search_s", ",.3f"),
    ("cores that one grouper would use", "grouper_load", ",.2f"),
    ("processes beside those that decide", "group_helpers", ",d"),
    ("processes that decide", "deciders", ",d"),
    ("memory for the articles of a day, GiB", "held_gib", ",.1f"),
    ("hours that 20,000 articles span, as held today", "hours_held_today", ",.3f"),
    ("until found, s, p99 simulated", "found_p99", ",.2f"),
    ("until grouped, s, p99 simulated", "grouped_p99", ",.2f"),
)


def describe_costs(costs: Costs) -> list[str]:
    """Return the fitted costs with what the fits leave over."""
    rows = [
        ("enrich", costs.enrich_s, f"{_fit(costs.enrich, 'ms')} per 1,000 characters"),
        ("index, client", costs.index_s, "mean"),
        ("index, Elasticsearch", costs.write_s, "mean"),
        ("Kafka", costs.kafka_s, "mean; raw and enriched, each sent and read once"),
        ("group, all of it", costs.group_s, "mean"),
        (f"group, decision, {HELD:,} held", decide_s(costs, HELD), f"{_fit(costs.decide, 'ms')} per doubling held"),
        ("group, Elasticsearch", costs.group_index_s, "mean"),
        ("a search of 1,000 articles", costs.search.at(1), f"{_fit(costs.search, 'ms')} per 1,000 articles"),
    ]
    raw, enriched, event = costs.log_bytes
    return [
        f"Core time of one article of {costs.mean_chars:,.0f} characters, measured now on this machine:",
        *(f"  {name:<28}{seconds * 1000:>9.3f} ms   {fit}" for name, seconds, fit in rows),
        f"Bytes of one article in the log (compressed): raw {raw:,.0f}, enriched {enriched:,.0f}, event {event:,.0f};",
        f"  {costs.index_bytes:,.0f} in the index, {costs.held_bytes:,.0f} in the grouper's memory.",
    ]


def describe_plans(checked: Sequence[tuple[Plan, float, float]], assumed: Assumptions) -> list[str]:
    """Return the plans side by side, how each parts the grouper, and every assumption."""
    columns = [{**asdict(plan), "found_p99": found, "grouped_p99": grouped} for plan, found, grouped in checked]
    lines = [_line(f"Times {assumed.articles_a_day:,.0f} articles a day", [f"{one['factor']:,g} ×" for one in columns])]
    lines += [_line(title, [format(one[name], form) for one in columns]) for title, name, form in ROWS]
    lines += [f"Grouper at {plan.factor:,g} ×: {plan.split}." for plan, _, _ in checked]
    return [*lines, f"Assumed, not measured: {describe_assumptions(assumed)}."]


def describe_assumptions(assumed: Assumptions) -> str:
    """Return every assumption with its value."""
    return ", ".join(f"{name.replace('_', ' ')} {value:,g}" for name, value in asdict(assumed).items())


def _fit(line: Line, unit: str) -> str:
    return f"{line.intercept * 1000:.3f} + {line.slope * 1000:.4f} {unit} (left over {line.residual:.0%})"


def _line(title: str, cells: Sequence[str]) -> str:
    return f"{title:<48}" + "".join(f"{cell:>12}" for cell in cells)
