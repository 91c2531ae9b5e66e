"""What each step of enrichment costs, in milliseconds of processor time per article, as the articles' own records say.

The pages of the extraction file, and web articles as text; all differ, so that the paragraph cache saves nothing.
"""

import time
from collections import defaultdict
from dataclasses import replace
from typing import Final

from benchmarks.corpus import mixed_articles
from benchmarks.figures import Figure, note, report
from pipeline.clock import SystemClock
from pipeline.enrich.batch import enrich_batch
from pipeline.enrich.tools import ToolSettings, load_tools
from pipeline.settings import Settings
from schemas.article import EnrichedArticle
from schemas.codec import decode, encode

ARTICLES: Final = 400
BATCH: Final = 32


class _ProcessorClock(SystemClock):
    """Durations in processor time of this process, so that what else the machine does is not counted."""

    def monotonic_s(self) -> float:
        return time.process_time()


def bench_steps() -> None:
    """Print each step's cost and the share of the whole, the dearest first."""
    tools = replace(load_tools(ToolSettings(pipelines=Settings().models)), clock=_ProcessorClock())
    values = [encode(article) for article in mixed_articles(ARTICLES)]
    enrich_batch(values[:BATCH], tools)  # warms up: tables and models are read at first use
    spent: defaultdict[str, float] = defaultdict(float)
    count = 0
    for start in range(0, len(values), BATCH):
        for answer in enrich_batch(values[start : start + BATCH], tools):
            if isinstance(answer, bytes):
                count += 1
                for step, milliseconds in decode(EnrichedArticle, answer).enrichment.milliseconds.items():
                    spent[step] += milliseconds
    total = sum(spent.values())
    note(f"{count} articles, {total / count:.1f} ms of processor time each")
    report(
        Figure("step-all", round(total / count, 2), "ms/article", f"{count} articles, processor time, no cache", "–")
    )
    for step, milliseconds in sorted(spent.items(), key=lambda item: -item[1]):
        about = f"{milliseconds / total:.1%} of enrichment"
        report(Figure(f"step-{step}", round(milliseconds / count, 3), "ms/article", about, "–"))
