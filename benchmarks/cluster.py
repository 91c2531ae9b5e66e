"""A real Kafka and Elasticsearch to measure on, and newswire's workers as processes of their own.

Servers start once for all measurements; each measurement has topics and indices of its own.
"""

import os
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Final, Self

from elasticsearch import Elasticsearch

from benchmarks.figures import note
from benchmarks.processor import cpu_seconds
from pipeline.clock import SystemClock
from pipeline.index.base import ArticleIndex
from pipeline.index.open import open_index
from pipeline.log.base import Log
from pipeline.settings import Settings
from schemas.article import RawArticle
from schemas.codec import encode
from schemas.message import OutgoingMessage
from schemas.topics import DEAD_LETTER, RAW
from tests.faults.installation import Installation, Worker
from tests.services.elastic_server import ElasticServer
from tests.services.jars import ServiceUnavailable
from tests.services.kafka_server import KafkaServer
from tests.services.prepare import prepare

LOOK_S: Final = 0.1
LIMIT_S: Final = 900.0
"""Longest wait for anything; a benchmark that takes longer has failed."""
SEND_AT_ONCE: Final = 500


class Cluster:
    """The two servers; as a context manager, they end with it."""

    def __init__(self) -> None:
        self._kafka = KafkaServer()
        self._elastic = ElasticServer()
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        _prepare()
        for server in (self._kafka, self._elastic):
            self._stack.callback(server.close)
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda server: server.start(), (self._kafka, self._elastic)))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def cpu_seconds(self) -> float:
        """Return the processor time that both servers have used."""
        return cpu_seconds(pid for pid in (self._kafka.pid, self._elastic.pid) if pid is not None)

    @contextmanager
    def installation(self) -> Iterator["Site"]:
        """Yield a fresh installation: its topics and its index exist and are empty."""
        name = secrets.token_hex(4)
        with tempfile.TemporaryDirectory(prefix="newswire-bench-") as folder, ExitStack() as stack:
            # The same models as the ceiling has; the fault tests, whose installation this is, do without.
            models = ",".join(f"{language}={pipeline}" for language, pipeline in Settings().models.items())
            here = Installation(
                self._kafka.address,
                self._elastic.address,
                f"bench-{name}.",
                f"news-bench-{name}-",
                Path(folder),
                {"NEWSWIRE_MODELS": models},
            )
            here.set_up()
            yield Site(here, stack)


def _prepare() -> None:
    note("starting the services …")
    try:
        prepare()
    except ServiceUnavailable as error:
        msg = f"this benchmark needs services that cannot be started here: {error}"
        raise SystemExit(msg) from error


@contextmanager
def open_elastic() -> Iterator[ArticleIndex]:
    """Yield an empty index on the cluster that NEWSWIRE_BENCH_ELASTIC names, or on a server that ends with it.

    Raises:
        SystemExit: there is neither.
    """
    with ExitStack() as stack:
        url = os.environ.get("NEWSWIRE_BENCH_ELASTIC")
        if not url:
            _prepare()
            server = ElasticServer()
            stack.callback(server.close)
            server.start()
            url = server.address
        index = stack.enter_context(closing(open_index(url, SystemClock(), index_prefix=f"bench-{os.getpid()}-")))
        index.install()
        yield index


class Site:
    """One installation with its clients and its workers, which end with it."""

    def __init__(self, installation: Installation, stack: ExitStack) -> None:
        self.installation = installation
        self.alias = f"{installation.index_prefix}news-articles"
        self.log: Log = installation.open_log()
        self.elastic = stack.enter_context(Elasticsearch(installation.elastic, request_timeout=60))
        self.workers: list[Worker] = []
        self._stack = stack
        stack.callback(self.log.close)

    def start(self, role: str, count: int = 1, processes: int = 1) -> None:
        """Start workers of a role, each with as many enrichment processes, and wait until all are ready."""
        self.installation.variables["NEWSWIRE_PROCESSES"] = str(processes)
        for worker in [self.spawn(role) for _ in range(count)]:
            worker.wait_ready()

    def spawn(self, role: str) -> Worker:
        """Start a worker of a role, and wait for nothing."""
        worker = self._stack.enter_context(self.installation.start(role))
        self.workers.append(worker)
        return worker

    def worker_seconds(self) -> float:
        """Return the processor time that all workers have used."""
        return cpu_seconds(worker.process.pid for worker in self.workers)

    def publish(self, articles: Sequence[RawArticle]) -> None:
        """Append the articles to the raw topic."""
        self.send([OutgoingMessage(RAW.name, one.article_id.encode(), encode(one)) for one in articles])

    def send(self, messages: Sequence[OutgoingMessage]) -> None:
        """Append messages to their topics."""
        for start in range(0, len(messages), SEND_AT_ONCE):
            self.log.send(messages[start : start + SEND_AT_ONCE])

    def searchable(self) -> int:
        """Return how many documents searches see, without a refresh that would show them earlier."""
        return int(self.elastic.count(index=self.alias)["count"])

    def indexed(self) -> int:
        """Return how many writes the index has carried out, searchable or not."""
        found = self.elastic.indices.stats(index=self.alias, metric="indexing")
        return int(found["_all"]["primaries"]["indexing"]["index_total"])

    def refused(self) -> int:
        """Return how many dead letters there are."""
        return sum(span.end - span.begin for span in self.log.offsets(DEAD_LETTER.name).values())

    def wait_searchable(self, articles: int) -> int:
        """Wait until searches see all of the articles that were not refused; return how many those are."""
        self.wait(lambda: self.searchable() + self.refused() >= articles)
        return self.searchable()

    def wait(self, condition: Callable[[], bool], look_s: float = LOOK_S) -> None:
        """Wait until the condition holds.

        Raises:
            SystemExit: it does not in time, or a worker has ended; with what the workers said.
        """
        deadline = time.monotonic() + LIMIT_S
        while not condition():
            if time.monotonic() > deadline or not all(worker.running for worker in self.workers):
                said = "\n\n".join(worker.output[-2000:] for worker in self.workers)
                msg = f"the measurement did not end; the workers say\n{said}"
                raise SystemExit(msg)
            time.sleep(look_s)
