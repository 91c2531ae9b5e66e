"""The stage of a long fault test: a Kafka and an Elasticsearch of its own, crews of workers, traffic, a judgement.

In: what is wanted on it. Out: a summary that can be printed as JSON: what was sent, and what of it was lost, doubled,
stale or committed too early.
"""

import secrets
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import psutil

from pipeline.log.base import Log
from pipeline.roles import INDEX, Role
from tests.faults.checks import find_early_commits, find_losses, read_dead_letters
from tests.faults.harness import HASTY, OBVIOUS, PROGRAM, Crew, Traffic, count_lag
from tests.faults.installation import Installation
from tests.services.elastic_server import ElasticServer
from tests.services.elastic_stand_in import ElasticStandIn
from tests.services.kafka_server import KafkaServer

OBVIOUS_INDEX = replace(INDEX, name="obvious")
WORKERS = {"newswire": PROGRAM, "obvious": OBVIOUS, "hasty": HASTY}
"""The index worker: ours, the one that one would write at first, and ours with an acknowledgement before the write."""


@dataclass(frozen=True)
class Wanted:
    """What is on stage. `per_second` articles are sent; `worker` says which index worker is used: see `WORKERS`."""

    seed: int
    roles: tuple[Role, ...]
    workers: int = 2
    per_second: float = 50.0
    drain_s: float = 600.0
    worker: str = "newswire"
    models: str = ""


class Stage:
    """Everything of one run. Workers that end by themselves are started again, as a supervisor would."""

    def __init__(
        self, kafka: KafkaServer, elastic: ElasticServer, front: ElasticStandIn, folder: Path, wanted: Wanted
    ) -> None:
        self.kafka = kafka
        self.elastic = elastic
        self.front = front
        self.wanted = wanted
        self.random = Random(wanted.seed)  # noqa: S311 - chaos that can be repeated
        name = secrets.token_hex(4)
        models = {"NEWSWIRE_MODELS": wanted.models}
        self.here = Installation(kafka.address, elastic.address, f"c{name}.", f"news-{name}-", folder, models)
        self.here.set_up()
        self.log: Log = self.here.open_log()
        self.roles = [OBVIOUS_INDEX if wanted.worker == "obvious" and role is INDEX else role for role in wanted.roles]
        self.crews: list[Crew] = []
        self.traffic = Traffic(self.log, wanted.roles[0], wanted.per_second, wanted.seed)
        self.events: Counter[str] = Counter()
        self.exit_codes: Counter[int] = Counter()
        self.memory_mib: dict[str, float] = {}

    def raise_crews(self, stack: ExitStack) -> None:
        """Start the workers; those of the index role see Elasticsearch through the front."""
        behind = replace(self.here, elastic=self.front.address)
        for role in self.roles:
            program = WORKERS[self.wanted.worker] if role in (INDEX, OBVIOUS_INDEX) else PROGRAM
            self.crews.append(Crew(behind, role, self.wanted.workers, stack, program))

    def say(self, what: str) -> None:
        """Note something that happens, and say so on stderr."""
        self.events[what] += 1
        print(f"{time.strftime('%H:%M:%S')} {what}; waiting: {self.lags()}", file=sys.stderr, flush=True)

    def lags(self) -> dict[str, int | str]:
        """Return how many messages wait for each role; a question mark while the broker does not answer."""
        found: dict[str, int | str] = {}
        for role in self.roles:
            try:
                found[role.name] = count_lag(self.log, role) if self.kafka.is_running else "?"
            except Exception as error:  # noqa: BLE001 - what is away is part of the show
                found[role.name] = f"? ({type(error).__name__})"
        return found

    def tend(self) -> None:
        """Start again who has ended by itself, and note how large the workers are."""
        for crew in self.crews:
            for place, worker in enumerate(crew.workers):
                if worker.running:
                    size = psutil.Process(worker.process.pid).memory_info().rss / 2**20
                    self.memory_mib[crew.role.name] = max(size, self.memory_mib.get(crew.role.name, 0.0))
                else:
                    self.exit_codes[worker.process.returncode] += 1
                    crew.replace(place)

    def tend_for(self, seconds: float) -> None:
        """Tend for so long."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.tend()
            time.sleep(0.25)

    def take_memory(self) -> dict[str, int]:
        """Return the largest sizes since the last call, by role, in MiB."""
        taken, self.memory_mib = {name: round(size) for name, size in self.memory_mib.items()}, {}
        return taken

    def drain(self, meanwhile: Callable[[], object] = lambda: None) -> bool:
        """Wait until nothing waits for any role, which has to come by itself; False when that takes too long."""
        until = time.monotonic() + self.wanted.drain_s
        while any(self.lags().values()):
            if time.monotonic() > until:
                return False
            self.tend_for(1.0)
            meanwhile()
        return True

    def judge(self, *, drained: bool) -> dict[str, object]:
        """Return the summary."""
        ours = [role for role in self.roles if role is not OBVIOUS_INDEX]
        early = [line for role in ours for line in find_early_commits(self.here, self.log, role)]
        indexed = self.wanted.roles[-1] is INDEX
        breaches = find_losses(self.here, self.log, self.traffic.oracle) if indexed else []
        if (breaches or early or not drained) and self.wanted.worker == "newswire":
            print(*(crew.outputs() for crew in self.crews), *early[:10], *breaches[:10], sep="\n\n", file=sys.stderr)
        return {
            "seed": self.wanted.seed,
            "worker": self.wanted.worker,
            "roles": {role.name: self.wanted.workers for role in self.roles},
            "articles": len(self.traffic.oracle.versions),
            "lost": sum(line.startswith("lost") for line in breaches),
            "duplicates": sum(int(line.split()[0]) for line in breaches if "twice" in line),
            "stale": sum(line.startswith("stale") for line in breaches),
            "committed_early": len(early),
            "dead_letters": len(read_dead_letters(self.log)),
            "drained_by_itself": drained,
            "events": dict(self.events),
            "ended_by_themselves": {str(code): count for code, count in sorted(self.exit_codes.items())},
        }


def is_well(summary: dict[str, object]) -> bool:
    """Return whether all invariants held."""
    return summary["drained_by_itself"] is True and not any(
        summary[name] for name in ("lost", "duplicates", "stale", "committed_early")
    )


@contextmanager
def open_stage(wanted: Wanted) -> Iterator[Stage]:
    """Start servers and workers; all of it ends with the context."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="newswire-chaos-")))
        kafka = stack.enter_context(KafkaServer())
        elastic = stack.enter_context(ElasticServer())
        front = stack.enter_context(ElasticStandIn(upstream=elastic.address))
        stage = Stage(kafka, elastic, front, folder, wanted)
        stack.callback(stage.log.close)
        stage.raise_crews(stack)
        yield stage
