"""The step of each role, built from the settings: the same objects on both runtimes.

Settings, clock and an index in; a step that is ready to run out. Imports the adapters, never a client.
"""

import asyncio
import os
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Final

from pipeline import roles
from pipeline.alerts.courier import Courier
from pipeline.alerts.matching import Matcher
from pipeline.alerts.patrol import Patrol
from pipeline.alerts.sinks import Sinks
from pipeline.alerts.step import AlertStep
from pipeline.alerts.store import AlertStore
from pipeline.clock import Clock
from pipeline.connections import index_of, log_of
from pipeline.corrections.follow import CorrectionFollower, CorrectionSource
from pipeline.delivery.limits import MIB, Limits
from pipeline.delivery.log_ends import LogSender
from pipeline.delivery.outcome import Step
from pipeline.enrich.pool import ProcessPool
from pipeline.enrich.pool_child import Work
from pipeline.enrich.step import EnrichStep
from pipeline.index.base import ArticleIndex
from pipeline.index.step import IndexStep
from pipeline.log.base import Log
from pipeline.metrics import StageMetrics
from pipeline.outlets.open import registry_of
from pipeline.roles import Role
from pipeline.settings import Settings
from pipeline.stories.step import GroupStep
from schemas.errors import ConfigurationError

# Elasticsearch takes bulks of some MiB best; the next batch is decoded while one is under way. Each article of a batch
# is held as bytes, record, document and request: with 5 MiB a backlog of large ones took 50 MiB more than with 4
# (test_backlog.py). Of the web's articles, enriched, 3 MiB are more than a hundred.
_INDEX_LIMITS: Final = Limits(batch_records=500, batch_bytes=3 * MIB, linger_s=0.2, batches_in_flight=2)
# One batch after the other: a copy must see what the batch before decided. What a batch costs beside its articles is
# shared by as many as wait.
_GROUP_LIMITS: Final = Limits(batch_records=500, linger_s=0.1, batches_in_flight=1)


# Matching costs a refresh and a query for each saved search, whatever the size of the batch.
_ALERT_LIMITS: Final = Limits(batch_records=200, linger_s=0.3, batches_in_flight=1)


REST_AFTER_S: Final = 60.0
"""Without back-fill, until its processes end: long enough that a pause of its sender starts no models anew."""


def limits_of(role: Role, settings: Settings) -> Limits:
    """Return how much a worker of the role takes at once in the distributed runtime, and where it is alike, in both."""
    if role is roles.INDEX:
        return _INDEX_LIMITS
    if role is roles.GROUP:
        return _GROUP_LIMITS
    if role is roles.ALERT:
        return _ALERT_LIMITS
    return Limits(batch_records=settings.batch_records, behind_rest=0.0)  # its processes give way by themselves


def build_enrich_step(settings: Settings, work: Work | None = None) -> tuple[EnrichStep, ProcessPool]:
    """Return the enrich step and the pool of live articles, with no process started yet. Closing the step ends all.

    What is back-filled has as many processes of its own, which start with it and give way to everything else. `work` is
    what all of them do, by default that of `build_work`.
    """
    work, processes = work or build_work(settings), settings.processes or len(os.sched_getaffinity(0))
    pool = ProcessPool(work, processes, batch_timeout_s=settings.batch_timeout_s)
    backfill_pool = ProcessPool(
        replace(work, gives_way=True),
        processes,
        batch_timeout_s=settings.batch_timeout_s,
        rest_after_s=REST_AFTER_S,
        judge=pool,
    )
    return EnrichStep(pool, backfill_pool), pool


def build_index_step(
    role: Role, settings: Settings, index: ArticleIndex, clock: Clock, follow: Callable[[], CorrectionSource]
) -> Step:
    """Return the step of a role that works on the index; the index is closed with it, and what it follows.

    Raises:
        ConfigurationError: the role has no such step, or the registry of sources cannot be read.
    """
    if role is roles.INDEX:
        return IndexStep(index, clock, follow())
    if role is roles.GROUP:
        return GroupStep(index, clock, registry_of(settings), capacity=settings.group_articles)
    msg = f"the role {role.name} does not work on the index"
    raise ConfigurationError(msg)


def start_alert_step(
    settings: Settings,
    index: ArticleIndex,
    log: Log,
    clock: Clock,
    metrics: StageMetrics,
    close_all: Callable[[], None] = lambda: None,
) -> AlertStep:
    """Return the alert step, delivering already; inside a running event loop. Closing it calls `close_all`.

    Raises:
        ConfigurationError: the registry of sources cannot be read.
    """
    store = AlertStore(index.records, metrics)
    matcher = Matcher(index, registry_of(settings), clock, store)
    random = Random()  # noqa: S311  # jitter, not a secret
    courier = Courier(store, Sinks(settings, clock), LogSender(log), clock, random, metrics)
    patrol = Patrol(index, log, matcher, store, clock)
    step = AlertStep(matcher, courier, store, clock, patrol=patrol.look, close_all=close_all)
    step.start()
    return step


async def start_step(role: Role, settings: Settings, clock: Clock, metrics: StageMetrics) -> Step:
    """Return the role's step, ready for its first message: models loaded, index found as it should be.

    Raises:
        ConfigurationError: a model or the registry cannot be loaded, or the index is not set up.
        Unavailable: the index does not answer, or no process starts now; try again.
    """
    if role is roles.ENRICH:
        step, pool = build_enrich_step(settings)
        try:
            await pool.start()
        except BaseException:
            await step.close()
            raise
        return step
    index = await asyncio.to_thread(open_checked_index, settings, clock)
    if role is roles.ALERT:
        log = log_of(settings, clock)

        def close_both() -> None:
            index.close()
            log.close()

        return start_alert_step(settings, index, log, clock, metrics, close_both)
    return build_index_step(
        role, settings, index, clock, lambda: CorrectionFollower(log_of(settings, clock), owns_log=True)
    )


def open_checked_index(settings: Settings, clock: Clock, timeout_s: float = 30.0) -> ArticleIndex:
    """Return the index that the settings name: an embedded one is made where it is missing, a cluster only checked.

    Raises:
        ConfigurationError: it is not set up for this program, with every difference.
        Unavailable: it does not answer.
    """
    index = index_of(settings, clock, timeout_s)
    try:
        if settings.resolved_index_url.startswith("tantivy:"):
            index.install()
        else:
            from pipeline.index.elastic import ElasticIndex  # only where it is used: the client takes 0.3 s to import

            if isinstance(index, ElasticIndex):
                index.check()
    except BaseException:
        index.close()
        raise
    return index


def build_work(settings: Settings) -> Work:
    """Return what an enrichment process runs, and what it needs to know of the settings."""
    from pipeline.enrich.tools import ToolSettings  # only where it is used: models and language tools load slowly

    tool_settings = ToolSettings(
        pipelines=settings.models,
        cache_path=settings.paragraph_cache_path,
        sources=settings.sources,
        listed_sources=settings.listed_sources_path,
        log_level=settings.log_level,
        log_json=settings.log_json,
    )
    names = "pipeline.enrich.batch.enrich_batch", "pipeline.enrich.tools.load_tools"
    return Work(*names, tool_settings, count="pipeline.enrich.tools.count_paragraphs")
