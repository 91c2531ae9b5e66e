"""`python -m benchmarks search`: what sixteen people who search at once wait for, against the bare engine.

20,000 wire articles in an embedded index, mixed queries, each with five facets, histogram, marked fragments and one hit
per story; hardly two ask the same, so that counts kept from an earlier search help nobody. Two loads: people, who look
at each answer for a second before they ask again, and sixteen programs that ask again at once. The floor is the same
load on the same engine without us: an index of titles and bodies as the engine makes it, the best twenty by words,
nothing counted. Then the same two loads on the pages over HTTP, and what a page weighs. Beside what they wait for is
the processor time of one answer, which does not depend on what else the machine does.
"""

import gc
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from subprocess import PIPE, Popen
from sys import executable
from typing import Final
from urllib.parse import urlencode

import tantivy

from benchmarks.cluster import open_elastic
from benchmarks.corpus import DATA
from benchmarks.embedded import FACETS
from benchmarks.figures import Figure, compare, note, percentile, report
from benchmarks.processor import cpu_seconds
from benchmarks.search_corpus import read_documents
from pipeline.clock import SystemClock
from pipeline.evaluate.search import score_on
from pipeline.index.base import ArticleIndex, IndexDocument
from pipeline.index.open import open_index
from pipeline.search.service import find
from pipeline.settings import Settings
from schemas.query import Interval

ARTICLES: Final = 20_000
USERS: Final = 16
SEARCHES: Final = 40
"""Of each user: the 99th percentile is the seventh longest wait."""
LOOKING_S: Final = 1.0
"""What a person needs at the least to look at an answer and ask something else."""
LOADS: Final = (("people", LOOKING_S, 0), ("programs", 0.0, USERS * SEARCHES))
"""Name, pause, and the number of the first question: no load asks what another one has asked."""
SINGLE: Final = 270
"""Searches one after the other whose processor time is measured: thirty of each form."""
WORDS: Final = (
    *("oil", "prices", "bank", "trade", "wheat", "dollar", "merger", "shares", "exports", "japan", "budget", "tariff"),
    *(
        "strike",
        "coffee",
        "gold",
        "rates",
        "profit",
        "deficit",
        "brazil",
        "minister",
        "steel",
        "airline",
        "tax",
        "loan",
    ),
    *("opec", "corn", "treasury", "sugar", "cocoa", "ship", "court", "storm", "refinery", "dividend", "yen", "harvest"),
)
FORMS: Final = (
    "{0} {1}", "{0} OR {1}", '"{0} {1}" OR {1}', "{0} -{1}", "{0}* {1}", "title:{0} OR title:{1}",
    "{0} -{1} since:1987-03-01 until:1987-06-01", "org:* {0} -{1}", "*",
)  # fmt: skip
"""Of every form but the last a new pair of words, so that nobody asks what was asked before."""
BATCH: Final = 500
LIMIT: Final = 20
COLLECTION: Final = "search_time_docs.jsonl.gz"
_ADDRESS: Final = re.compile(r"http://127\.0\.0\.1:(\d+)/")
_SERVE: Final = "from pipeline.cli.main import main; main()"


def bench_search(count: int = ARTICLES) -> None:
    """Print latency of searches beside that of plain queries, of pages, and the weight of a page."""
    documents = list(read_documents(count))
    total = len(documents)
    with tempfile.TemporaryDirectory(prefix="newswire-bench-") as folder:
        settings = Settings(data_dir=Path(folder))
        note(f"writing {total:,} articles …")
        plain = _write_plain(documents)
        with closing(open_index(settings.resolved_index_url, SystemClock())) as index:
            index.install()
            _write(index, documents)
            documents.clear()  # searches have them on disk; looking for garbage would go through all of them
            gc.collect()
            gc.freeze()  # as `newswire serve` does
            _bench_service(index, plain, total)
        _bench_pages(Path(folder), total)


def _write(index: ArticleIndex, documents: Sequence[IndexDocument]) -> None:
    for start in range(0, len(documents), BATCH):
        index.write(documents[start : start + BATCH])
    index.refresh()


def _write_plain(documents: Sequence[IndexDocument]) -> tantivy.Index:
    """Return an index of the engine alone, in memory, with its own English analyzer."""
    schema = tantivy.SchemaBuilder()
    for name in ("title", "body"):
        schema.add_text_field(name, tokenizer_name="en_stem")
    index = tantivy.Index(schema.build())
    with index.writer(heap_size=64_000_000, num_threads=1) as writer:
        for document in documents:
            texts = {name: document.fields.get(name) or "" for name in ("title", "body")}
            writer.add_document(tantivy.Document(**texts))
    index.reload()
    return index


def _bench_service(index: ArticleIndex, plain: tantivy.Index, total: int) -> None:
    now = SystemClock().now()

    def ask_ours(number: int) -> None:
        find(index, _query(number), now=now, facets=FACETS, histogram=Interval.MONTH, limit=LIMIT)

    def ask_plain(number: int) -> None:
        query = plain.parse_query(" ".join(_words(number)), ["title", "body"])
        plain.searcher().search(query, limit=LIMIT)

    ask_ours(0)
    about = f"mixed queries with {len(FACETS)} facets, histogram and fragments over {total:,} articles"
    for load, pause_s, first in LOADS:
        note(f"{load}: {USERS} users, {SEARCHES} searches each …")
        floor, ours = (_together(ask, pause_s, first) for ask in (ask_plain, ask_ours))
        _report_waits(
            f"search-{load}", _describe(pause_s, about + "; beside it plain words on the engine alone"), ours, floor
        )
    about = f"processor time of one search: {about}; beside it as above"
    report(compare("search-cpu", _cost_ms(ask_ours), _cost_ms(ask_plain), "ms", "–", about))


def _cost_ms(ask: Callable[[int], None]) -> float:
    """Return the processor time of a question that nobody has asked before, on average."""
    begin = len(LOADS) * USERS * SEARCHES
    started = time.process_time()
    for number in range(begin, begin + SINGLE):
        ask(number)
    return (time.process_time() - started) * 1000 / SINGLE


def _describe(pause_s: float, about: str) -> str:
    pause = f"who look at each answer for {pause_s:g} s" if pause_s else "who ask again at once"
    return f"{USERS} users {pause}: {about}"


def _report_waits(figure: str, about: str, waits: Sequence[float], floor: Sequence[float] | None = None) -> None:
    for name, fraction, target in (("p50", 0.5, "–"), ("p99", 0.99, "≤ 80 ms")):
        value = percentile(waits, fraction)
        if floor is None:
            report(Figure(f"{figure}-{name}", round(value, 1), "ms", about, target))
        else:
            report(compare(f"{figure}-{name}", value, percentile(floor, fraction), "ms", target, about))


def _together(ask: Callable[[int], None], pause_s: float, first: int) -> list[float]:
    """Return the milliseconds that every question of all users took; hardly two ask the same."""

    def run(place: int) -> list[float]:
        spent = []
        time.sleep(pause_s * place / USERS)  # people do not all begin at once
        for number in range(SEARCHES):
            started = time.perf_counter()
            ask(first + place * SEARCHES + number)
            spent.append((time.perf_counter() - started) * 1000)
            time.sleep(pause_s)
        return spent

    with ThreadPoolExecutor(USERS) as threads:
        return [milliseconds for spent in threads.map(run, range(USERS)) for milliseconds in spent]


def _bench_pages(folder: Path, total: int) -> None:
    with _serving(folder) as (pid, port):
        weights = [_fetch(port, _page(number)) for number in range(len(FORMS))]

        def read(number: int) -> None:
            _fetch(port, _page(number), compressed=True)

        about = f"search page over HTTP, {total:,} articles"
        for load, pause_s, first in LOADS:
            note(f"{load}: {USERS} readers, {SEARCHES} pages each …")
            begin = cpu_seconds([pid])
            _report_waits(f"page-{load}", _describe(pause_s, about), _together(read, pause_s, first))
            cost_ms = (cpu_seconds([pid]) - begin) * 1000 / USERS / SEARCHES
        report(Figure("page-cpu", round(cost_ms, 2), "ms", f"processor time of the server for one {about}", "–"))
        files = sum(_fetch(port, path) for path in _files_of(port))
    heaviest = (max(weights) + files) / 1000
    about = "the heaviest search page as it is read, not compressed, with style sheet, script and icon"
    report(Figure("page-weight", round(heaviest, 1), "KB", about, "≤ 150 KB"))


def _words(number: int) -> tuple[str, str]:
    """Return two words that no smaller number of the same form has."""
    lap, first = divmod(number // len(FORMS), len(WORDS))
    return WORDS[first], WORDS[(first + 1 + lap) % len(WORDS)]


def _query(number: int) -> str:
    return FORMS[number % len(FORMS)].format(*_words(number))


def _page(number: int) -> str:
    return f"/?{urlencode({'q': _query(number)})}"


def _fetch(port: int, path: str, *, compressed: bool = False) -> int:
    """Return how many bytes the answer has."""
    return len(_read(port, path, "gzip" if compressed else "identity"))


def _files_of(port: int) -> list[str]:
    return re.findall(r'(?:href|src)="(/static/[^"]+)"', _read(port, "/", "identity").decode())


def _read(port: int, path: str, encoding: str) -> bytes:
    with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request("GET", path, headers={"Accept-Encoding": encoding})
        answer = connection.getresponse()
        body = answer.read()
    if answer.status != 200:
        msg = f"{path} answered {answer.status}: the figure would mean nothing"
        raise SystemExit(msg)
    return body


@contextmanager
def _serving(folder: Path) -> Iterator[tuple[int, int]]:
    """Yield the process id and port of `newswire serve` in a process of its own."""
    own = {"NEWSWIRE_DATA_DIR": str(folder), "NEWSWIRE_WEB_REQUESTS_PER_MINUTE": "0"}
    command = [executable, "-c", _SERVE, "serve", "--port", "0"]
    with Popen(command, env=os.environ | own, stderr=PIPE, text=True) as process:
        try:
            lines = iter(process.stderr or ())
            found = next(match for line in lines if (match := _ADDRESS.search(line)))
            yield process.pid, int(found[1])
        finally:
            process.terminate()
            process.wait(timeout=20)


def bench_relevance_elastic() -> None:
    """Print the relevance on a cluster, see `open_elastic`; `make evaluate` prints the embedded one."""
    with open_elastic() as index:
        result = score_on(index, DATA / COLLECTION)
    for name, target in (("ndcg_at_10", "≥ .77"), ("mrr", "≥ .81")):
        figures = (result.figures[name], result.baseline[name])
        report(compare(f"elastic-{name}", *figures, "", target, "TIME collection on Elasticsearch; BM25 beside it"))
