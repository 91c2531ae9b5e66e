"""Plans that are checked: costs → plan → waits of its busiest hour, simulated → figures. Pure but for the settings."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Final

import numpy as np

from benchmarks.figures import Figure
from benchmarks.scale_model import Assumptions, Costs, Plan, decide_s, make_plan
from benchmarks.scale_queue import Stage, add_latencies, simulate
from benchmarks.scale_text import describe_assumptions
from pipeline.roles import GROUP, INDEX
from pipeline.settings import Settings
from pipeline.steps import limits_of

REFRESH_S: Final = 1.0
"""`refresh_interval` of the index: what is written is found up to this much later."""
FOUND_BOUND_S: Final = 3.0
"""From the log to found, p99: the target of `python -m benchmarks distributed-latency`."""
GROUPED_BOUND_S: Final = 5.0
"""From the log to its story, p99; no target of the project says less."""


def check_plan(costs: Costs, enrich_s: Sequence[float], factor: float) -> tuple[Plan, float, float]:
    """Return the plan, and the simulated p99 of seconds until found and until grouped."""
    assumed = Assumptions()
    plan = make_plan(costs, assumed, factor)
    found, grouped = simulate_waits(costs, assumed, plan, enrich_s)
    return plan, found, grouped


def simulate_waits(costs: Costs, assumed: Assumptions, plan: Plan, enrich_s: Sequence[float]) -> tuple[float, float]:
    """Return p99 of seconds until found and until grouped, on the most loaded worker of each role."""
    settings = Settings()
    index, group = limits_of(INDEX, settings), limits_of(GROUP, settings)
    loaded = plan.peak_s * assumed.skew
    held = plan.articles_s * assumed.story_hours * 3600
    decision = costs.group_s if plan.group_helpers == 0 else decide_s(costs, held)
    group_share = 1.0 if plan.deciders == 1 else assumed.skew / plan.deciders
    stages = (
        Stage(loaded / plan.enrich_workers, tuple(enrich_s), assumed.cores, 1, 0.0),
        # Its process waits for Elasticsearch's part of the write, too.
        Stage(
            loaded / plan.index_processes if plan.index_processes > 1 else plan.peak_s,
            (costs.index_s + costs.write_s / assumed.cores,),
            1,
            index.batch_records,
            index.linger_s,
        ),
        Stage(plan.peak_s * group_share, (decision,), 1, group.batch_records, group.linger_s),
    )
    waits = simulate(stages, assumed.peak, assumed.burst)
    found = float(np.quantile(add_latencies(waits[:2], REFRESH_S), 0.99))
    return found, float(np.quantile(add_latencies(waits, 0.0), 0.99))


def list_figures(costs: Costs, checked: Sequence[tuple[Plan, float, float]]) -> list[Figure]:
    """Return costs and plans as figures; those of a plan are named by its factor."""
    about = f"core-seconds of the mean article of {costs.mean_chars:,.0f} characters"
    stages = {
        "enrich": costs.enrich_s,
        "index": costs.index_s,
        "elastic-write": costs.write_s,
        "kafka": costs.kafka_s,
        "group": costs.group_s,
        "group-decision": decide_s(costs, 20_000),
        "elastic-group": costs.group_index_s,
    }
    figures = [Figure(f"scale-cost-{name}", round(s * 1000, 3), "ms", about, "–") for name, s in stages.items()]
    assumed = Assumptions()
    figures.append(Figure("scale-assumed", assumed.articles_a_day, "articles/day", describe_assumptions(assumed), "–"))
    for plan, found, grouped in checked:
        about = f"plan for {plan.factor:,g} times {assumed.articles_a_day:,.0f} articles a day"
        for name in (field.name for field in fields(Plan) if field.name not in {"factor", "split"}):
            words = plan.split if name == "deciders" else about
            figures.append(Figure(f"scale-{plan.factor:g}-{name}", round(getattr(plan, name), 3), "", words, "–"))
        for name, value, bound in (("found", found, FOUND_BOUND_S), ("grouped", grouped, GROUPED_BOUND_S)):
            words = f"{about}: simulated p99 until {name}"
            figures.append(Figure(f"scale-{plan.factor:g}-{name}_p99", round(value, 3), "s", words, f"< {bound:g} s"))
    return figures
