"""Chaos with a seed: workers that come and go while articles are sent, and what must hold all the time."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from random import Random

from pipeline.log.base import Log
from pipeline.roles import INDEX, Role
from schemas.errors import Unavailable
from tests.faults.articles import Oracle
from tests.faults.checks import find_early_commits, find_losses
from tests.faults.installation import REPOSITORY, Installation, Worker, wait_until

PROGRAM = str(REPOSITORY / "tests" / "faults" / "worker_program.py")
OBVIOUS = str(REPOSITORY / "tests" / "faults" / "obvious_worker.py")
HASTY = str(REPOSITORY / "tests" / "faults" / "hasty_worker.py")
SEND_EVERY_S = 0.25


class Traffic:
    """Sends articles in the background, now and then a new version of an old one, until it is stopped."""

    def __init__(self, log: Log, role: Role, per_second: float, seed: int) -> None:
        self.oracle = Oracle()
        self._log = log
        self._enriched = role is INDEX
        self._at_once = max(1, round(per_second * SEND_EVERY_S))
        self._random = Random(seed)  # noqa: S311 - chaos that can be repeated
        self._stopped = threading.Event()
        self._count: int | None = None
        self._thread = threading.Thread(target=self._send_until_stopped, name="traffic")
        self.failed: BaseException | None = None

    @property
    def is_sending(self) -> bool:
        """Whether there is more to come."""
        return self._thread.is_alive()

    @contextmanager
    def running(self, count: int | None = None) -> Iterator["Traffic"]:
        """Send for the length of the context, at most so many articles."""
        self._count = count
        self._thread.start()
        try:
            yield self
        finally:
            self._stopped.set()
            self._thread.join()
        if self.failed:
            raise self.failed

    def _send_until_stopped(self) -> None:
        number = 0
        try:
            while not self._stopped.wait(SEND_EVERY_S) and number != self._count:
                several = self._at_once if self._count is None else min(self._at_once, self._count - number)
                fresh = [(number + more, 1) for more in range(several)]
                number += several
                again = [(self._random.randrange(number), self._random.randrange(2, 50)) for _ in range(2)]
                self._send([*fresh, *again])
        except BaseException as error:  # noqa: BLE001 - raised again where the test waits
            self.failed = error

    def _send(self, articles: list[tuple[int, int]]) -> None:
        """Send until it is confirmed; given up when the traffic stops before."""
        while not self._stopped.is_set():
            try:
                self.oracle.send(self._log, articles, enriched=self._enriched)
            except Unavailable:
                continue
            return


class Crew:
    """Workers of one role that are replaced when they are killed."""

    def __init__(
        self, installation: Installation, role: Role, count: int, stack: ExitStack, program: str = PROGRAM
    ) -> None:
        self.role = role
        self._installation = installation
        self._stack = stack
        self._program = program
        self.workers = [self._start() for _ in range(count)]
        for worker in self.workers:
            if program != OBVIOUS:
                worker.wait_ready()

    def replace(self, place: int) -> None:
        """Kill one as a crash would, and start another in its place."""
        self.workers[place].kill()
        self.workers[place] = self._start()

    def add(self) -> Worker:
        """Start one more."""
        self.workers.append(self._start())
        return self.workers[-1]

    def outputs(self) -> str:
        """Return what the present workers say."""
        return "\n\n".join(f"{worker.output}{worker.readiness()}" for worker in self.workers)

    def _start(self) -> Worker:
        return self._stack.enter_context(self._installation.start(self._program, self.role.name))


def count_lag(log: Log, role: Role) -> int:
    """Return how many messages wait for the role."""
    return sum(log.lag(role.group, [topic.name for topic in role.inputs]).values())


def wait_drained(log: Log, role: Role, seconds: float, crew: Crew | None = None) -> None:
    """Wait until the role has finished all that its topics hold (I5)."""
    wait_until(
        lambda: count_lag(log, role) == 0,
        seconds,
        lambda: f"{count_lag(log, role)} still wait\n{crew.outputs() if crew else ''}",
    )


def rotate(
    installation: Installation, role: Role, *, seed: int, rounds: int, workers: int = 2, per_second: float = 100.0
) -> Oracle:
    """Kill workers in turn under load, check I3 at each kill and I1, I2, I5 at the end; return what was sent."""
    random = Random(seed)  # noqa: S311 - chaos that can be repeated
    print(f"seed {seed}")
    with ExitStack() as stack:
        log = installation.open_log()
        stack.callback(log.close)
        crew = Crew(installation, role, workers, stack)
        with Traffic(log, role, per_second, seed).running() as traffic:
            for turn in range(rounds):
                time.sleep(random.uniform(0.5, 2.0))
                crew.replace(turn % workers)
                assert find_early_commits(installation, log, role) == [], crew.outputs()
        wait_drained(log, role, 90.0, crew)
        assert find_early_commits(installation, log, role) == []
        if role is INDEX:
            assert find_losses(installation, log, traffic.oracle) == [], crew.outputs()
        return traffic.oracle
