"""Settings → the log and the index that they name, with their credentials. Nothing is connected or read yet.

The one place that knows which settings belong to which connection. Imports the openers, never a client.
"""

from typing import Final

from pipeline.clock import Clock
from pipeline.index.base import ArticleIndex
from pipeline.index.open import open_index
from pipeline.log.base import Log
from pipeline.log.open import open_log
from pipeline.settings import Settings

COMMAND_TIMEOUT_S: Final = 6.0
"""The longest wait of a command for a cluster that does not answer: a person is waiting too."""


def log_of(settings: Settings, clock: Clock, timeout_s: float = 30.0) -> Log:
    """Return the log that the settings name. Errors as `open_log`."""
    return open_log(
        settings.resolved_log_url,
        clock,
        topic_prefix=settings.topic_prefix,
        replication=settings.replication,
        timeout_s=timeout_s,
        security=settings.kafka_security,
    )


def index_of(settings: Settings, clock: Clock, timeout_s: float = 30.0) -> ArticleIndex:
    """Return the index that the settings name. Errors as `open_index`."""
    return open_index(
        settings.resolved_index_url,
        clock,
        index_prefix=settings.index_prefix,
        api_key=settings.elastic_api_key,
        ca_file=settings.elastic_ca_file,
        cert_file=settings.elastic_cert_file,
        key_file=settings.elastic_key_file,
        timeout_s=timeout_s,
    )
