"""The embedded pipeline on real articles: throughput against the bare ceiling, copies, a long run, search latency."""

import asyncio
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from benchmarks.ceiling import Cost, measure_ceiling_around, measuring
from benchmarks.corpus import WEB, WIRE, mixed_articles, read_articles, with_copies
from benchmarks.figures import Figure, compare, note, percentile, report
from benchmarks.sampling import Sampler
from pipeline.cli.workspace import Workspace, open_workspace_at
from pipeline.producers.ledger import Ledger
from pipeline.producers.publish import Publisher
from pipeline.runtime import EmbeddedRuntime
from pipeline.search.service import find
from pipeline.settings import Settings
from schemas.article import RawArticle
from schemas.query import Interval

THROUGHPUT_ARTICLES: Final = 800
LONG_RUN_ARTICLES: Final = 20_000
SEARCHES: Final = 400
QUERIES: Final = (
    "oil prices",
    '"prime minister"',
    "trade AND deficit -japan",
    'org:"federal reserve"',
    "bank*",
    "wheat OR corn",
    "place:brazil coffee",
    'person:"ronald reagan"',
    "*",
    "merger talks since:1987-03-01 until:1987-04-01",
)
FACETS: Final = ("source.name", "language", "entities.person", "entities.org", "entities.place")
MIB: Final = 1024 * 1024


@contextmanager
def _fresh_workspace() -> Iterator[Workspace]:
    with (
        tempfile.TemporaryDirectory(prefix="newswire-bench-") as folder,
        open_workspace_at(Settings(data_dir=Path(folder))) as workspace,
    ):
        yield workspace


def _publish(workspace: Workspace, articles: Sequence[RawArticle]) -> None:
    with Ledger(workspace.settings.ledger_path) as ledger:
        Publisher(workspace.log, ledger, workspace.clock).publish(articles)


def _drain(workspace: Workspace) -> None:
    runtime = EmbeddedRuntime(workspace.settings, workspace.log, workspace.index, workspace.clock)
    asyncio.run(runtime.run_until_drained())


def _measure_pipeline(articles: Sequence[RawArticle]) -> Cost:
    """Return the cost from the raw topic to searchable; starting the processes is part of it."""
    with _fresh_workspace() as workspace:
        _publish(workspace, articles)
        with measuring(len(articles)) as costs:
            _drain(workspace)
        found = workspace.index.count()
        if found < len(articles) * 0.9:
            msg = f"only {found} of {len(articles)} articles are in the index: the figure would mean nothing"
            raise SystemExit(msg)
    return costs[0]


def bench_throughput(count: int = THROUGHPUT_ARTICLES) -> None:
    """Print articles per second, plain and with half of the articles copies, each against the ceiling."""
    plain = mixed_articles(count)
    half = with_copies(plain[: count // 2])
    note(f"throughput of {count} articles …")
    about = f"{count} web articles, a quarter of them HTML pages: raw topic to searchable, start of processes included"
    _report_cost("embedded-throughput", plain, "ratio ≥ 0.85", about)
    about = "half of the articles are copies under other addresses; the baseline has no cache"
    _report_cost("embedded-throughput-copies", half, "ratio ≥ 1.3", about)


def _report_cost(figure: str, articles: Sequence[RawArticle], target: str, about: str) -> None:
    ceiling, ours = measure_ceiling_around(articles, lambda: _measure_pipeline(articles))
    report(compare(figure, ours.rate, ceiling.rate, "articles/s", target, about))
    report(compare(f"{figure}-cpu", ours.cpu_rate, ceiling.cpu_rate, "articles per CPU second", target, about))


def bench_long_run(count: int = LONG_RUN_ARTICLES) -> None:
    """Print what an article costs late in a long run against early, the peak of memory, and search latency then."""
    articles = [*read_articles(WIRE, count)]
    articles += read_articles(WEB, count - len(articles))
    # In an order that does not follow the length of the texts, so that the tenths differ only by the state's size.
    articles.sort(key=lambda article: article.article_id)
    with _fresh_workspace() as workspace:
        note(f"long run of {len(articles)} articles …")
        _publish(workspace, articles)
        with Sampler(workspace.index.count) as sampler:
            _drain(workspace)
        total = workspace.index.count()
        tenth = total // 10
        # The very first and last hundredth hold the start of the processes and the draining of the queues.
        first = sampler.seconds_between(total // 100, total // 100 + tenth)
        last = sampler.seconds_between(total - total // 100 - tenth, total - total // 100)
        about = f"seconds for a tenth of {total:,} articles, last against first"
        report(compare("embedded-long-run", last, first, "s", "ratio ≤ 1.1", about))
        peak = sampler.peak_bytes() / MIB
        about = f"resident memory of all processes over {total:,} articles, against its peak in the first fifth"
        report(compare("embedded-memory", peak, sampler.peak_bytes(0, 0.2) / MIB, "MiB", "flat: ratio ≤ 1.25", about))
        _bench_search(workspace, total)


def _bench_search(workspace: Workspace, total: int) -> None:
    note(f"{SEARCHES} searches …")
    now = workspace.clock.now()
    milliseconds = []
    for number in range(SEARCHES):
        started = time.perf_counter()
        find(
            workspace.index,
            QUERIES[number % len(QUERIES)],
            now=now,
            facets=FACETS,
            histogram=Interval.MONTH,
        )
        milliseconds.append((time.perf_counter() - started) * 1000)
    about = f"{SEARCHES} mixed queries with {len(FACETS)} facets, histogram and highlights over {total:,} articles"
    report(Figure("embedded-search-p50", round(percentile(milliseconds, 0.50), 2), "ms", about, "–"))
    report(Figure("embedded-search-p99", round(percentile(milliseconds, 0.99), 2), "ms", about, "≤ 30 ms"))


def bench_freshness() -> None:
    """Print the time from the return of a drained run to the article being found."""
    articles = mixed_articles(40)
    with _fresh_workspace() as workspace:
        _publish(workspace, articles)
        _drain(workspace)
        started = time.perf_counter()
        total = find(workspace.index, "*", now=workspace.clock.now(), limit=1, collapse=False).page.total
        seconds = time.perf_counter() - started
        held = workspace.index.count()
    if total != held:
        msg = f"{held} articles are held but {total} are found: they were not searchable on return"
        raise SystemExit(msg)
    about = "the first search after ingest returned finds every article; its time"
    report(Figure("embedded-searchable-after-return", round(seconds * 1000, 1), "ms", about, "≤ 1,000 ms"))
