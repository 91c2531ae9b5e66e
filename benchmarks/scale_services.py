"""Costs of the work on Kafka and Elasticsearch: theirs, and that of the roles that ask them.

Fresh installations on servers that end with the measurement; processor time of this process and of the servers, one
kind of work at a time. The first round of each warms up Java and is not counted. The same articles are written several
times under other ids, so that words take somewhat less room in the index than with as many different articles.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from statistics import fmean
from typing import Final

import cramjam

from benchmarks.cluster import Cluster, Site
from benchmarks.distributed_index import multiply
from benchmarks.embedded import FACETS
from benchmarks.figures import note
from benchmarks.scale_measure import Points
from benchmarks.search_corpus import read_documents
from benchmarks.stories import BATCH as GROUP_BATCH
from benchmarks.stories import index_articles, make_corpus
from pipeline.clock import SystemClock
from pipeline.corrections.follow import CorrectionFollower
from pipeline.delivery.outcome import Done, Step
from pipeline.index.base import ArticleIndex
from pipeline.index.step import IndexStep
from pipeline.log.base import Log
from pipeline.search.service import find
from pipeline.stories.step import GroupStep
from schemas.article import EnrichedArticle
from schemas.codec import encode
from schemas.message import Message, OutgoingMessage
from schemas.query import Interval
from schemas.topics import ENRICHED, RAW

ROUND: Final = 800
ROUNDS: Final = 4
GROUPED: Final = 2_400
SEARCHED: Final = 1_000
SEARCHES: Final = 120
BATCH: Final = 500
KAFKA_BATCH_BYTES: Final = 32 * 1024


@dataclass(frozen=True, slots=True)
class Spent:
    """Core-seconds of one article (or search): of this process, and of the servers."""

    own_s: float
    servers_s: float


@dataclass(frozen=True, slots=True)
class Served:
    """Everything measured on the servers. Bytes are of the index after so many documents."""

    kafka: Spent
    index: Spent
    group: Spent
    index_bytes: Points
    search_s: float
    """Core-seconds of Elasticsearch for a search of a few articles: what it costs before it grows with them."""
    log_bytes: tuple[float, float, float]


def measure_services(raw: Sequence[bytes], articles: Sequence[EnrichedArticle]) -> Served:
    """Measure with these articles, sent and written several times under other ids."""
    enriched = [encode(one) for one in articles]
    with Cluster() as cluster:
        with cluster.installation() as site:
            note("scale: Kafka …")
            kafka = _measure_kafka(cluster, site.log, raw, enriched)
        with cluster.installation() as site:
            note("scale: index role …")
            index, sizes, events = _measure_index(cluster, site, articles)
        with cluster.installation() as site, closing(site.installation.open_index()) as elastic:
            note("scale: group role …")
            group = _measure_group(cluster, elastic)
        with cluster.installation() as site, closing(site.installation.open_index()) as elastic:
            note("scale: searches …")
            search_s = _measure_search(cluster, site, elastic)
    log_bytes = (_compressed(raw), _compressed(enriched), _compressed(events))
    return Served(kafka, index, group, sizes, search_s, log_bytes)


def _measure_kafka(cluster: Cluster, log: Log, raw: Sequence[bytes], enriched: Sequence[bytes]) -> Spent:
    """Send every article on both topics that carry texts, and read it once."""

    def send_and_read() -> None:
        for topic, values in ((RAW, raw), (ENRICHED, enriched)):
            before = log.offsets(topic.name)
            log.send([OutgoingMessage(topic.name, b"%d" % place, value) for place, value in enumerate(values)])
            for partition, span in log.offsets(topic.name).items():
                start = before[partition].end
                while start < span.end:
                    start = log.read(topic.name, partition, start, BATCH)[-1].offset + 1

    rounds = max(2, 2 * ROUND // len(raw))

    def work() -> None:
        for _ in range(rounds):
            send_and_read()

    work()
    return _spent(cluster, work, rounds * len(raw))


def _measure_index(
    cluster: Cluster, site: Site, articles: Sequence[EnrichedArticle]
) -> tuple[Spent, Points, list[bytes]]:
    clock = SystemClock()
    step = IndexStep(site.installation.open_index(), clock, CorrectionFollower(site.log))
    many = multiply(articles, ROUND * (ROUNDS + 1) // len(articles) + 1)
    messages = [
        Message(ENRICHED.name, 0, place, 0, one.article_id.encode(), encode(one)) for place, one in enumerate(many)
    ]
    spent: list[Spent] = []
    sizes: Points = []
    events: list[bytes] = []

    def write(start: int) -> None:
        _run(step, messages[start : start + ROUND], BATCH, events)
        _merge(site)  # a large index merges each document several times, and after a round nobody would see it

    try:
        for start in range(0, ROUND * (ROUNDS + 1), ROUND):
            spent.append(_spent(cluster, partial(write, start), ROUND))
            sizes.append((float(start + ROUND), _stored_bytes(site)))
    finally:
        asyncio.run(step.close())
    return _mean(spent[1:]), sizes, events[:ROUND]


def _measure_group(cluster: Cluster, elastic: ArticleIndex) -> Spent:
    messages = index_articles(elastic, make_corpus(GROUPED).articles)
    step = GroupStep(elastic, SystemClock())
    third = len(messages) // 3
    _run(step, messages[:third], GROUP_BATCH, [])
    rest = messages[third:]
    return _spent(cluster, partial(_run, step, rest, GROUP_BATCH, []), len(rest))


def _measure_search(cluster: Cluster, site: Site, elastic: ArticleIndex) -> float:
    documents = list(read_documents(SEARCHED))
    now = SystemClock().now()
    for start in range(0, len(documents), BATCH):
        elastic.write(documents[start : start + BATCH])
    _merge(site)
    work = partial(_search, elastic, now)
    work()
    return _spent(cluster, work, SEARCHES).servers_s


def _search(elastic: ArticleIndex, now: datetime) -> None:
    for _ in range(SEARCHES):
        find(elastic, "*", now=now, facets=FACETS, histogram=Interval.MONTH)


def _merge(site: Site) -> None:
    site.elastic.indices.refresh(index=site.alias)
    site.elastic.options(request_timeout=600).indices.forcemerge(index=site.alias, max_num_segments=1)
    site.elastic.indices.refresh(index=site.alias)


def _stored_bytes(site: Site) -> float:
    """Return the bytes of all segments; what the index's statistics say may be ten seconds old."""
    held = site.elastic.indices.segments(index=site.alias)["indices"].values()
    copies = [copy for one in held for shard in one["shards"].values() for copy in shard]
    return float(sum(segment["size_in_bytes"] for copy in copies for segment in copy["segments"].values()))


def _run(step: Step, messages: Sequence[Message], batch: int, sent: list[bytes]) -> None:
    """Run the step over the messages, and add what it would send.

    Raises:
        SystemExit: a message was not finished, so that the figure would mean nothing.
    """
    for start in range(0, len(messages), batch):
        for outcome in asyncio.run(_once(step, messages[start : start + batch])):
            if not isinstance(outcome, Done):
                msg = f"{step.stage} answered {outcome!r}: the figure would mean nothing"
                raise SystemExit(msg)
            sent += [output.value or b"" for output in outcome.outputs]


async def _once(step: Step, messages: Sequence[Message]) -> Sequence[object]:
    return await step.run(messages)


def _spent(cluster: Cluster, work: Callable[[], None], articles: int) -> Spent:
    own, servers = time.process_time(), cluster.cpu_seconds()
    work()
    return Spent((time.process_time() - own) / articles, (cluster.cpu_seconds() - servers) / articles)


def _mean(spent: Sequence[Spent]) -> Spent:
    return Spent(fmean(one.own_s for one in spent), fmean(one.servers_s for one in spent))


def _compressed(values: Sequence[bytes]) -> float:
    """Return the bytes that a message takes in a log whose batches are compressed as the producer does."""
    total, batch = 0, b""
    for place, value in enumerate(values):
        batch += value
        if len(batch) >= KAFKA_BATCH_BYTES or place == len(values) - 1:
            total += len(bytes(cramjam.zstd.compress(batch)))
            batch = b""
    return total / len(values)
