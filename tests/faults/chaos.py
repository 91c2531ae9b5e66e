"""The long form of the fault tests: `python -m tests.faults.chaos SCENARIO [options]`; `make chaos` runs `random`.

Scenarios, each on a Kafka and an Elasticsearch of its own, with two workers of each role under steady load:

  random            everything is killed, suspended, stopped, replaced or refused at random, for --minutes (T18)
  kills             --articles are sent; kill -9 of any worker every 5 to 10 s until all are through (T1)
  elastic-outage    Elasticsearch is killed and away for --outage seconds (T4)
  broker-outage     the same with Kafka (T3)
  members           workers come and go every 5 s, and are suspended past their session, for --minutes (T9)

Says on stderr what happens, and prints a JSON summary on stdout; exit code 1 when anything was lost, doubled, stale or
committed too early, or when the lag did not go back to 0 by itself within --drain seconds. The same seed gives the same
order of faults. To show that the harness sees losses, `--worker obvious` puts the index worker that one would write at
first in place of ours, and `--worker hasty` our own with a fault built in: it acknowledges before it writes.
"""

import argparse
import json
import random
import sys

from pipeline.roles import BY_NAME
from tests.faults.scenarios import run_kills, run_members, run_outage, run_random
from tests.faults.stage import WORKERS, Stage, Wanted, is_well, open_stage
from tests.services.prepare import prepare

SCENARIOS = ("random", "kills", "elastic-outage", "broker-outage", "members")


def parse() -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario", nargs="?", choices=SCENARIOS, default="random")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--articles", type=int, default=20_000)
    parser.add_argument("--outage", type=float, default=180.0, help="seconds")
    parser.add_argument("--drain", type=float, default=900.0, help="longest time until the lag is 0, in seconds")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--roles", default="enrich,index", help="enrich, index or both")
    parser.add_argument("--workers", type=int, default=2, help="of each role")
    parser.add_argument("--per-second", type=float, default=60.0, help="articles sent")
    parser.add_argument("--worker", choices=WORKERS, default="newswire", help="of the index role")
    parser.add_argument("--models", default="", help="as NEWSWIRE_MODELS; without, names are found by rule")
    return parser.parse_args()


def play(stage: Stage, given: argparse.Namespace) -> dict[str, object]:
    """Play the scenario and return its summary."""
    match given.scenario:
        case "kills":
            return run_kills(stage, given.articles)
        case "elastic-outage":
            return run_outage(stage, stage.elastic, "elastic", given.outage)
        case "broker-outage":
            return run_outage(stage, stage.kafka, "broker", given.outage)
        case "members":
            return run_members(stage, given.minutes)
        case _:
            return run_random(stage, given.minutes)


def main() -> int:
    """Parse the arguments, run, print the summary; 0 when all invariants held."""
    given = parse()
    prepare()
    print(f"seed {given.seed}", file=sys.stderr, flush=True)
    wanted = Wanted(
        given.seed,
        tuple(BY_NAME[name] for name in given.roles.split(",")),
        workers=given.workers,
        per_second=given.per_second,
        drain_s=given.drain,
        worker=given.worker,
        models=given.models,
    )
    with open_stage(wanted) as stage:
        summary = play(stage, given)
    print(json.dumps(summary))
    return 0 if is_well(summary) else 1


if __name__ == "__main__":
    sys.exit(main())
