"""The model of scale: fits, plans that follow from costs, and the queues that check them. Nothing is measured here."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.scale_check import FOUND_BOUND_S, GROUPED_BOUND_S, list_figures, simulate_waits
from benchmarks.scale_fit import Line, fit_line
from benchmarks.scale_model import (
    AS_IT_IS,
    BESIDE,
    BY_LANGUAGE,
    BY_TERMS,
    DAY_S,
    Assumptions,
    Costs,
    make_plan,
)
from benchmarks.scale_queue import HOUR_S, Stage, add_latencies, day_curve, draw_arrivals, find_latencies, simulate
from benchmarks.scale_text import describe_costs, describe_plans

FLAT = Line(0.0, 0.0, 0.0)
COSTS = Costs(
    mean_chars=4000.0,
    enrich=Line(0.020, 0.010, 0.05),
    index_s=0.002,
    write_s=0.003,
    kafka_s=0.001,
    group_s=0.003,
    group_index_s=0.002,
    decide=Line(0.001, 0.0, 0.1),
    search=Line(0.005, 0.00001, 0.1),
    held_bytes=5_000.0,
    log_bytes=(2_000.0, 5_000.0, 1_000.0),
    index_bytes=20_000.0,
)
NORMAL = Assumptions()


def test_a_fit_finds_the_line_and_what_is_left_over() -> None:
    """Of points beside the line, the residual is a share of their mean."""
    assert fit_line([(1, 5.0), (2, 7.0), (3, 9.0)]) == Line(3.0, 2.0, 0.0)
    fitted = fit_line([(0, 9.0), (0, 11.0), (1, 9.0), (1, 11.0)])
    assert fitted.at(0.5) == pytest.approx(10.0)
    assert fitted.residual == pytest.approx(0.1)


def test_no_cost_falls_with_size_or_begins_below_nothing() -> None:
    """Noise must not make the largest installation the cheapest."""
    falling = fit_line([(1, 3.0), (2, 2.0), (3, 1.0)])
    assert (falling.intercept, falling.slope) == (2.0, 0.0)
    assert falling.residual == pytest.approx(0.408, abs=0.001)
    assert fit_line([(1, 1.0), (2, 4.0)]).intercept == 0.0


def test_a_fit_needs_two_sizes() -> None:
    """One size says nothing of growth."""
    with pytest.raises(ValueError, match="two different sizes"):
        fit_line([(1, 1.0), (1, 2.0)])


def test_a_plan_carries_the_busiest_hour() -> None:
    """Cores of each role times their utilisation are at least the load, with one worker fewer they are not."""
    plan = make_plan(COSTS, NORMAL, 10)
    assert plan.articles_s == pytest.approx(5_000_000 / DAY_S)
    assert plan.peak_s == pytest.approx(plan.articles_s * NORMAL.peak)
    load = plan.peak_s * 0.060 * NORMAL.skew
    of_a_worker = NORMAL.cores * NORMAL.utilisation
    assert (plan.enrich_workers - 1) * of_a_worker < load <= plan.enrich_workers * of_a_worker
    assert plan.partitions >= 4 * plan.enrich_workers
    assert plan.partitions % 12 == 0


def test_storage_follows_from_bytes_and_days() -> None:
    """The index by the month, the log by each topic's retention, all copies."""
    plan = make_plan(COSTS, NORMAL, 1)
    assert plan.index_tib_a_month == pytest.approx(500_000 * 20_000 * 30 / 1024**4)
    assert plan.log_tib == pytest.approx(500_000 * (7 * 2_000 + 7 * 5_000 + 14 * 1_000 + 14 * 1_000) * 3 / 1024**4)
    assert plan.shards_a_month == 6
    assert plan.held_gib == pytest.approx(500_000 * 5_000 / 1024**3)


def test_small_traffic_needs_no_more_than_there_is_today() -> None:
    """One worker, the topics' partitions, one grouper; brokers and nodes as many as there are copies."""
    plan = make_plan(COSTS, NORMAL, 0.1)
    assert (plan.enrich_workers, plan.partitions, plan.index_processes) == (1, 12, 1)
    assert (plan.kafka_brokers, plan.index_nodes) == (NORMAL.log_copies, NORMAL.index_copies)
    assert (plan.group_helpers, plan.deciders, plan.split) == (0, 1, AS_IT_IS)
    assert plan.hours_held_today == pytest.approx(20_000 / 50_000 * 24)


@pytest.mark.parametrize(
    ("factor", "helpers", "deciders", "split"),
    [
        (1, False, 1, AS_IT_IS),
        (20, True, 1, BESIDE),
        (30, True, 2, BY_LANGUAGE),  # a day of articles takes more memory than one process has
        (1000, True, 46, BY_TERMS),
    ],
)
def test_the_grouper_is_split_only_as_far_as_it_must(factor: float, helpers: bool, deciders: int, split: str) -> None:
    """First what is around a decision leaves it, then languages part, then terms within them."""
    plan = make_plan(COSTS, NORMAL, factor)
    assert (plan.group_helpers > 0, plan.deciders, plan.split) == (helpers, deciders, split)


def test_decisions_cost_more_where_more_are_held() -> None:
    """A cost that grows with each doubling asks for more processes."""
    growing = replace(COSTS, decide=Line(0.001, 0.001, 0.0))
    assert make_plan(growing, NORMAL, 100).deciders > make_plan(COSTS, NORMAL, 100).deciders


def test_the_day_has_its_peak_and_its_mean() -> None:
    """The mean over a day is 1, the highest hour the peak, and no hour is below 0."""
    hours = [day_curve(number / 10, 2.5) for number in range(240)]
    assert np.mean(hours) == pytest.approx(1.0)
    assert max(hours) == pytest.approx(2.5)
    assert min(hours) > 0
    assert day_curve(3, 1.0) == pytest.approx(1.0)


def test_a_server_that_is_free_keeps_nobody_waiting() -> None:
    """Apart from its service, and from lingering where it batches."""
    assert find_latencies([0.0, 10.0], [2.0, 3.0], 1, 1, 0.0).tolist() == [2.0, 3.0]
    assert find_latencies([0.0, 10.0], [2.0, 3.0], 1, 8, 0.5).tolist() == [2.5, 3.5]


def test_first_come_is_first_served_by_whoever_is_free() -> None:
    """Two servers share what comes at once; the third waits for the one that ends first."""
    assert find_latencies([0.0, 0.0, 0.0], [3.0, 1.0, 1.0], 2, 1, 0.0).tolist() == [3.0, 1.0, 2.0]


def test_a_batch_takes_what_waits_up_to_its_size() -> None:
    """All of a batch end together."""
    assert find_latencies([0.0, 0.1, 0.2, 0.3], [1.0] * 4, 1, 3, 0.2).tolist() == pytest.approx([3.2, 3.1, 3.0, 3.9])


def test_arrivals_have_the_rate_and_the_bursts() -> None:
    """As many as the curve says around the peak, several at a moment."""
    stage = Stage(peak_s=100.0, service_s=(0.001,), servers=1, batch=1, linger_s=0.0)
    arrivals = draw_arrivals(stage, 2.5, 5.0, HOUR_S, np.random.default_rng(3))
    assert len(arrivals) == pytest.approx(100.0 * HOUR_S, rel=0.05)
    assert len(arrivals) / len(np.unique(arrivals)) == pytest.approx(5.0, rel=0.05)
    assert (np.diff(arrivals) >= 0).all()


def test_waits_grow_with_the_load_as_theory_says() -> None:
    """Single arrivals at one server of constant service: the mean wait of M/D/1 is ρ·s / 2(1 - ρ)."""
    for load in (0.3, 0.7):
        stage = Stage(peak_s=load * 10, service_s=(0.1,), servers=1, batch=1, linger_s=0.0)
        waits = simulate([stage], peak=1.0, burst=1.0, seconds=5 * HOUR_S)[0] - 0.1
        assert waits.mean() == pytest.approx(load * 0.1 / (2 * (1 - load)), rel=0.15)


def test_waits_of_stages_add_up() -> None:
    """Each article waits for a refresh of up to a second as well."""
    whole = add_latencies([np.full(1000, 2.0), np.full(500, 0.5)], 1.0)
    assert len(whole) == 1000
    assert 2.5 <= whole.min() < 2.6
    assert 3.4 < whole.max() <= 3.5


@pytest.mark.parametrize("factor", [1, 10, 100])
def test_plans_keep_the_bounds_in_the_simulation(factor: float) -> None:
    """With the costs of this test; the command checks those that it measured."""
    plan = make_plan(COSTS, NORMAL, factor)
    found, grouped = simulate_waits(COSTS, NORMAL, plan, [0.03, 0.06, 0.09])
    assert found < FOUND_BOUND_S
    assert grouped < GROUPED_BOUND_S


def test_a_plan_with_too_few_workers_fails_in_the_simulation() -> None:
    """The check can fail: with half of the workers, articles pile up."""
    plan = make_plan(COSTS, NORMAL, 100)
    found, _ = simulate_waits(COSTS, NORMAL, replace(plan, enrich_workers=plan.enrich_workers // 2), [0.06])
    assert found > FOUND_BOUND_S


def test_tables_show_costs_plans_and_every_assumption() -> None:
    """Nothing that was assumed goes unnamed."""
    checked = [(make_plan(COSTS, NORMAL, factor), 1.5, 2.0) for factor in (20, 1000)]
    costs = "\n".join(describe_costs(COSTS))
    assert "60.000 ms   20.000 + 10.0000 ms (left over 5%) per 1,000 characters" in costs
    plans = "\n".join(describe_plans(checked, NORMAL))
    assert f"Grouper at 20 ×: {BESIDE}." in plans
    assert "peak 2.5" in plans
    assert "burst 5" in plans


def test_figures_of_plans_are_named_by_their_factor() -> None:
    """Each is a figure of its own, waits with their bound."""
    figures = {one.figure: one for one in list_figures(COSTS, [(make_plan(COSTS, NORMAL, 20), 1.5, 2.0)])}
    assert figures["scale-cost-enrich"].value == 60.0
    assert figures["scale-20-deciders"].value == 1
    assert figures["scale-20-deciders"].about == BESIDE
    assert "peak 2.5" in figures["scale-assumed"].about
    assert figures["scale-20-found_p99"].target == "< 3 s"
    assert all(name.startswith("scale-") for name in figures)
