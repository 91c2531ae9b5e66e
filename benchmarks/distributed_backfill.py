"""Live articles while 10,000 are back-filled, against the same traffic without: from the confirmation to the search.

Half of what the pipeline can do comes live, so that the back-fill gets at most the other half. The short form stops
when the live traffic has been measured; the long one goes on until the back-fill is through.
"""

import os
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from benchmarks.cluster import Cluster, Site
from benchmarks.corpus import WEB, read_distinct, with_copies
from benchmarks.distributed_latency import LOAD, WARM_UP, measure_arrivals
from benchmarks.figures import Figure, compare, note, percentile, report
from pipeline.roles import ENRICH
from schemas.article import RawArticle
from schemas.codec import encode
from schemas.message import OutgoingMessage
from schemas.topics import BACKFILL_RAW

BACKFILLED: Final = 10_000
CAPACITY_ARTICLES: Final = 160
SECONDS: Final = 90.0
"""Of live traffic without the back-fill and then beside it: some hundred articles each, so that p99 means something."""
TARGET: Final = "ratio < 1.5"


def bench_backfill() -> None:
    """Print live latency beside a back-fill of 10,000 articles, from a minute and a half of each."""
    with Cluster() as cluster:
        _measure(cluster, whole=False)


def bench_whole_backfill() -> None:
    """Print the same over the whole back-fill, which takes as long as the other half of the capacity needs for it."""
    with Cluster() as cluster:
        _measure(cluster, whole=True)


def _measure(cluster: Cluster, *, whole: bool) -> None:
    articles = read_distinct([WEB])
    with cluster.installation() as site:
        site.start("index")
        site.start("enrich", processes=len(os.sched_getaffinity(0)))
        rate = _capacity(site, articles) * LOAD
        number = int(rate * SECONDS)
        note(f"back-fill: {rate:.1f} live articles/s, half of capacity, for {SECONDS:.0f} s alone …")
        alone = measure_arrivals(site, list(islice(articles, number)), rate)
        live = list(islice(articles, number))
        backfilled = list(islice(_reprints(articles), BACKFILLED))
        note(f"back-fill: the same beside {len(backfilled):,} articles of back-fill …")
        site.send([OutgoingMessage(BACKFILL_RAW.name, one.article_id.encode(), encode(one)) for one in backfilled])
        started = time.perf_counter()
        beside = measure_arrivals(site, live, rate)
        while whole and _waiting(site):
            live = [with_copies([article])[1] for article in live]
            beside += measure_arrivals(site, live, rate)
        seconds = time.perf_counter() - started
        done = len(backfilled) - _waiting(site)
    _report(alone, beside, rate, len(backfilled), done, seconds)


def _reprints(articles: Iterable[RawArticle]) -> Iterator[RawArticle]:
    """Yield the articles, and then again and again under other addresses: there are not as many as are wanted."""
    some = list(articles)
    while some:
        yield from some
        some = [with_copies([article])[1] for article in some]


def _capacity(site: Site, articles: Iterator[RawArticle]) -> float:
    """Return articles per second from raw topic to searchable, when as many wait as are wanted."""
    note(f"back-fill: capacity, from {CAPACITY_ARTICLES} articles …")
    site.publish(list(islice(articles, WARM_UP)))
    before = site.wait_searchable(WARM_UP)
    refused = site.refused()
    started = time.perf_counter()
    site.publish(list(islice(articles, CAPACITY_ARTICLES)))
    site.wait_searchable(before + refused + CAPACITY_ARTICLES)
    return CAPACITY_ARTICLES / (time.perf_counter() - started)


def _waiting(site: Site) -> int:
    return sum(site.log.lag(ENRICH.group, [BACKFILL_RAW.name]).values())


def _report(alone: list[float], beside: list[float], rate: float, backfilled: int, done: int, seconds: float) -> None:
    about = (
        f"producer's confirmation to found, {len(beside)} live articles at {rate:.1f}/s, half of the capacity measured "
        f"before, beside {backfilled:,} articles of back-fill, against {len(alone)} without"
    )
    for name, fraction, target in (("p50", 0.50, "–"), ("p99", 0.99, TARGET)):
        values = percentile(beside, fraction), percentile(alone, fraction)
        report(compare(f"backfill-live-latency-{name}", *values, "s", target, about))
    through = f"{done:,} of {backfilled:,} articles of back-fill enriched beside the live ones in {seconds:.0f} s"
    report(Figure("backfill-rate", round(done / seconds, 2), "articles/s", through, "–"))
