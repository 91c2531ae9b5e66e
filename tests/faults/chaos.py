"""The long form of the fault tests: `python -m tests.faults.chaos --minutes N --seed S`, or `make chaos`.

Workers of each role under steady load on a Kafka and an Elasticsearch of their own, while everything is killed,
suspended, stopped and replaced at random. Says on stderr what happens, and prints a JSON summary on stdout; exit code 1
when anything was lost, doubled, stale or committed too early. The same seed gives the same order of faults.
"""

import argparse
import json
import random
import secrets
import signal
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import psutil

from pipeline.log.base import Log
from pipeline.roles import BY_NAME, INDEX, Role
from tests.faults.checks import find_early_commits, find_losses
from tests.faults.harness import Crew, Traffic, count_lag
from tests.faults.installation import Installation
from tests.services.elastic_server import ElasticServer
from tests.services.kafka_server import KafkaServer
from tests.services.prepare import prepare

DRAIN_S = 600.0
# Workers die often, services now and then: each of the latter stops everything for a while.
FAULTS = (
    *("kill-worker",) * 6,
    *("stop-worker",) * 2,
    *("suspend-worker",) * 2,
    "kill-kafka",
    "suspend-kafka",
    "kill-elastic",
    "suspend-elastic",
)


class Chaos:
    """One run: who works, what happens to them, and what was seen."""

    def __init__(self, kafka: KafkaServer, elastic: ElasticServer, log: Log, crews: list[Crew], seed: int) -> None:
        self._servers = {"kafka": kafka, "elastic": elastic}
        self._log = log
        self._crews = crews
        self._random = random.Random(seed)  # noqa: S311 - chaos that can be repeated
        self.events: Counter[str] = Counter()
        self.exit_codes: Counter[int] = Counter()
        self.most_mib = 0.0

    def rage(self, minutes: float) -> None:
        """Let things happen for so long."""
        until = time.monotonic() + minutes * 60
        while time.monotonic() < until:
            time.sleep(self._random.uniform(2.0, 10.0))
            self._cause(self._random.choice(FAULTS))
            self.tend()

    def drain(self, roles: list[Role]) -> bool:
        """Wait until nothing waits for any role; False when that takes too long."""
        until = time.monotonic() + DRAIN_S
        while any(count_lag(self._log, role) for role in roles):
            if time.monotonic() > until:
                return False
            self.tend()
            time.sleep(1.0)
        return True

    def tend(self) -> None:
        """Start again who has ended by itself, as a supervisor would, and note how large the workers are."""
        for crew in self._crews:
            for place, worker in enumerate(crew.workers):
                if worker.running:
                    self.most_mib = max(self.most_mib, psutil.Process(worker.process.pid).memory_info().rss / 2**20)
                else:
                    self.exit_codes[worker.process.returncode] += 1
                    crew.replace(place)

    def _cause(self, fault: str) -> None:
        self.events[fault] += 1
        print(f"{time.strftime('%H:%M:%S')} {fault}", file=sys.stderr, flush=True)
        what, whom = fault.split("-")
        if whom == "worker":
            self._cause_to_worker(what)
            return
        server = self._servers[whom]
        if what == "kill":
            server.kill()
            time.sleep(self._random.uniform(1.0, 40.0))
            server.start()
        else:
            server.suspend()
            time.sleep(self._random.uniform(1.0, 40.0))
            server.resume()

    def _cause_to_worker(self, what: str) -> None:
        crew = self._random.choice(self._crews)
        place = self._random.randrange(len(crew.workers))
        worker = crew.workers[place]
        if what == "kill":
            crew.replace(place)
        elif what == "stop" and worker.running:
            self.exit_codes[worker.stop().code] += 1
            crew.replace(place)
        elif worker.running:
            worker.process.send_signal(signal.SIGSTOP)
            time.sleep(self._random.uniform(1.0, 8.0))
            worker.process.send_signal(signal.SIGCONT)


def run(minutes: float, seed: int, roles: list[Role], workers: int, per_second: float) -> dict[str, object]:
    """Run and return the summary."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="newswire-chaos-")))
        kafka = stack.enter_context(KafkaServer())
        elastic = stack.enter_context(ElasticServer())
        name = secrets.token_hex(4)
        here = Installation(kafka.address, elastic.address, f"c{name}.", f"news-{name}-", folder)
        here.set_up()
        log = here.open_log()
        stack.callback(log.close)
        crews = [Crew(here, role, workers, stack) for role in roles]
        chaos = Chaos(kafka, elastic, log, crews, seed)
        with Traffic(log, roles[0], per_second, seed).running() as traffic:
            chaos.rage(minutes)
        drained = chaos.drain(roles)
        early = [line for role in roles for line in find_early_commits(here, log, role)]
        breaches = find_losses(here, log, traffic.oracle) if roles[-1] is INDEX else []
        if breaches or early or not drained:
            print(*(crew.outputs() for crew in crews), sep="\n\n", file=sys.stderr)
        return {
            "seed": seed,
            "minutes": minutes,
            "roles": [role.name for role in roles],
            "articles": len(traffic.oracle.versions),
            "drained": drained,
            "lost": sum(line.startswith("lost") for line in breaches),
            "stale": sum(line.startswith("stale") for line in breaches),
            "doubled": sum("twice" in line for line in breaches),
            "committed_early": len(early),
            "faults": dict(chaos.events),
            "exit_codes": {str(code): count for code, count in sorted(chaos.exit_codes.items())},
            "largest_worker_mib": round(chaos.most_mib),
        }


def main() -> int:
    """Parse the arguments, run, print the summary; 0 when all invariants held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--roles", default="enrich,index", help="enrich, index or both")
    parser.add_argument("--workers", type=int, default=2, help="of each role")
    parser.add_argument("--per-second", type=float, default=10.0, help="articles sent")
    given = parser.parse_args()
    prepare()
    print(f"seed {given.seed}", file=sys.stderr, flush=True)
    roles = [BY_NAME[name] for name in given.roles.split(",")]
    summary = run(given.minutes, given.seed, roles, given.workers, given.per_second)
    print(json.dumps(summary))
    bad = summary["lost"] or summary["stale"] or summary["doubled"] or summary["committed_early"]
    return 1 if bad or not summary["drained"] else 0


if __name__ == "__main__":
    sys.exit(main())
