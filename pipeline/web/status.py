"""The status page: what is in the log and the index, what waits, what was refused. Log and index in, record out."""

from collections import Counter
from importlib.metadata import version
from typing import Final

from pipeline.delivery.dead_letter import parse_dead_letter
from pipeline.log.base import Log
from pipeline.log.tools import read_topic
from pipeline.roles import ROLES
from pipeline.web.answers import StatusAnswer, TopicStatus
from pipeline.web.site import Site
from schemas.errors import Rejected
from schemas.query import SearchQuery, Sort
from schemas.topics import DEAD_LETTER, TOPICS, Topic

MAX_DEAD_LETTERS: Final = 5000
"""Dead letters that are read for their reasons; a page must not take longer the more goes wrong."""


def load_status(site: Site) -> StatusAnswer:
    """Return the state of log and index.

    Raises:
        Unavailable: one of them does not answer.
    """
    log = site.open_log()
    newest = site.index.search(SearchQuery(now=site.now(), sort=Sort.NEWEST, limit=1, highlight=False))
    return StatusAnswer(
        checked_at=site.now(),
        articles=site.index.count(),
        newest_published_at=newest.hits[0].published_at if newest.hits else None,
        topics=tuple(_topic(log, topic) for topic in TOPICS),
        dead_letters=dict(_count_reasons(log)),
        versions={"newswire": version("newswire")},
    )


def _topic(log: Log, topic: Topic) -> TopicStatus:
    kept = sum(span.end - span.begin for span in log.offsets(topic.name).values())
    waiting = {role.name: sum(log.lag(role.group, [topic.name]).values()) for role in ROLES if topic in role.inputs}
    return TopicStatus(name=topic.name, messages=kept, waiting=waiting)


def _count_reasons(log: Log) -> Counter[str]:
    reasons: Counter[str] = Counter()
    for number, message in enumerate(read_topic(log, DEAD_LETTER.name)):
        if number == MAX_DEAD_LETTERS:
            break
        try:
            reasons[parse_dead_letter(message).reason] += 1
        except Rejected:
            reasons["unreadable"] += 1
    return reasons
