"""Everything that happens once per machine before a server can start: jars, build, start-up caches.

Called before the first test runs, so that no test's time limit pays for a download.
"""

import os

from tests.services.elastic_server import ElasticServer
from tests.services.jars import Announce, print_to_stderr
from tests.services.java import build_java
from tests.services.kafka_server import KafkaServer
from tests.services.server import remove_abandoned_folders
from tests.services.startup_cache import record_caches


def in_ci() -> bool:
    """Say whether a missing service is a failure instead of a skip."""
    return os.environ.get("CI") == "true"


def prepare(announce: Announce = print_to_stderr) -> None:
    """Make both servers startable; returns at once on a machine that has done it before.

    Raises:
        ServiceUnavailable: this machine cannot have them; the message says what is missing.
    """
    remove_abandoned_folders()
    build_java(announce)
    record_caches((KafkaServer, ElasticServer), announce)
