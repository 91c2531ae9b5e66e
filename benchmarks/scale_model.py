"""What so many articles a day need: costs of an article and assumptions → workers, partitions, nodes, storage. Pure.

Costs are core-seconds and bytes for one article, as `benchmarks.scale_measure` and `scale_services` measure them;
whatever is not measured is an assumption with a name.
"""

import math
from dataclasses import dataclass
from typing import Final

from benchmarks.scale_fit import Line
from pipeline.stories.grouping import CAPACITY
from schemas.topics import ENRICHED, GROUPED, INDEXED, RAW

FACTORS: Final = (1, 10, 100, 1000)
"""Multiples of the traffic that are planned for."""
DAY_S: Final = 86_400
MONTH_DAYS: Final = 30
GIB: Final = 1024**3
TIB: Final = 1024**4

AS_IT_IS: Final = "one grouper, as it is"
BESIDE: Final = "reading and writing beside it, one decides"
BY_LANGUAGE: Final = "the same, one decides for each language"
BY_TERMS: Final = "by language, and large ones by telling terms"


@dataclass(frozen=True, slots=True)
class Costs:
    """Core-seconds and bytes of one article of `mean_chars` characters, on the machine where they were measured."""

    mean_chars: float
    enrich: Line
    """Core-seconds of the enrich role, over 1,000 characters of text."""
    index_s: float
    """Core-seconds of the index role."""
    write_s: float
    """Core-seconds of Elasticsearch for a document written."""
    kafka_s: float
    """Core-seconds of Kafka: sent and read once on each topic that carries texts."""
    group_s: float
    """Core-seconds of the group role, all of it in one process; `decide` is its part."""
    group_index_s: float
    """Core-seconds of Elasticsearch for a grouped article."""
    decide: Line
    """Core-seconds of the decision alone, over the number of doublings (log2) of the articles held."""
    search: Line
    """Core-seconds of Elasticsearch for a search with five facets and a histogram, over 1,000 articles that it matches:
    the intercept is Elasticsearch's, the slope the embedded engine's."""
    held_bytes: float
    """Memory of the grouper for an article held."""
    log_bytes: tuple[float, float, float]
    """Compressed, on the topics raw, enriched, and indexed or grouped."""
    index_bytes: float
    """One copy in Elasticsearch."""

    @property
    def enrich_s(self) -> float:
        """Core-seconds of the enrich role for the mean article."""
        return self.enrich.at(self.mean_chars / 1000)


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What no measurement of ours says. All can be changed; the plan names them."""

    articles_a_day: float = 500_000
    peak: float = 2.5
    """Articles of the busiest hour against the mean hour."""
    burst: float = 5.0
    """Articles that arrive at one moment, on average: a poll of a feed brings several."""
    utilisation: float = 0.6
    """Share of its processors that a role uses in the busiest hour."""
    skew: float = 1.25
    """Load of the most loaded partition or process against the mean."""
    cores: int = 16
    """Of a worker, a broker and an index node."""
    memory_gib: float = 64.0
    """For a process that decides on stories: what it holds has to fit."""
    disk_tib: float = 4.0
    """Of a broker and an index node, of which three quarters are filled."""
    log_copies: int = 3
    index_copies: int = 2
    months_kept: int = 3
    shard_gib: float = 50.0
    """Largest shard that Elasticsearch recommends."""
    searches_s: float = 5.0
    search_days: float = 7.0
    """Days that a search of everything looks at: older ones cost in proportion."""
    story_hours: float = 24.0
    """How long an article is held, so that a later one in other words can join its story."""
    largest_language: float = 0.5
    """Share of the language that most articles are in."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a multiple of the traffic needs in its busiest hour, and to keep it."""

    factor: float
    articles_s: float
    peak_s: float
    enrich_workers: int
    partitions: int
    index_processes: int
    kafka_brokers: int
    log_tib: float
    index_nodes: int
    index_tib_a_month: float
    shards_a_month: int
    search_s: float
    grouper_load: float
    """Cores that one grouper would use in the busiest hour; it has one."""
    group_helpers: int
    deciders: int
    held_gib: float
    """Of `story_hours`, in all deciders together."""
    hours_held_today: float
    """That the articles span which one grouper holds as it is."""
    split: str


def make_plan(costs: Costs, assumed: Assumptions, factor: float) -> Plan:
    """Return the plan for `factor` times the articles a day."""
    mean = factor * assumed.articles_a_day / DAY_S
    peak = mean * assumed.peak
    held = mean * assumed.story_hours * 3600
    workers = _nodes(peak * costs.enrich_s * assumed.skew, assumed)
    log_bytes = _log_bytes_kept(costs.log_bytes) * factor * assumed.articles_a_day * assumed.log_copies
    index_a_month = costs.index_bytes * factor * assumed.articles_a_day * MONTH_DAYS
    search_s = costs.search.at(factor * assumed.articles_a_day * assumed.search_days / 1000)
    index_cores = peak * (costs.write_s * assumed.index_copies + costs.group_index_s) + search_s * assumed.searches_s
    stored = index_a_month * assumed.index_copies * assumed.months_kept
    held_gib = held * costs.held_bytes / GIB
    helpers, deciders, split = _split_grouper(costs, assumed, peak, held, held_gib)
    return Plan(
        factor=factor,
        articles_s=mean,
        peak_s=peak,
        enrich_workers=workers,
        partitions=_partitions(workers),
        index_processes=_processes(peak * costs.index_s * assumed.skew, assumed),
        kafka_brokers=max(assumed.log_copies, _nodes(peak * costs.kafka_s, assumed), _disks(log_bytes, assumed)),
        log_tib=log_bytes / TIB,
        index_nodes=max(assumed.index_copies, _nodes(index_cores, assumed), _disks(stored, assumed)),
        index_tib_a_month=index_a_month / TIB,
        shards_a_month=math.ceil(index_a_month / GIB / assumed.shard_gib),
        search_s=search_s,
        grouper_load=peak * costs.group_s,
        group_helpers=helpers,
        deciders=deciders,
        held_gib=held_gib,
        hours_held_today=CAPACITY / mean / 3600,
        split=split,
    )


def decide_s(costs: Costs, held: float) -> float:
    """Return the core-seconds of one decision among so many articles held."""
    return costs.decide.at(math.log2(max(2.0, held)))


def _split_grouper(
    costs: Costs, assumed: Assumptions, peak: float, held: float, held_gib: float
) -> tuple[int, int, str]:
    """Return processes beside those that decide, processes that decide, and how the work is parted.

    One process decides as long as its core and its memory allow: what it decides depends on the order of arrival. What
    is around a decision (decoding, asking the index for kin, writing story fields) does not, and goes to others first.
    """
    decision = decide_s(costs, held)
    around = max(0.0, costs.group_s - decide_s(costs, 1))
    needed = max(peak * decision / assumed.utilisation, held_gib / assumed.memory_gib)
    if needed <= 1 and peak * (around + decision) <= assumed.utilisation:
        return 0, 1, AS_IT_IS
    helpers = _processes(peak * around * assumed.skew, assumed)
    if needed <= 1:
        return helpers, 1, BESIDE
    deciders = math.ceil(needed * assumed.skew)
    return helpers, deciders, BY_LANGUAGE if needed * assumed.largest_language <= 1 else BY_TERMS


def _processes(cores: float, assumed: Assumptions) -> int:
    """Return how many processes of one core each carry this load."""
    return max(1, math.ceil(cores / assumed.utilisation))


def _nodes(cores: float, assumed: Assumptions) -> int:
    return max(1, math.ceil(cores / assumed.utilisation / assumed.cores))


def _disks(stored_bytes: float, assumed: Assumptions) -> int:
    return math.ceil(stored_bytes / (assumed.disk_tib * TIB * 0.75))


def _partitions(workers: int) -> int:
    """Return at least four for each worker, so that shares differ little, and never fewer than the topic has today."""
    return max(RAW.partitions, 12 * math.ceil(4 * workers / 12))


def _log_bytes_kept(log_bytes: tuple[float, float, float]) -> float:
    """Return an article's bytes a day on all topics, times the days that each is kept, one copy."""
    raw, enriched, event = log_bytes
    kept = ((RAW, raw), (ENRICHED, enriched), (INDEXED, event), (GROUPED, event))
    return sum(size * topic.retention.days for topic, size in kept if topic.retention is not None)
