"""The bare ceiling: the same extraction and the same NER on the same paragraphs over all cores, and nothing else.

No log, no index, no cache, no records: what any pipeline with these models can reach at most on this machine.
"""

import multiprocessing
import os
import resource
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import pairwise

from benchmarks.processor import cpu_seconds
from pipeline.enrich.language import detect_language
from pipeline.enrich.model import load_recognizer
from pipeline.enrich.paragraphs import find_paragraphs
from pipeline.enrich.recognizer import Recognizer
from pipeline.extract.article import extract_article
from pipeline.settings import Settings
from schemas.article import RawArticle
from schemas.codec import decode, encode
from schemas.errors import Rejected

CHUNK = 32
LAST_ARTICLES = 64
LAST_CHUNK = 8
"""Size of the chunks with the last articles: the processes end together, and none waits for a large one of another."""

_recognizer: list[Recognizer] = []


def _load(all_loaded: threading.Barrier) -> None:
    _recognizer.append(load_recognizer(Settings().models))
    _recognizer[0].recognize(["Ada Holm opened the quay of Lindhaven."], "en")
    all_loaded.wait()


def _work(values: Sequence[bytes]) -> None:
    texts: dict[str | None, list[str]] = {}
    for value in values:
        try:
            extracted = extract_article(decode(RawArticle, value))
        except Rejected:
            continue
        language = detect_language(extracted.text, extracted.language_claimed).code
        paragraphs = find_paragraphs(extracted.text, extracted.zones)
        texts.setdefault(language, []).extend(extracted.text[p.start : p.end] for p in paragraphs)
    for language, some in texts.items():
        _recognizer[0].recognize(some, language)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a number of articles took, all processes together: on the clock, and of the processors."""

    articles: int
    seconds: float
    cpu_seconds: float

    @property
    def rate(self) -> float:
        """Articles per second."""
        return self.articles / self.seconds

    @property
    def cpu_rate(self) -> float:
        """Articles per second of processor time: other work on the machine changes it less."""
        return self.articles / self.cpu_seconds

    def __add__(self, other: "Cost") -> "Cost":
        """Return the cost of both, one after the other."""
        both = (self.articles + other.articles, self.seconds + other.seconds, self.cpu_seconds + other.cpu_seconds)
        return Cost(*both)


@contextmanager
def measuring(articles: int, used: Callable[[], float] | None = None) -> Iterator[list[Cost]]:
    """Yield a list that holds the cost of the block when it has ended.

    `used` tells the seconds of processor time so far; by default those of this process and of its children that ended.
    """
    costs: list[Cost] = []
    used = used or _ended_seconds
    started, cpu = time.perf_counter(), used()
    yield costs
    costs.append(Cost(articles, time.perf_counter() - started, used() - cpu))


def _ended_seconds() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def measure_ceiling(articles: Sequence[RawArticle], warm_up: Sequence[RawArticle]) -> Cost:
    """Return the cost of the articles without the start: every process has worked on those to warm up before."""
    with _open_pool() as executor:
        list(executor.map(_work, [[encode(article) for article in warm_up]] * _processes()))
        with measuring(len(articles), lambda: cpu_seconds([os.getpid()])) as costs:
            list(executor.map(_work, _chunks(articles)))
    return costs[0]


def measure_ceiling_around(articles: Sequence[RawArticle], measure: Callable[[], Cost]) -> tuple[Cost, Cost]:
    """Return the cost of the articles, the start of the processes included, and what `measure` returns.

    That is called when half of the articles are through, while the processes wait: a machine that grows slower or
    faster all the time changes both alike.
    """
    half = len(articles) // 2
    with ExitStack() as stack:
        with measuring(half) as first:
            executor = stack.enter_context(_open_pool())
            list(executor.map(_work, _chunks(articles[:half])))
        other = measure()
        # The processes are closed inside, which is when their processor time is counted.
        with measuring(len(articles) - half) as second:
            list(executor.map(_work, _chunks(articles[half:])))
            stack.close()
    return first[0] + second[0], other


def _chunks(articles: Sequence[RawArticle]) -> list[list[bytes]]:
    values = [encode(article) for article in articles]
    first = max(0, len(values) - LAST_ARTICLES)
    starts = [*range(0, first, CHUNK), *range(first, len(values), LAST_CHUNK), len(values)]
    return [values[start:end] for start, end in pairwise(starts)]


def _open_pool() -> ProcessPoolExecutor:
    """Return one process per core; none begins to work before all have loaded their model."""
    context = multiprocessing.get_context("spawn")
    all_loaded = context.Barrier(_processes())
    return ProcessPoolExecutor(_processes(), mp_context=context, initializer=_load, initargs=(all_loaded,))


def _processes() -> int:
    return len(os.sched_getaffinity(0))
