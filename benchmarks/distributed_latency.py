"""From the producer's confirmation to the search that finds the article, at half of what the pipeline can do."""

import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from benchmarks.cluster import Cluster, Site
from benchmarks.corpus import WEB, read_distinct
from benchmarks.figures import Figure, note, percentile, report
from schemas.article import RawArticle

SECONDS: Final = 60
WARM_UP: Final = 32
LOAD: Final = 0.5
LOOK_S: Final = 0.05
"""Articles are looked for this often, so that a latency is at most this much too long."""


def measure_latency(cluster: Cluster, capacity: float, seconds: float = SECONDS) -> None:
    """Report the percentiles of seconds, for articles sent one by one at half of `capacity` articles per second."""
    rate = capacity * LOAD
    articles = list(read_distinct([WEB], WARM_UP + int(rate * seconds)))
    note(f"distributed: {rate:.1f} articles/s for {seconds:.0f} s …")
    with cluster.installation() as site:
        site.start("index")
        site.start("enrich", processes=len(os.sched_getaffinity(0)))
        site.publish(articles[:WARM_UP])
        site.wait_searchable(WARM_UP)
        latencies = measure_arrivals(site, articles[WARM_UP:], rate)
    about = (
        f"producer's confirmation to found, refresh_interval 1 s, {len(latencies)} articles one by one at "
        f"{rate:.1f}/s, half of the throughput measured before; looked for every {LOOK_S * 1000:.0f} ms"
    )
    for name, fraction, target in (("p50", 0.50, "–"), ("p95", 0.95, "–"), ("p99", 0.99, "< 3 s")):
        report(Figure(f"distributed-latency-{name}", round(percentile(latencies, fraction), 3), "s", about, target))


def measure_arrivals(site: Site, articles: Sequence[RawArticle], rate: float) -> list[float]:
    """Send the articles one by one, so many a second, and return the seconds that each took to be found."""
    with Finder(site).watching() as finder:
        started = time.perf_counter()
        for number, article in enumerate(articles):
            time.sleep(max(0.0, started + number / rate - time.perf_counter()))
            site.publish([article])
            finder.expect(article.article_id)
        site.wait(lambda: len(finder.latencies) + site.refused() >= len(articles))
    return finder.latencies


class Finder:
    """Looks for articles until searches find them. `latencies` in seconds, in the order in which they were found."""

    def __init__(self, site: Site) -> None:
        self.latencies: list[float] = []
        self._site = site
        self._sent: dict[str, float] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._look_for_ever, daemon=True)

    @contextmanager
    def watching(self) -> Iterator["Finder"]:
        """Look for the length of the context."""
        self._thread.start()
        try:
            yield self
        finally:
            self._stopped.set()
            self._thread.join()

    def expect(self, article_id: str) -> None:
        """Look for this article, whose clock starts now."""
        self._sent[article_id] = time.perf_counter()

    def _look_for_ever(self) -> None:
        while not self._stopped.wait(LOOK_S):
            waiting = list(self._sent)
            if not waiting:
                continue
            found = self._site.elastic.search(
                index=self._site.alias, query={"ids": {"values": waiting}}, size=len(waiting), source=False
            )
            now = time.perf_counter()
            self.latencies += [now - self._sent.pop(hit["_id"]) for hit in found["hits"]["hits"]]
