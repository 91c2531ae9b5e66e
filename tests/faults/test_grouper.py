"""The grouper is killed at random moments, suspended while another takes over, and given the same events again."""

import signal
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from pipeline.clock import SystemClock, epoch_ms
from pipeline.enrich.fingerprint import fingerprint
from pipeline.index.base import ArticleIndex
from pipeline.index.document import build_document
from pipeline.index.event import build_event
from pipeline.index.tantivy import TantivyIndex
from pipeline.log.base import Log
from pipeline.roles import GROUP
from pipeline.stories.step import GroupStep
from schemas.annotations import ArticleTime, Precision, Zone, ZoneKind
from schemas.article import EnrichedArticle, Enrichment, SourceFacts
from schemas.codec import encode
from schemas.message import Message, OutgoingMessage
from schemas.topics import INDEXED
from tests.faults.articles import START, article_id
from tests.faults.harness import PROGRAM, count_lag, wait_drained
from tests.faults.installation import Installation, Worker

EVENTS = 40
ROUNDS = 3
SESSION_S = 2.0
WORK_S = 120.0

Groups = Mapping[str, tuple[object, object]]
"""Article id → story and original."""


@dataclass(frozen=True)
class World:
    """What happened: each event told by an original, a trimmed and an extended copy, and in other words."""

    articles: list[EnrichedArticle]

    def events(self) -> list[OutgoingMessage]:
        """Return the events for the grouper, in order of arrival."""
        made = [(one, build_event(one, build_document(one), one.fetched_at, one.fetched_at)) for one in self.articles]
        return [OutgoingMessage(INDEXED.name, one.article_id.encode(), encode(event)) for one, event in made]


def make_world() -> World:
    """Return four articles on each event, mixed over time."""
    told = []
    for event in range(EVENTS):
        words = [f"w{event}x{number}" for number in range(120)]
        other = Random(event).sample(words, 120)  # noqa: S311 - a repeatable rewrite
        texts = (words, words[:100], [*words, *(f"more{event}x{number}" for number in range(20))], other)
        told += [_article(event, part, " ".join(text)) for part, text in enumerate(texts)]
    return World(sorted(told, key=lambda one: one.fetched_at))


def _article(event: int, part: int, text: str, version: int = 0) -> EnrichedArticle:
    at = START + timedelta(minutes=event + 7 * part, seconds=version)
    return EnrichedArticle(
        article_id=article_id(f"{event}-{part}"),
        version=epoch_ms(at),
        fetched_at=at,
        channel="file",
        title=f"Event {event} as {part} has it",
        text=text,
        zones=(Zone(start=0, end=len(text), kind=ZoneKind.BODY, rule="test"),),
        published=ArticleTime(at=at, precision=Precision.SECOND),
        source=SourceFacts(domain=f"outlet{part}.example"),
        fingerprint=fingerprint(text),
        language="en",
        enrichment=Enrichment(version=1),
    )


def read_groups(index: ArticleIndex, world: World) -> Groups:
    """Return what the index says of every article; fails when one is lost."""
    found = {}
    for article in world.articles:
        held = index.get(article.article_id)
        assert held is not None, article.title
        found[article.article_id] = (held.fields.get("story_id"), held.fields.get("copy_of"))
    return found


async def group_undisturbed(folder: Path, world: World) -> Groups:
    """Return the groups of one grouper to which nothing happens."""
    index = TantivyIndex(folder / "undisturbed", SystemClock(), background=False)
    index.install()
    with closing(index):
        index.write([build_document(article) for article in world.articles])
        messages = [
            Message(INDEXED.name, 0, offset, 0, event.key, event.value) for offset, event in enumerate(world.events())
        ]
        step = GroupStep(index, SystemClock())
        for start in range(0, len(messages), 50):
            await step.run(messages[start : start + 50])
        return read_groups(index, world)


def kill_at_random(installation: Installation, log: Log, events: Sequence[OutgoingMessage], seed: int) -> None:
    """Send the events in parts, and kill one of two groupers in the middle of each part."""
    random = Random(seed)  # noqa: S311 - chaos that can be repeated
    with ExitStack() as stack:

        def start() -> Worker:
            return stack.enter_context(installation.start(PROGRAM, GROUP.name, "--session", str(SESSION_S)))

        workers = [start(), start()]
        workers[0].wait_ready()
        size = -(-len(events) // ROUNDS)
        for turn in range(ROUNDS):
            log.send(events[turn * size : (turn + 1) * size])
            time.sleep(random.uniform(0.0, 1.5))
            workers[turn % 2].kill()
            workers[turn % 2] = start()
        wait_drained(log, GROUP, WORK_S)


def take_over_and_come_back(installation: Installation, log: Log, events: Sequence[OutgoingMessage]) -> None:
    """Suspend a grouper past its session while there is work, let another do it all, and wake the first again."""
    with (
        installation.start(PROGRAM, GROUP.name, "--session", str(SESSION_S)) as suspended,
        ExitStack() as stack,
    ):
        suspended.wait_ready()
        log.send(events)
        suspended.process.send_signal(signal.SIGSTOP)
        heir = stack.enter_context(installation.start(PROGRAM, GROUP.name, "--session", str(SESSION_S)))
        wait_drained(log, GROUP, WORK_S)
        suspended.process.send_signal(signal.SIGCONT)
        log.send(events[:20])
        wait_drained(log, GROUP, WORK_S)
        assert heir.running
        assert count_lag(log, GROUP) == 0


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_killed_and_doubled_groupers_leave_the_same_groups(
    installation: Installation, log: Log, seed: int, tmp_path: Path
) -> None:
    """Kill -9 at random moments, a replay and two groupers at once end in the groups of one that ran through.

    A newer version that was written meanwhile stays, with its text and its group.
    """
    print(f"seed {seed}")
    world = make_world()
    expected = await group_undisturbed(tmp_path, world)
    assert len({story for story, _ in expected.values()}) == EVENTS
    assert sum(copy is not None for _, copy in expected.values()) == 2 * EVENTS
    with closing(installation.open_index()) as index:
        index.write([build_document(article) for article in world.articles])
        kill_at_random(installation, log, world.events(), seed)
        assert read_groups(index, world) == expected
        last = next(one for one in world.articles if one.article_id == article_id("0-3"))
        newer = _article(0, 3, f"{last.text} Corrected on Monday.", version=5)
        index.write([build_document(newer)])
        take_over_and_come_back(installation, log, world.events())
        assert read_groups(index, world) == expected
        held = index.get(newer.article_id)
        assert held is not None
        assert (held.version, held.fields["body"]) == (newer.version, newer.text)
        assert [each.version for each in index.earlier_versions(newer.article_id)] == [last.version]
