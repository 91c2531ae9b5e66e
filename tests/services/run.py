"""Start Kafka and Elasticsearch for a person, say how to use them, and stop both on Ctrl-C or SIGTERM.

`make services` calls this file. Data lives in a temporary folder and is gone afterwards.
"""

import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.services.elastic_server import ElasticServer
from tests.services.jars import ServiceUnavailable
from tests.services.kafka_server import KafkaServer
from tests.services.prepare import prepare
from tests.services.server import JavaServer, StartFailed

WATCH_SECONDS = 1.0

READY = """
Kafka          {kafka.address}   (pid {kafka.pid}, log {kafka.log_file})
Elasticsearch  {elastic.address}   (pid {elastic.pid}, log {elastic.log_file})

In another terminal, from the same folder:

  export NEWSWIRE_LOG_URL=kafka://{kafka.address} NEWSWIRE_INDEX_URL={elastic.address}
  newswire setup                              topics, templates and aliases
  newswire worker enrich                      one role in each terminal: enrich, index, group, alert
  newswire ingest seeds/articles              push something through
  newswire search "*"

The same two for the tests, instead of starting their own:

  export NEWSWIRE_TEST_KAFKA={kafka.address} NEWSWIRE_TEST_ELASTIC={elastic.address}

Ctrl-C stops both and removes their data.
"""


def main() -> int:
    """Run until stopped; exit code 0 after a stop, 1 when a server cannot start or ends by itself."""
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    try:
        prepare()
    except ServiceUnavailable as error:
        print(f"services: {error}", file=sys.stderr)
        return 1
    if stopped.is_set():
        return 0
    kafka, elastic = KafkaServer(), ElasticServer()
    servers: tuple[JavaServer, ...] = (kafka, elastic)
    try:
        print("services: starting Kafka and Elasticsearch", file=sys.stderr, flush=True)
        with ThreadPoolExecutor(len(servers)) as pool:
            list(pool.map(lambda server: server.start(), servers))
        print(READY.format(kafka=kafka, elastic=elastic), flush=True)
        return _watch(servers, stopped)
    except StartFailed as error:
        print(f"services: {error}", file=sys.stderr)
        return 1
    finally:
        for server in servers:
            server.close()


def _watch(servers: tuple[JavaServer, ...], stopped: threading.Event) -> int:
    while not stopped.wait(WATCH_SECONDS):
        for server in servers:
            if not server.is_running:
                print(
                    f"services: {server.name} ended by itself; its log ends with\n{server.log_tail()}", file=sys.stderr
                )
                return 1
    print("services: stopped", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
