"""The index role against the client's own bulk helper, writing the same documents to the same kind of index.

Both write to an index of the same template with the same refresh interval, by `create`. The helper gets its documents
built and in memory, and reads, looks up and tells nothing: the role takes encoded articles from a filled topic, builds
the documents, looks up what the index has of each, and sends an event for each.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, dataclass
from statistics import median
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
ROUNDS: Final = 3
"""Of each side, in turn: the machine's speed drifts by a third from one minute to the next. The medians count."""
TARGET: Final = "ratio ≥ 0.85"
_CONFLICT: Final = 409


@dataclass(frozen=True, slots=True)
class Writing:
    """Documents per second, and milliseconds of processor time that one took of the client and of the services."""

    rate: float
    client_ms: float
    services_ms: float


def measure_index_role(cluster: Cluster) -> None:
    """Report documents per second, and the processor time that one takes of the client and of the services."""
    note(f"distributed: enriching {ENRICHED_ARTICLES} articles to write {ENRICHED_ARTICLES * COPIES} documents …")
    articles = multiply(asyncio.run(_enrich()), COPIES)
    # The first round of each warms up Java and does not count: what the servers compile for themselves is their time,
    # and for the role that is Kafka's part as well.
    rounds = [_measure_both(cluster, articles, number) for number in range(1 + ROUNDS)][1:]
    ours, helper = (_median(side) for side in zip(*rounds, strict=True))
    about = (
        f"{len(articles):,} documents of {ENRICHED_ARTICLES} articles, medians of {ROUNDS} rounds in turn: the index "
        "worker, from Kafka by compare-and-set with an event for each, against elasticsearch.helpers.parallel_bulk "
        "with documents from memory"
    )
    report(compare("distributed-index-role", ours.rate, helper.rate, "documents/s", TARGET, about))
    for name, mine, theirs in (
        ("client", ours.client_ms, helper.client_ms),
        ("services", ours.services_ms, helper.services_ms),
    ):
        about = f"processor time of the {name} for a document, against parallel_bulk"
        report(compare(f"distributed-index-role-{name}-cpu", mine, theirs, "CPU ms per document", "–", about))


def _measure_both(cluster: Cluster, articles: Sequence[EnrichedArticle], number: int) -> tuple[Writing, Writing]:
    note(f"distributed: index role and parallel_bulk, {f'round {number} of {ROUNDS}' if number else 'to warm up'} …")
    with cluster.installation() as site:
        ours = _measure_role(cluster, site, articles)
    with cluster.installation() as site:
        return ours, _measure_helper(cluster, site, articles)


def _median(rounds: Sequence[Writing]) -> Writing:
    return Writing(*map(median, zip(*map(astuple, rounds), strict=True)))


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
    with ThreadPoolExecutor(1) as thread:
        writing = thread.submit(_write, site, actions)
        measured = _watch(cluster, site, len(articles), time.process_time, writing.done)
        writing.result()
    return measured


def _write(site: Site, actions: Sequence[dict[str, Any]]) -> None:
    for taken, answer in parallel_bulk(site.elastic, actions, raise_on_error=False):
        # A conflict: the client sent a request again whose answer it had missed, and the document is there.
        if not taken and answer["create"]["status"] != _CONFLICT:
            msg = f"parallel_bulk could not write a document: {answer}"
            raise RuntimeError(msg)


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


def _watch(
    cluster: Cluster,
    site: Site,
    documents: int,
    client_seconds: Callable[[], float],
    is_over: Callable[[], bool] = lambda: False,
) -> Writing:
    """Measure from the first look that finds the warm-up written to the one that finds everything written, or over."""
    site.wait(lambda: is_over() or site.indexed() >= WARM_UP, WATCH_S)
    first, started = site.indexed(), time.perf_counter()
    client_s, services_s = client_seconds(), cluster.cpu_seconds()
    site.wait(lambda: is_over() or site.indexed() >= documents, WATCH_S)
    seconds, written = time.perf_counter() - started, documents - first
    client_s, services_s = client_seconds() - client_s, cluster.cpu_seconds() - services_s
    return Writing(written / seconds, client_s / written * 1000, services_s / written * 1000)
