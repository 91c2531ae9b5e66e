"""Costs of work that needs no service: enrichment over the length of articles, decisions and searches over how many.

Articles of the evaluation data → points for `benchmarks.scale_fit`, in core-seconds (processor time of this process).
"""

import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from math import log2
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import Final

import psutil

from benchmarks.corpus import mixed_articles
from benchmarks.embedded import FACETS
from benchmarks.search_corpus import read_documents
from benchmarks.stories import make_corpus
from pipeline.clock import SystemClock
from pipeline.enrich.batch import enrich_batch
from pipeline.enrich.tools import ToolSettings, load_tools
from pipeline.index.document import build_document
from pipeline.index.event import build_event
from pipeline.index.open import open_index
from pipeline.search.service import find
from pipeline.settings import Settings
from pipeline.stories.grouping import Grouping
from pipeline.stories.member import Member, from_event
from schemas.article import EnrichedArticle, RawArticle
from schemas.codec import decode, encode
from schemas.events import IndexedEvent
from schemas.query import Interval

ARTICLES: Final = 192
BATCH: Final = 16
HELD: Final = 6_000
CHUNK: Final = 500
SEARCHED: Final = (3_000, 6_000, 12_000)
SEARCHES: Final = 40
WRITTEN: Final = 500

Points = list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Enriched:
    """Core-seconds an article over thousands of characters, a point for each batch; and what went in and came out."""

    points: Points
    raw: list[bytes]
    articles: list[EnrichedArticle]

    @property
    def mean_chars(self) -> float:
        """Characters of text of the mean article."""
        return fmean(len(one.text) for one in self.articles)


@dataclass(frozen=True, slots=True)
class Decided:
    """Core-seconds of a decision over the doublings of what is held, and bytes of memory for each article held."""

    points: Points
    held_bytes: float


def measure_enriching(count: int = ARTICLES) -> Enriched:
    """Enrich web articles, a quarter of them pages, in batches of about one length; none is read from a cache."""
    tools = load_tools(ToolSettings(pipelines=Settings().models))
    raw = mixed_articles(count)
    enrich_batch([encode(one) for one in raw[:BATCH]], tools)  # tables and models are read at first use
    done: list[EnrichedArticle] = []
    points = []
    for some in _by_length(raw):
        values = [encode(one) for one in some]
        started = time.process_time()
        answers = enrich_batch(values, tools)
        seconds = time.process_time() - started
        articles = [decode(EnrichedArticle, answer) for answer in answers if isinstance(answer, bytes)]
        done += articles
        points.append((fmean(len(one.text) for one in articles) / 1000, seconds / len(values)))
    return Enriched(points, [encode(one) for one in raw], done)


def _by_length(raw: Sequence[RawArticle]) -> list[list[RawArticle]]:
    """Return batches of articles alike in kind and length: a page's markup counts like text otherwise."""
    ordered = iter(sorted(raw, key=lambda one: (one.content_type, len(one.content))))
    return [some for _ in range(0, len(raw), BATCH) if (some := list(islice(ordered, BATCH)))]


def measure_deciding(count: int = HELD) -> Decided:
    """Group wire articles, a fifth of them edited copies, with kin from a table in memory instead of the index."""
    events = [_event(one) for one in make_corpus(count).articles]
    table: defaultdict[str, dict[str, Member]] = defaultdict(dict)
    memory = psutil.Process().memory_info().rss
    grouping = Grouping(count)
    points: Points = []
    for start in range(0, len(events), CHUNK):
        began = time.process_time()
        for event in events[start : start + CHUNK]:
            member = from_event(event)
            bands = event.fingerprint.bands if event.fingerprint else ()
            kin = {key: one for band in bands for key, one in table[band].items()}
            grouping.add(member, list(kin.values()))
            for band in bands:
                table[band][member.article_id] = member
        seconds = time.process_time() - began
        chunk = len(events[start : start + CHUNK])
        points.append((log2(start + chunk / 2), seconds / chunk))
    held = (psutil.Process().memory_info().rss - memory) / len(events)
    return Decided(points[1:], held)  # the first warms up


def measure_searching() -> Points:
    """Return core-seconds of a search that matches everything, over thousands of articles, on the embedded index.

    Its growth stands for that of Elasticsearch, which counts as the embedded engine does, document by document: on
    servers of their own the growth over some thousand articles is less than what varies from one search to the next.
    No two searches are the same, since the embedded index keeps counts.
    """
    documents = list(read_documents(SEARCHED[-1]))
    now = SystemClock().now()
    points: Points = []
    held = 0
    with (
        TemporaryDirectory(prefix="newswire-bench-") as folder,
        closing(open_index(f"tantivy:///{folder}/index", SystemClock())) as index,
    ):
        index.install()
        for size in SEARCHED:
            for start in range(held, size, WRITTEN):
                index.write(documents[start : min(start + WRITTEN, size)])
            index.refresh()
            held = size
            began = time.process_time()
            for number in range(SEARCHES):
                text = f"since:{1900 + number}-01-01"
                find(index, text, now=now, facets=FACETS, histogram=Interval.MONTH)
            points.append((size / 1000, (time.process_time() - began) / SEARCHES))
    return points


def _event(article: EnrichedArticle) -> IndexedEvent:
    return build_event(article, build_document(article), article.fetched_at, article.fetched_at)
