"""`make bench`: all measurements, or those named. Usage: python -m benchmarks [NAME…]; an unknown name lists them."""

import sys
from collections.abc import Callable
from typing import Final

from benchmarks import (
    distributed,
    distributed_backfill,
    embedded,
    feeds,
    footprint,
    scale,
    search,
    step_costs,
    stories,
    word_frequency,
)
from benchmarks.figures import note
from benchmarks.peers import bench as peers
from pipeline.log_setup import install_logging

ALL: Final[dict[str, Callable[[], None]]] = {
    "throughput": embedded.bench_throughput,
    "steps": step_costs.bench_steps,
    "long-run": embedded.bench_long_run,
    "freshness": embedded.bench_freshness,
    "distributed": distributed.bench_distributed,
    "feeds": feeds.bench_feeds,
    "search": search.bench_search,
    "footprint": footprint.bench_footprint,
    "scale": scale.bench_scale,
}
PARTS: Final[dict[str, Callable[[], None]]] = {
    "distributed-throughput": distributed.bench_throughput,
    "distributed-index-role": distributed.bench_index_role,
    "distributed-latency": distributed.bench_latency,
    "distributed-workers": distributed.bench_workers,
    "backfill": distributed_backfill.bench_backfill,
    "backfill-whole": distributed_backfill.bench_whole_backfill,
    "peers": peers.bench_peers,
    "peers-short": peers.bench_peers_short,
    "relevance-elastic": search.bench_relevance_elastic,
    "stories": stories.bench_stories,
    "stories-long": stories.bench_stories_long,
    "stories-elastic": stories.bench_stories_elastic,
    "stories-elastic-long": stories.bench_stories_elastic_long,
    "word-frequency": word_frequency.make_word_frequency,
}
"""Parts of `distributed`, each with services of its own; what needs more than the rest; and what writes a file."""


def main(names: list[str]) -> int:
    """Run the named benchmarks, all without a name; return 2 for an unknown name."""
    known = ALL | PARTS
    unknown = [name for name in names if name not in known]
    if unknown:
        note(f"no benchmark {unknown[0]!r}: one of {', '.join(known)}")
        return 2
    for name in names or ALL:
        known[name]()
    return 0


if __name__ == "__main__":
    install_logging("warning")
    sys.exit(main(sys.argv[1:]))
