"""The index role against the client's own bulk helper, writing the same documents to the same kind of index."""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from elasticsearch.helpers import parallel_bulk

from benchmarks.cluster import Cluster, Site
from benchmarks.corpus import WEB, read_articles
from benchmarks.figures import compare, note, report
from pipeline.clock import SystemClock
from pipeline.index.document import build_document
from pipeline.index.elastic_document import build_source
from pipeline.settings import Settings
from pipeline.steps import build_enrich_step
from schemas.article import EnrichedArticle
from schemas.codec import decode, encode
from schemas.message import OutgoingMessage
from schemas.topics import ENRICHED

ENRICHED_ARTICLES: Final = 200
COPIES: Final = 20
WARM_UP: Final = 400
WATCH_S: Final = 0.05
TARGET: Final = "ratio ≥ 0.85"


@dataclass(frozen=True, slots=True)
class Writing:
    """What a part of the writes took: from the first look that found any to the one that found all."""

    documents: int
    seconds: float
    client_s: float
    services_s: float

    @property
    def rate(self) -> float:
        """Documents per second."""
        return self.documents / self.seconds


def measure_index_role(cluster: Cluster) -> None:
    """Report documents per second, and the processor time that one takes of the client and of the services."""
    note(f"distributed: enriching {ENRICHED_ARTICLES} articles to write {ENRICHED_ARTICLES * COPIES} documents …")
    articles = multiply(asyncio.run(_enrich()), COPIES)
    # The first round of each warms up Java and is not reported: what the servers compile for themselves counts as
    # theirs, for the role that is Kafka's part as well. What is left of that favours the helper, which comes last.
    note("distributed: a round of each to warm up, index role, parallel_bulk …")
    with cluster.installation() as site:
        _measure_role(cluster, site, articles)
    with cluster.installation() as site:
        _measure_helper(cluster, site, articles)
    with cluster.installation() as site:
        ours = _measure_role(cluster, site, articles)
    with cluster.installation() as site:
        helper = _measure_helper(cluster, site, articles)
    about = (
        f"{len(articles):,} documents of {ENRICHED_ARTICLES} articles: the index worker, from Kafka by compare-and-set "
        "with an event for each, against elasticsearch.helpers.parallel_bulk from memory"
    )
    report(compare("distributed-index-role", ours.rate, helper.rate, "documents/s", TARGET, about))
    for name, mine_s, theirs_s in (
        ("client", ours.client_s, helper.client_s),
        ("services", ours.services_s, helper.services_s),
    ):
        mine, theirs = mine_s / ours.documents * 1000, theirs_s / helper.documents * 1000
        about = f"processor time of the {name} for a document, against parallel_bulk"
        report(compare(f"distributed-index-role-{name}-cpu", mine, theirs, "CPU ms per document", "–", about))


async def _enrich() -> list[EnrichedArticle]:
    step, pool = build_enrich_step(Settings())
    try:
        await pool.start()
        answers = await pool.run([encode(one) for one in read_articles(WEB, ENRICHED_ARTICLES)])
    finally:
        await step.close()
    return [decode(EnrichedArticle, answer) for answer in answers if isinstance(answer, bytes)]


def multiply(articles: Sequence[EnrichedArticle], copies: int) -> list[EnrichedArticle]:
    """Return each article several times under other ids, in an order that mixes them."""
    return [
        one.model_copy(update={"article_id": f"{number:08x}{one.article_id[8:]}"})
        for number in range(copies)
        for one in articles
    ]


def _measure_helper(cluster: Cluster, site: Site, articles: Sequence[EnrichedArticle]) -> Writing:
    actions = list(_actions(site, articles))

    def write() -> None:
        deque(parallel_bulk(site.elastic, actions), maxlen=0)

    writing = threading.Thread(target=write, daemon=True)
    writing.start()
    measured = _watch(cluster, site, len(articles), time.process_time)
    writing.join()
    return measured


def _actions(site: Site, articles: Sequence[EnrichedArticle]) -> Iterator[dict[str, Any]]:
    now = SystemClock().now().isoformat()
    for article in articles:
        index = f"{site.alias}-{article.fetched_at:%Y.%m}"
        if not site.elastic.indices.exists(index=index):
            site.elastic.indices.create(index=index)
        source = build_source(build_document(article), {}, now)
        yield {"_op_type": "create", "_index": index, "_id": article.article_id, "_source": source}


def _measure_role(cluster: Cluster, site: Site, articles: Sequence[EnrichedArticle]) -> Writing:
    site.send([OutgoingMessage(ENRICHED.name, one.article_id.encode(), encode(one)) for one in articles])
    site.spawn("index")
    return _watch(cluster, site, len(articles), site.worker_seconds)


def _watch(cluster: Cluster, site: Site, documents: int, client_seconds: Callable[[], float]) -> Writing:
    """Measure from the first look that finds the warm-up written to the one that finds everything written."""
    site.wait(lambda: site.indexed() >= WARM_UP, WATCH_S)
    first, started = site.indexed(), time.perf_counter()
    client_s, services_s = client_seconds(), cluster.cpu_seconds()
    site.wait(lambda: site.indexed() >= documents, WATCH_S)
    return Writing(
        documents - first,
        time.perf_counter() - started,
        client_seconds() - client_s,
        cluster.cpu_seconds() - services_s,
    )
