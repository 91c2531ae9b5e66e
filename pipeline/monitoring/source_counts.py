"""What came of each publisher since the last look, and what its rhythm lets expect: for `source` samples.

Enriched articles, refused inputs or counts of the index in, fields of `schemas/sample_fields.py` out. Pure, but for a
lock: steps count in threads.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final, Protocol, runtime_checkable
from urllib.parse import urlsplit

from pipeline.index.validation import format_date
from schemas.article import EnrichedArticle, RawArticle, SourceFacts

SHORT_WORDS: Final = 40
"""A text with fewer words is a teaser, or what a wall let through; far below what makes the poller fetch the page."""
MAX_SOURCES: Final = 5_000
"""Publishers counted apart between two looks; a flood of made-up names is counted under none."""
WEEK_S: Final = 7 * 86_400
WEEKS: Final = 4

Fields = Mapping[str, Any]


@runtime_checkable
class CountsSources(Protocol):
    """A step that knows what came of each publisher."""

    def take_sources(self, interval_s: float) -> Sequence[Fields]:
        """Return the fields of a sample for each publisher, for the time since the last call.

        Called in a thread; may ask the index.

        Raises:
            NewswireError: the index does not answer; the next call gives what this one did not.
        """


@dataclass(slots=True)
class _Counts:
    articles: int = 0
    undated: int = 0
    date_conflicts: int = 0
    failed_steps: int = 0
    short_texts: int = 0
    refused: int = 0


class SourceTally:
    """Counts by publisher. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[SourceFacts, _Counts] = {}
        self._last_seen: dict[SourceFacts, datetime] = {}

    def add(self, article: EnrichedArticle, word_count: int) -> None:
        """Count an article that was indexed, and of what length its body is."""
        source = _name_only(article.source)
        with self._lock:
            counts = self._of(source)
            counts.articles += 1
            counts.undated += article.published.at is None
            counts.date_conflicts += bool(article.published.conflicts)
            counts.failed_steps += bool(article.enrichment.problems)
            counts.short_texts += word_count < SHORT_WORDS
            self._last_seen[source] = max(article.fetched_at, self._last_seen.get(source, article.fetched_at))

    def refuse(self, article: RawArticle) -> None:
        """Count an input that could not be used."""
        domain = article.source.domain or (urlsplit(article.url).hostname if article.url else None)
        with self._lock:
            self._of(SourceFacts(name=article.source.name, domain=domain)).refused += 1

    def take(self) -> list[Fields]:
        """Return the fields of each publisher that was counted since the last call."""
        with self._lock:
            counted, seen = self._counts, self._last_seen
            self._counts, self._last_seen = {}, {}
        return [
            {**source_fields(source), **asdict(counts), "last_seen_at": format_date(seen[source])}
            if source in seen
            else {**source_fields(source), **asdict(counts)}
            for source, counts in counted.items()
        ]

    def _of(self, source: SourceFacts) -> _Counts:
        if source not in self._counts and len(self._counts) >= MAX_SOURCES:
            source = SourceFacts()
        return self._counts.setdefault(source, _Counts())


def source_fields(source: SourceFacts) -> dict[str, Any]:
    """Return what says who a publisher is; without what is not known."""
    named = {"id": source.id, "name": source.name, "domain": source.domain}
    known = {name: value for name, value in named.items() if value is not None}
    return {"source": known} if known else {}


def expected_per_second(weeks: Sequence[int]) -> float:
    """Return the rate that a publisher's last weeks let expect, articles a second.

    `weeks` holds its articles week by week, the earliest first; weeks before its first article do not count against it.

    >>> round(expected_per_second([0, 0, 70, 70]) * 86_400)
    10
    """
    first = next((place for place, number in enumerate(weeks) if number), len(weeks))
    heard = weeks[first:]
    return sum(heard) / (len(heard) * WEEK_S) if heard else 0.0


def _name_only(source: SourceFacts) -> SourceFacts:
    return SourceFacts(id=source.id, name=source.name, domain=source.domain)
