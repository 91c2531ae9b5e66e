"""Settings → the log and the index that they name, with their credentials. Nothing is connected or read yet.

The one place that knows which settings belong to which connection. Imports the openers, never a client.
"""

from pathlib import Path
from typing import Final

from pipeline.clock import Clock
from pipeline.index.base import ArticleIndex
from pipeline.index.open import open_index
from pipeline.index.samples import FILE_NAME, SampleStore
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


def samples_of(settings: Settings, timeout_s: float = COMMAND_TIMEOUT_S) -> SampleStore:
    """Return where the pipeline's samples are kept: beside the index that the settings name. Errors as `open_index`."""
    url = settings.resolved_index_url
    if url.startswith("tantivy:///"):
        from pipeline.index.sqlite_samples import SqliteSamples  # engines are imported where they are used

        return SqliteSamples(Path(url.removeprefix("tantivy:///")) / FILE_NAME)
    from pipeline.index.elastic_client import connect
    from pipeline.index.elastic_samples import ElasticSamples

    client = connect(
        url,
        api_key=settings.elastic_api_key,
        ca_file=settings.elastic_ca_file,
        cert_file=settings.elastic_cert_file,
        key_file=settings.elastic_key_file,
        timeout_s=timeout_s,
    )
    return ElasticSamples(client, settings.index_prefix)
