"""Programs that the tests of the embedded log start as processes of their own, to kill them.

`produce FILE TOPIC NAME BATCHES` sends batches and prints what was confirmed, one line a batch.
`consume FILE TOPIC GROUP` prints what it owns and gets, and commits it.
Both end by themselves when their input ends, so that none survives the tests.
"""

import os
import sys
import threading
from pathlib import Path

from pipeline.clock import SystemClock
from pipeline.log.sqlite import SqliteLog
from schemas.message import OutgoingMessage

BATCH = 20


def produce(path: Path, topic: str, name: str, batches: int) -> None:
    """Print `partition:offset:value` of each confirmed message, separated by spaces, one line for each batch."""
    log = SqliteLog(path, SystemClock())
    print("ready", flush=True)
    for number in range(batches):
        values = [f"{name}-{number}-{n}" for n in range(BATCH)]
        sent = [OutgoingMessage(topic, value.encode(), value.encode() + b" " + b"x" * 3000) for value in values]
        positions = log.send(sent)
        print(*(f"{at.partition}:{at.offset}:{value}" for at, value in zip(positions, values, strict=True)), flush=True)
    log.close()


def consume(path: Path, topic: str, group: str) -> None:
    """Print a line `owns N` when ownership changes and `got N` for every poll with messages."""
    log = SqliteLog(path, SystemClock())
    consumer = log.subscribe(group, [topic])
    owned = -1
    while True:
        found = consumer.poll(100, 1 << 20, 0.2)
        if len(consumer.assignment) != owned:
            owned = len(consumer.assignment)
            print("owns", owned, flush=True)
        if found:
            consumer.commit({one.topic_partition: one.offset + 1 for one in found})
            print("got", len(found), flush=True)


def _end_with_input() -> None:
    sys.stdin.read()
    os._exit(3)


if __name__ == "__main__":
    threading.Thread(target=_end_with_input, daemon=True).start()
    command, file, *rest = sys.argv[1:]
    if command == "produce":
        produce(Path(file), rest[0], rest[1], int(rest[2]))
    else:
        consume(Path(file), rest[0], rest[1])
