"""A saved search over a real embedded index, with a clock that is set and a desk that writes down what it is told."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.alerts.courier import Courier
from pipeline.alerts.matching import Grouped, Matcher
from pipeline.alerts.store import AlertStore
from pipeline.clock import ManualClock
from pipeline.index.base import StoryFields
from pipeline.index.tantivy import TantivyIndex
from pipeline.metrics import Metrics
from pipeline.sources.registry import SourceRegistry
from pipeline.stories.story import Story, StoryArticle, to_document
from schemas.alert import Alert, SavedSearch, Sink, WebhookSink
from schemas.codec import encode
from schemas.errors import Unavailable
from schemas.events import GroupedEvent
from schemas.message import Headers, Message, OutgoingMessage
from schemas.topics import GROUPED
from tests.index.making import NOW, article_id, make_document

HOOK = WebhookSink(url="https://desk.example/hook")


@dataclass
class Desk:
    """Who is told: `answers` are raised first, one for each attempt; then every alert is taken."""

    clock: ManualClock
    answers: list[BaseException] = field(default_factory=list)
    down_until_s: float = 0.0
    told: list[Alert] = field(default_factory=list)
    attempts: int = 0

    async def send(self, alert: Alert, sink: Sink) -> None:  # noqa: ARG002 - every sink alike
        """Take the alert, or fail as prepared."""
        self.attempts += 1
        if self.clock.monotonic_s() < self.down_until_s:
            message = "connection refused"
            raise Unavailable(message)
        if self.answers:
            raise self.answers.pop(0)
        self.told.append(alert)


@dataclass
class Letters:
    """What was sent to the log."""

    sent: list[OutgoingMessage] = field(default_factory=list)

    async def send(self, messages: Sequence[OutgoingMessage]) -> None:
        """Confirm everything."""
        self.sent.extend(messages)


class Newsdesk:
    """Index, store, matcher and courier; articles come in by `publish`."""

    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock(NOW)
        self.index = TantivyIndex(folder / "index", self.clock, background=False)
        self.index.install()
        self.metrics = Metrics()
        self.store = AlertStore(self.index.records, self.metrics.at("alert"))
        self.matcher = Matcher(self.index, SourceRegistry(()), self.clock, self.store)
        self.desk, self.letters = Desk(self.clock), Letters()
        self.courier = self.new_courier()
        self._offset = 0
        self._stories: dict[str, list[str]] = {}

    def new_courier(self) -> Courier:
        """Return another courier over the same index, as another process would have it."""
        jitter = random.Random(7)  # noqa: S311 - no secret
        return Courier(self.store, self.desk, self.letters, self.clock, jitter, self.metrics.at("alert"))

    def save(self, query: str = "ferry", *, every_copy: bool = False, sinks: Sequence[Sink] = (HOOK,)) -> SavedSearch:
        """Save a search."""
        return self.store.add(f"about {query}", self.clock.now(), query=query, every_copy=every_copy, sinks=sinks)

    def publish(
        self, name: str, story: str | None = None, text: str = "The ferry sails.", headers: Headers = ()
    ) -> Grouped:
        """Put an article into the index and its story, and return the event that the grouper sends."""
        key = article_id(story or name)
        self.index.write([make_document(name, f"News of {name}", text, published=NOW)])
        members = self._stories.setdefault(key, [])
        members += [article_id(name)] if article_id(name) not in members else []
        copy_of = None if members[0] == article_id(name) else members[0]
        self.index.write_stories([StoryFields(article_id(name), 1, key, copy_of, copy_of is not None)])
        self._write_story(key)
        return self._event(article_id(name), key, copy_of, headers)

    def join(self, story: str, into: str) -> list[Grouped]:
        """Let one story become a part of another, and return the events of its articles."""
        gone, key = self._stories.pop(article_id(story)), article_id(into)
        self._stories[key] += gone
        self.index.write_stories([StoryFields(one, 1, key, key, True) for one in gone])
        self._write_story(key)
        return [self._event(one, key, key, ()) for one in gone]

    def _write_story(self, key: str) -> None:
        articles = tuple(StoryArticle(article_id=one, dated_at=NOW, first_seen_at=NOW) for one in self._stories[key])
        self.index.write_story_documents([to_document(Story(story_id=key, articles=articles), NOW)])

    def _event(self, article: str, story: str, copy_of: str | None, headers: Headers) -> Grouped:
        self.clock.advance(1)
        event = GroupedEvent(
            article_id=article,
            version=1,
            story_id=story,
            copy_of=copy_of,
            is_copy=copy_of is not None,
            reason="test",
            grouped_at=self.clock.now(),
        )
        self._offset += 1
        message = Message(GROUPED.name, 0, self._offset, 0, article.encode(), encode(event), headers)
        return Grouped(event, message)

    def later(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.advance(seconds)

    def alerts(self) -> list[Alert]:
        """Return all alerts, the newest first."""
        return self.store.alerts(1000)
