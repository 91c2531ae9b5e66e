"""`python -m benchmarks stories`: grouping of wire articles with copies that a seeded editor made of a fifth of them.

Articles → figures: recall and precision of copies, articles grouped per second, the last tenth against the first, and
memory. The articles are enriched without entities, which copies do not need, and are in the index before the clock
starts. `measure` takes any index; a cluster is measured as well as the embedded one.
"""

import asyncio
import gc
import random
import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import islice
from typing import Final

import psutil

from benchmarks.cluster import open_elastic
from benchmarks.corpus import WIRE, read_articles
from benchmarks.figures import Figure, compare, note, report
from pipeline.clock import SystemClock
from pipeline.enrich.fingerprint import fingerprint
from pipeline.garbage import collect_seldom
from pipeline.index.base import ArticleIndex
from pipeline.index.document import build_document
from pipeline.index.event import build_event
from pipeline.index.open import open_index
from pipeline.roles import GROUP
from pipeline.settings import Settings
from pipeline.steps import limits_of
from pipeline.stories.step import GroupStep
from schemas.annotations import ArticleTime, Precision, Zone, ZoneKind
from schemas.article import EnrichedArticle, Enrichment, RawArticle, SourceFacts
from schemas.codec import decode, encode
from schemas.events import GroupedEvent
from schemas.message import Message
from schemas.topics import INDEXED

COPY_SHARE: Final = 0.2
LATE_SHARE: Final = 1 / 3
LEAST_WORDS: Final = 60  # what is shorter is a table line; an editor's cut of it would be a line of nothing
BATCH: Final = limits_of(GROUP, Settings()).batch_records
"""What a worker that is behind takes at once."""
OUTLETS: Final = tuple(f"outlet-{number}.example" for number in range(12))
SEED: Final = 11
"""Not the one (7) whose missed copies the rules for cuts and tables were made by."""
MIB: Final = 1024 * 1024
SOME_WIRE: Final = 3_000
WHOLE_WIRE: Final = 22_700
"""The 19,000 articles of the wire, and a fifth of that in copies."""
_FIGURE: Final = re.compile(r"\d{1,9}")


@dataclass(frozen=True, slots=True)
class Corpus:
    """Articles in order of arrival, and which was made from which."""

    articles: list[EnrichedArticle]
    made_from: dict[str, str]


def make_corpus(count: int, seed: int = SEED) -> Corpus:
    """Return the first wire articles that have a date and, mixed in by their date, copies of a fifth of them."""
    source = random.Random(seed)  # noqa: S311 - a repeatable editor, no secret
    wire = (article for article in read_articles(WIRE) if article.feed_entry.published)
    originals = [_enriched(article) for article in islice(wire, int(count / (1 + COPY_SHARE)))]
    long = [article for article in originals if len(article.text.split()) >= LEAST_WORDS]
    chosen = source.sample(long, min(len(long), int(len(originals) * COPY_SHARE)))
    made_from = {}
    copies = []
    for original in chosen:
        copy = _copied(original, source)
        made_from[copy.article_id] = original.article_id
        copies.append(copy)
    return Corpus(sorted([*originals, *copies], key=lambda one: (one.fetched_at, one.article_id)), made_from)


def edit(text: str, source: random.Random) -> str:
    """Return the text as another desk prints it: trimmed, reordered, other agency line, figures or quotation marks."""
    paragraphs = [part.strip() for part in text.split("\n\n") if part.strip()]
    if len(paragraphs) > 3 and source.random() < 0.5:
        paragraphs = paragraphs[: max(3, int(len(paragraphs) * source.uniform(0.6, 0.95)))]
    if len(paragraphs) > 3 and source.random() < 0.3:
        place = source.randrange(1, len(paragraphs) - 1)
        paragraphs[place], paragraphs[place + 1] = paragraphs[place + 1], paragraphs[place]
    if source.random() < 0.5:
        paragraphs[0] = source.choice(("LONDON (Agencies) - ", "By our correspondent. ", "(Wire) ")) + paragraphs[0]
    body = "\n\n".join(paragraphs)
    if source.random() < 0.5:
        body = body.replace('"', "”").replace("'", "’")
    return change_figures(body, source) if source.random() < 0.3 else body


def change_figures(body: str, source: random.Random) -> str:
    """Return the text with one or two of its figures corrected."""
    places = [match.span() for match in _FIGURE.finditer(body)]
    for start, end in sorted(source.sample(places, min(len(places), source.choice((1, 2)))), reverse=True):
        body = f"{body[:start]}{int(body[start:end]) + source.randrange(1, 9)}{body[end:]}"
    return body


def _copied(original: EnrichedArticle, source: random.Random) -> EnrichedArticle:
    hours = source.uniform(24, 120) if source.random() < LATE_SHARE else source.uniform(0.1, 12)
    text = edit(original.text, source)
    key = sha256(f"copy of {original.article_id}".encode()).hexdigest()[:32]
    return _article(key, original.title, text, original.fetched_at + timedelta(hours=hours), source.choice(OUTLETS))


def _enriched(article: RawArticle) -> EnrichedArticle:
    at = datetime.fromisoformat(article.feed_entry.published or "").astimezone(UTC)
    return _article(article.article_id, article.feed_entry.title or "", article.content, at, "wire.example")


def _article(key: str, title: str, text: str, at: datetime, domain: str) -> EnrichedArticle:
    return EnrichedArticle(
        article_id=key,
        version=int(at.timestamp() * 1000),
        fetched_at=at,
        channel="file",
        title=title,
        text=text,
        zones=(Zone(start=0, end=len(text), kind=ZoneKind.BODY, rule="benchmark"),) if text else (),
        language="en",
        published=ArticleTime(at=at, precision=Precision.SECOND),
        source=SourceFacts(domain=domain),
        fingerprint=fingerprint(text),
        enrichment=Enrichment(version=1),
    )


def bench_stories() -> None:
    """Print the figures of the embedded index."""
    with _embedded() as index:
        measure("embedded", index, make_corpus(SOME_WIRE), "≥ 500")


def bench_stories_long() -> None:
    """Print the figures of the embedded index with the whole wire."""
    with _embedded() as index:
        measure("embedded-long", index, make_corpus(WHOLE_WIRE), "≥ 500")


@contextmanager
def _embedded() -> Iterator[ArticleIndex]:
    with tempfile.TemporaryDirectory(prefix="newswire-bench-") as folder:
        index = open_index(f"tantivy:///{folder}/index", SystemClock())
        index.install()
        try:
            yield index
        finally:
            index.close()


def measure(where: str, index: ArticleIndex, corpus: Corpus, target: str) -> None:
    """Index the corpus, group it, and print the figures."""
    note(f"{where}: {len(corpus.articles):,} articles, {len(corpus.made_from):,} of them copies …")
    messages = index_articles(index, corpus.articles)
    gc.collect()
    gc.freeze()  # the corpus, which no worker has
    collect_seldom()  # as a worker does
    step = GroupStep(index, SystemClock())
    process = psutil.Process()
    seconds: list[float] = []
    memory: list[int] = []
    copies: dict[str, str | None] = {}
    cpu = time.process_time()
    for start in range(0, len(messages), BATCH):
        began = time.perf_counter()
        outcomes = asyncio.run(_run(step, messages[start : start + BATCH]))
        seconds.append(time.perf_counter() - began)
        memory.append(process.memory_info().rss)
        for event in outcomes:
            copies[event.article_id] = event.copy_of
    cpu = time.process_time() - cpu
    about = f"{len(messages):,} wire articles, a fifth of them edited copies, in batches of {BATCH}"
    _report_copies(where, corpus, copies, about)
    report(Figure(f"grouping-{where}", round(len(messages) / sum(seconds), 1), "articles/s", about, target))
    report(Figure(f"grouping-{where}-cpu", round(len(messages) / cpu, 1), "articles per CPU second", about, "–"))
    tenth = max(1, len(seconds) // 10)
    last, first = sum(seconds[-tenth - 1 : -1]), sum(seconds[1 : tenth + 1])
    report(compare(f"grouping-{where}-tenths", last, first, "s", "ratio ≤ 1.2", f"last tenth against first: {about}"))
    quarter = max(memory[: max(1, len(memory) // 4)])
    report(compare(f"grouping-{where}-memory", max(memory) / MIB, quarter / MIB, "MiB", "ratio ≤ 1.25", about))


async def _run(step: GroupStep, batch: Sequence[Message]) -> list[GroupedEvent]:
    outcomes = await step.run(batch)
    return [decode(GroupedEvent, output.value) for outcome in outcomes for output in getattr(outcome, "outputs", ())]


def index_articles(index: ArticleIndex, articles: Sequence[EnrichedArticle]) -> list[Message]:
    """Write the articles, and return the messages that the grouper gets of them, in their order."""
    messages: list[Message] = []
    for start in range(0, len(articles), BATCH):
        some = articles[start : start + BATCH]
        documents = [build_document(article) for article in some]
        index.write(documents)
        for article, document in zip(some, documents, strict=True):
            event = build_event(article, document, article.fetched_at, article.fetched_at)
            messages.append(Message(INDEXED.name, 0, len(messages), 0, article.article_id.encode(), encode(event)))
    return messages


def _report_copies(where: str, corpus: Corpus, copies: dict[str, str | None], about: str) -> None:
    """Right is a copy in the group of what it was made from; wrong, an outlet's text that is in another's group.

    The wire repeats itself as well: what it calls its own copies says nothing of the editor's, and is counted apart.
    """

    def group(key: str) -> str:
        return copies.get(key) or key

    found = sum(group(copy) == group(original) for copy, original in corpus.made_from.items())
    called = [key for key in corpus.made_from if copies.get(key)]
    right = sum(group(key) == group(corpus.made_from[key]) for key in called)
    own = [key for key, original in copies.items() if original and key not in corpus.made_from]
    report(Figure(f"copies-{where}-recall", round(found / len(corpus.made_from), 4), "share", about, "> 0.98"))
    report(Figure(f"copies-{where}-precision", round(right / max(1, len(called)), 4), "share", about, "> 0.98"))
    about = "copies among the wire's own articles, which repeat after weekends and corrections"
    report(Figure(f"copies-{where}-own", round(len(own) / len(copies), 4), "share", about, "–"))


def bench_stories_elastic() -> None:
    """Print the figures of a cluster, see `open_elastic`."""
    with open_elastic() as index:
        measure("elastic", index, make_corpus(SOME_WIRE), "≥ 300")


def bench_stories_elastic_long() -> None:
    """Print the figures of a cluster with the whole wire."""
    with open_elastic() as index:
        measure("elastic-long", index, make_corpus(WHOLE_WIRE), "≥ 300")
