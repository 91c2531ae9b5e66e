"""What can happen on the stage of a long fault test; each scenario ends in a summary."""

import random
import signal
import time

from tests.faults.stage import Stage
from tests.services.elastic_stand_in import Answer, FailItems, Reset, error_reply
from tests.services.server import JavaServer

# Workers die often, services now and then: each of the latter stops everything for a while.
FAULTS = (
    *("kill worker",) * 6,
    *("stop worker",) * 2,
    *("suspend worker",) * 2,
    *("refuse items", "refuse requests", "break answers"),
    *("kill kafka", "suspend kafka", "kill elastic", "suspend elastic"),
)
REFUSED_SHARE = 0.02
CALM_S = 5.0


def run_kills(stage: Stage, articles: int, pause_s: tuple[float, float] = (5.0, 10.0)) -> dict[str, object]:
    """Kill -9 one worker after another until all articles are through, while 2 % of items are answered 429."""
    chance = stage.random
    busy = FailItems(lambda _: chance.random() < REFUSED_SHARE, 429, "es_rejected_execution_exception")
    next_kill = time.monotonic() + chance.uniform(*pause_s)

    def kill_when_due() -> None:
        nonlocal next_kill
        if time.monotonic() >= next_kill:
            crew = chance.choice(stage.crews)
            crew.replace(chance.randrange(len(crew.workers)))
            stage.say(f"kill -9 {crew.role.name}")
            next_kill = time.monotonic() + chance.uniform(*pause_s)

    with stage.front.always("/_bulk", busy):
        with stage.traffic.running(articles):
            while stage.traffic.is_sending:
                stage.tend_for(0.5)
                kill_when_due()
        drained = stage.drain(kill_when_due)
    return stage.judge(drained=drained) | {"scenario": "kills", "kills": sum(stage.events.values())}


def run_outage(stage: Stage, server: JavaServer, name: str, seconds: float) -> dict[str, object]:
    """Kill a server under load and start it again after so many seconds; nobody restarts a worker."""
    with stage.traffic.running():
        stage.tend_for(CALM_S)
        before = stage.take_memory()
        server.kill()
        stage.say(f"kill -9 {name}")
        stage.tend_for(seconds)
        during = stage.take_memory()
        server.start()
        stage.say(f"start {name}")
        back = time.monotonic()
        stage.tend_for(CALM_S)
    drained = stage.drain()
    caught_up_s = time.monotonic() - back
    return stage.judge(drained=drained) | {
        "scenario": f"{name}-outage",
        "outage_s": seconds,
        "lag_0_after_s": round(caught_up_s, 1),
        "restarts": sum(stage.exit_codes.values()),
        "largest_mib": {"before": before, "during": during, "after": stage.take_memory()},
    }


def run_members(stage: Stage, minutes: float, pause_s: float = 5.0) -> dict[str, object]:
    """Workers come and go all the time; now and then one is suspended past its session and goes on later."""
    until = time.monotonic() + minutes * 60
    with stage.traffic.running():
        while time.monotonic() < until:
            crew = stage.random.choice(stage.crews)
            what = stage.random.choice(("add", "remove", "suspend"))
            stage.say(f"{what} {crew.role.name}")
            if what == "add" and len(crew.workers) < 2 * stage.wanted.workers:
                crew.add()
            elif what == "remove" and len(crew.workers) > 1 and crew.workers[0].running:
                stage.events[f"left with {crew.workers.pop(0).stop().code}"] += 1
            elif what == "suspend":
                suspend_worker(stage, pause_s)
            stage.tend_for(pause_s)
    return stage.judge(drained=stage.drain()) | {"scenario": "members", "largest_mib": stage.take_memory()}


def run_random(
    stage: Stage, minutes: float, longest_s: float = 40.0, calm_s: tuple[float, float] = (2.0, 10.0)
) -> dict[str, object]:
    """Everything at random: workers, services, answers. `longest_s` bounds an outage, `calm_s` is between faults."""
    until = time.monotonic() + minutes * 60
    with stage.traffic.running():
        while time.monotonic() < until:
            stage.tend_for(stage.random.uniform(*calm_s))
            cause(stage, stage.random.choice(FAULTS), stage.random.uniform(1.0, longest_s))
            stage.tend()
    return stage.judge(drained=stage.drain()) | {"scenario": "random", "largest_mib": stage.take_memory()}


def cause(stage: Stage, fault: str, seconds: float) -> None:
    """Let a fault happen, and be over after so many seconds where it lasts."""
    stage.say(fault)
    what, whom = fault.split()
    if whom == "worker":
        crew = stage.random.choice(stage.crews)
        place = stage.random.randrange(len(crew.workers))
        if what == "suspend":
            suspend_worker(stage, min(seconds, 8.0))
        elif what == "stop" and crew.workers[place].running:
            stage.events[f"left with {crew.workers[place].stop().code}"] += 1
            crew.replace(place)
        else:
            crew.replace(place)
        return
    answers: dict[str, Answer] = {
        "items": FailItems(lambda _: random.random() < 0.3, 429, "es_rejected_execution_exception"),  # noqa: S311
        "requests": error_reply(503, "unavailable"),
        "answers": Reset(applied=True),
    }
    if whom in answers:
        with stage.front.always("/_bulk", answers[whom]):
            stage.tend_for(seconds)
        return
    server: JavaServer = stage.kafka if whom == "kafka" else stage.elastic
    if what == "kill":
        server.kill()
    else:
        server.suspend()
    stage.tend_for(seconds)
    server.resume()
    server.start()


def suspend_worker(stage: Stage, seconds: float) -> None:
    """Suspend any worker for so long, past its session."""
    worker = stage.random.choice([worker for crew in stage.crews for worker in crew.workers])
    if worker.running:
        worker.process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        worker.process.send_signal(signal.SIGCONT)
