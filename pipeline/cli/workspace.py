"""What a command works with: settings, clock, log, index, registry, opened when first asked for, closed at the end."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.clock import Clock
    from pipeline.index.base import ArticleIndex
    from pipeline.log.base import Log
    from pipeline.settings import Settings
    from pipeline.sources.registry import SourceRegistry


class Workspace:
    """One command's resources. Each is opened at first use, so that a command pays only for what it needs."""

    def __init__(self, settings: "Settings", clock: "Clock", stack: ExitStack) -> None:
        self.settings = settings
        self.clock = clock
        self._stack = stack

    @cached_property
    def log(self) -> "Log":
        """The log that the settings name; the embedded one with its topics, which on Kafka `newswire setup` creates."""
        from pipeline.connections import COMMAND_TIMEOUT_S, log_of
        from schemas.topics import TOPICS

        log = log_of(self.settings, self.clock, COMMAND_TIMEOUT_S)
        self._stack.callback(log.close)
        if self.settings.resolved_log_url.startswith("sqlite:"):
            log.create_topics(TOPICS)
        return log

    @cached_property
    def index(self) -> "ArticleIndex":
        """The index that the settings name; an embedded one made where it is missing, as setup does in a cluster."""
        from pipeline.connections import COMMAND_TIMEOUT_S, index_of

        index = index_of(self.settings, self.clock, COMMAND_TIMEOUT_S)
        self._stack.callback(index.close)
        if self.settings.resolved_index_url.startswith("tantivy:"):
            index.install()
        return index

    @cached_property
    def registry(self) -> "SourceRegistry":
        """The registry of sources: the shipped one, or the file that the settings name; imported lists behind it."""
        from pipeline.outlets.open import registry_of

        return registry_of(self.settings)


@contextmanager
def open_workspace() -> Iterator[Workspace]:
    """Read the settings, install logging, and close everything that was opened when the command ends."""
    from pipeline.log_setup import install_logging
    from pipeline.settings import load_settings

    settings = load_settings()
    install_logging(settings.log_level, as_json=settings.log_json)
    with open_workspace_at(settings) as workspace:
        yield workspace


@contextmanager
def open_workspace_at(settings: "Settings") -> Iterator[Workspace]:
    """Yield a workspace with these settings; close everything that was opened at the end."""
    from pipeline.clock import SystemClock

    with ExitStack() as stack:
        yield Workspace(settings, SystemClock(), stack)
