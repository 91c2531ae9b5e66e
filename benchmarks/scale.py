"""`make bench-scale`: costs of each stage measured here and now, and what 10, 100 and 1,000 times the traffic needs.

Measurements → fitted costs (`scale_model.Costs`) → plans → a simulation that must keep the waits below their bounds →
tables, or JSON lines with --json. Usage: python -m benchmarks.scale [--json].
"""

import sys
from collections.abc import Sequence
from dataclasses import replace

from benchmarks.figures import note, report
from benchmarks.scale_check import FOUND_BOUND_S, GROUPED_BOUND_S, check_plan, list_figures
from benchmarks.scale_fit import Line, fit_line
from benchmarks.scale_measure import Enriched, measure_deciding, measure_enriching, measure_searching
from benchmarks.scale_model import FACTORS, Assumptions, Costs
from benchmarks.scale_services import measure_services
from benchmarks.scale_text import describe_costs, describe_plans
from pipeline.log_setup import install_logging


def bench_scale() -> None:
    """Print costs and plans as JSON lines."""
    costs, enriched = measure()
    for figure in list_figures(costs, [check_plan(costs, enriched, factor) for factor in FACTORS]):
        report(figure)


def measure() -> tuple[Costs, list[float]]:
    """Return the fitted costs, and the core-seconds of single articles in the enrich role, as their lengths say."""
    note("scale: enrichment …")
    enriched = measure_enriching()
    note("scale: decisions of the grouper …")
    decided = measure_deciding()
    note("scale: searches …")
    searching = fit_line(measure_searching())
    served = measure_services(enriched.raw, enriched.articles)
    costs = Costs(
        mean_chars=enriched.mean_chars,
        enrich=fit_line(enriched.points),
        index_s=served.index.own_s,
        write_s=served.index.servers_s,
        kafka_s=served.kafka.servers_s,
        group_s=served.group.own_s,
        group_index_s=served.group.servers_s,
        decide=fit_line(decided.points),
        search=replace(searching, intercept=served.search_s),
        held_bytes=decided.held_bytes,
        log_bytes=served.log_bytes,
        index_bytes=fit_line(served.index_bytes).slope,
    )
    return costs, _service_times(enriched, costs.enrich)


def _service_times(enriched: Enriched, line: Line) -> list[float]:
    return [line.at(len(one.text) / 1000) for one in enriched.articles]


def main(arguments: Sequence[str]) -> int:
    """Print tables, or figures with --json; return 1 when a wait is above its bound, 2 for wrong use."""
    if list(arguments) not in ([], ["--json"]):
        note("usage: python -m benchmarks.scale [--json]")
        return 2
    costs, enriched = measure()
    checked = [check_plan(costs, enriched, factor) for factor in FACTORS]
    if arguments:
        for figure in list_figures(costs, checked):
            report(figure)
    else:
        lines = [*describe_costs(costs), "", *describe_plans(checked, Assumptions())]
        print("\n".join(lines))
    late = [plan for plan, found, grouped in checked if found > FOUND_BOUND_S or grouped > GROUPED_BOUND_S]
    for plan in late:
        note(f"the plan for {plan.factor:g} times the traffic does not keep its bounds")
    return 1 if late else 0


if __name__ == "__main__":
    install_logging("warning")
    sys.exit(main(sys.argv[1:]))
