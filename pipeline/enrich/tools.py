"""What enrichment works with, loaded once per pool: recogniser, registry, known names, gazetteer, clock.

`load_tools` runs inside the pool's template, from which its processes are forked: it leaves no file open. Its settings
travel there as a plain value. What was worked out is empty at first, and fills in each process by itself.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.clock import Clock, SystemClock
from pipeline.enrich.cache import ParagraphCache
from pipeline.enrich.cached_recognizer import CachedRecognizer
from pipeline.enrich.gazetteer import Gazetteer, load_gazetteer
from pipeline.enrich.known_names import KnownNames, load_known_names
from pipeline.enrich.language import load_identifier
from pipeline.enrich.model import load_recognizer
from pipeline.enrich.recognizer import Recognizer
from pipeline.enrich.worked_out import WorkedOut
from pipeline.log_setup import install_logging
from pipeline.outlets.open import open_registry
from pipeline.sources.registry import SourceRegistry


@dataclass(frozen=True, slots=True)
class ToolSettings:
    """How to load the tools; picklable.

    `pipelines` maps a language code to an installed spaCy pipeline. `cache_path` None keeps recognised paragraphs in
    memory only; `sources` None means the registry that is shipped, `listed_sources` None that nothing stands behind it.
    """

    pipelines: dict[str, str] = field(default_factory=dict)
    cache_path: Path | None = None
    sources: Path | None = None
    listed_sources: Path | None = None
    log_level: str = "warning"
    log_json: bool = False


@dataclass(frozen=True, slots=True)
class Tools:
    """The tools of one process. Not for several threads at once."""

    recognizer: Recognizer
    registry: SourceRegistry
    known_names: KnownNames
    gazetteer: Gazetteer
    clock: Clock
    worked_out: WorkedOut = field(default_factory=WorkedOut)


def load_tools(settings: ToolSettings) -> Tools:
    """Load everything that the settings name, and send this process's log lines to stderr.

    Raises:
        ConfigurationError: a pipeline or the registry cannot be loaded.
    """
    install_logging(settings.log_level, as_json=settings.log_json)
    with ThreadPoolExecutor(1) as beside:  # unpacking needs no turn of the interpreter
        identifier = beside.submit(load_identifier)
        recognizer = load_recognizer(settings.pipelines)
    identifier.result()
    return Tools(
        recognizer=CachedRecognizer(recognizer, ParagraphCache(settings.cache_path)),
        registry=open_registry(settings.sources, settings.listed_sources),
        known_names=load_known_names(),
        gazetteer=load_gazetteer(),
        clock=SystemClock(),
    )


def count_paragraphs(tools: Tools) -> dict[str, int]:
    """Return how many paragraphs were known and how many were read since the last call; nothing without a cache."""
    return dict(tools.recognizer.take_counts()) if isinstance(tools.recognizer, CachedRecognizer) else {}
