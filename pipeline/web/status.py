"""The status page: what each stage does, what is in the log and the index, what waits, and what was refused.

The state is that of `newswire status`; here it becomes the record that page and JSON share.
"""

from contextlib import closing
from importlib.metadata import version
from typing import Final

from pipeline.monitoring.stage_report import StageReport
from pipeline.monitoring.status import count_dead_letters, read_status
from pipeline.roles import ROLES
from pipeline.web.answers import StageStatus, StatusAnswer, TopicStatus
from pipeline.web.site import Site
from schemas.query import SearchQuery, Sort

MAX_DEAD_LETTERS: Final = 5000
"""Dead letters that are read for their reasons; a page must not take longer the more goes wrong."""


def load_status(site: Site) -> StatusAnswer:
    """Return the state of everything.

    Raises:
        Unavailable: log or index does not answer.
    """
    log = site.open_log()
    newest = site.index.search(SearchQuery(now=site.now(), sort=Sort.NEWEST, limit=1, highlight=False))
    letters = count_dead_letters(log, MAX_DEAD_LETTERS)
    articles = site.index.count()
    with closing(site.open_samples()) as samples:
        status = read_status(log, samples, site.now(), articles, letters)
    names = {role.group: role.name for role in ROLES}
    return StatusAnswer(
        checked_at=site.now(),
        articles=articles,
        newest_published_at=newest.hits[0].published_at if newest.hits else None,
        stages=tuple(_stage(report) for report in status.stages),
        topics=tuple(
            TopicStatus(
                name=name,
                messages=topic.messages,
                waiting={names[group]: lag for group, lag in topic.lag.items()},
            )
            for name, topic in status.topics.items()
        ),
        dead_letters=dict(status.dead_letters),
        versions={"newswire": version("newswire")},
    )


def _stage(report: StageReport) -> StageStatus:
    return StageStatus(
        name=report.stage,
        processes=report.processes,
        per_second=report.per_second,
        latency_p99_ms=report.latency_p99_ms,
        waiting=report.waiting,
        retries=report.retries,
        refused=report.dead_letters,
        alerts=dict(report.alerts),
        troubles=tuple(trouble.why for trouble in report.troubles if trouble.blocked),
    )
