"""The distributed pipeline on a real Kafka and Elasticsearch: throughput against the bare ceiling, and by workers."""

import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from benchmarks.ceiling import Cost, measure_ceiling, measuring
from benchmarks.cluster import Cluster, Site
from benchmarks.corpus import mixed_articles
from benchmarks.distributed_index import measure_index_role
from benchmarks.distributed_latency import measure_latency
from benchmarks.figures import compare, note, report
from schemas.article import RawArticle

ARTICLES: Final = 600
WORKER_ARTICLES: Final = 300
WORKER_COUNTS: Final = (1, 2, 4)
WARM_UP: Final = 32
"""Articles before the measured ones, on both sides: connections and the month's index are part of the start."""
TARGET: Final = "ratio ≥ 0.75"


def bench_distributed() -> None:
    """Print all figures of the distributed pipeline."""
    with Cluster() as cluster:
        measure_index_role(cluster)  # first, because it also warms up Java for the others
        capacity = _measure_throughput(cluster)
        measure_latency(cluster, capacity)
        _measure_workers(cluster)


def bench_throughput() -> None:
    """Print articles per second against the ceiling, and what the services take beside the workers."""
    with Cluster() as cluster:
        _measure_throughput(cluster)


def bench_index_role() -> None:
    """Print documents per second of the index role against the client's own bulk helper."""
    with Cluster() as cluster:
        measure_index_role(cluster)


def bench_latency() -> None:
    """Print how long an article takes from the producer's confirmation until it is found, at half of capacity."""
    with Cluster() as cluster:
        measure_latency(cluster, _run(cluster, mixed_articles(WORKER_ARTICLES), _one_per_core)[0].rate)


def bench_workers() -> None:
    """Print articles per second of several enrich workers against one."""
    with Cluster() as cluster:
        _measure_workers(cluster)


def _measure_throughput(cluster: Cluster) -> float:
    """Report the figures; return articles per second."""
    articles = mixed_articles(ARTICLES)
    note(f"distributed: {len(articles)} articles against the ceiling …")
    ceiling = measure_ceiling(articles[WARM_UP:], articles[:WARM_UP])
    ours, services_s = _run(cluster, articles, _one_per_core)
    about = (
        f"{ours.articles} web articles, {_count_pages(articles)} of them HTML pages: producer through "
        "Kafka, enrich and index workers to searchable in Elasticsearch, start of processes excluded on both sides"
    )
    report(compare("distributed-throughput", ours.rate, ceiling.rate, "articles/s", TARGET, about))
    about = "the same by processor time of the workers, that of Kafka and Elasticsearch left out"
    report(
        compare("distributed-throughput-cpu", ours.cpu_rate, ceiling.cpu_rate, "articles per CPU second", TARGET, about)
    )
    about = (
        "processor time of Kafka and Elasticsearch for an article, against that of the workers: on the same cores, the "
        "clock cannot show a better ratio than ceiling / (workers + services)"
    )
    services = services_s / ours.articles * 1000
    workers = ours.cpu_seconds / ours.articles * 1000
    report(compare("distributed-services-cpu", services, workers, "CPU ms per article", "–", about))
    return ours.rate


def _count_pages(articles: Sequence[RawArticle]) -> int:
    return sum(one.content_type == "html" for one in articles[WARM_UP:])


def _one_per_core(site: Site) -> None:
    site.start("enrich", processes=len(os.sched_getaffinity(0)))


def _run(cluster: Cluster, articles: Sequence[RawArticle], start_enrich: Callable[[Site], None]) -> tuple[Cost, float]:
    """Return what the articles cost the workers from sending to searchable, and the services' seconds of CPU."""
    warm_up, measured = articles[:WARM_UP], articles[WARM_UP:]
    with cluster.installation() as site:
        site.start("index")
        start_enrich(site)
        site.publish(warm_up)
        site.wait_searchable(len(warm_up))
        services = cluster.cpu_seconds()
        with measuring(len(measured), site.worker_seconds) as costs:
            site.publish(measured)
            found = site.wait_searchable(len(articles))
        services = cluster.cpu_seconds() - services
    if found < len(articles) * 0.9:
        msg = f"only {found} of {len(articles)} articles are in the index: the figure would mean nothing"
        raise SystemExit(msg)
    return costs[0], services


def _measure_workers(cluster: Cluster) -> None:
    articles = mixed_articles(WORKER_ARTICLES)
    cores = len(os.sched_getaffinity(0))
    alone: Cost | None = None
    for count in WORKER_COUNTS:
        note(f"distributed: {len(articles)} articles, enrich workers: {count} …")
        cost, _ = _run(cluster, articles, partial(Site.start, role="enrich", count=count))
        alone = alone or cost
        about = (
            f"{count} enrich workers of one process each share 12 partitions, against one worker; {cores} cores for "
            "them, an index worker, Kafka and Elasticsearch"
        )
        report(compare(f"distributed-workers-{count}", cost.rate, alone.rate, "articles/s", "–", about))
