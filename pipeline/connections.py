"""Settings → the log and the index that they name, with their credentials. Nothing is connected or read yet.

The one place that knows which settings belong to which connection. Imports the openers, never a client.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Final, TypedDict

from pipeline.clock import Clock
from pipeline.index.base import ArticleIndex
from pipeline.index.open import open_index
from pipeline.index.samples import FILE_NAME, SampleStore
from pipeline.log.base import Log
from pipeline.log.open import open_log
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.index.elastic_panels import ElasticPanels

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
        **_elastic_access(settings),
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

    return ElasticSamples(connect(url, **_elastic_access(settings), timeout_s=timeout_s), settings.index_prefix)


def panels_of(settings: Settings, timeout_s: float = COMMAND_TIMEOUT_S) -> "ElasticPanels":
    """Return what dashboards are asked of, in the Elasticsearch that the settings name. Errors as `open_index`."""
    from pipeline.index.elastic_client import connect
    from pipeline.index.elastic_panels import ElasticPanels

    client = connect(settings.resolved_index_url, **_elastic_access(settings), timeout_s=timeout_s)
    return ElasticPanels(client, settings.index_prefix)


class _ElasticAccess(TypedDict):
    api_key: str | None
    ca_file: Path | None
    cert_file: Path | None
    key_file: Path | None


def _elastic_access(settings: Settings) -> _ElasticAccess:
    """Return what lets us into Elasticsearch."""
    return {
        "api_key": settings.elastic_api_key,
        "ca_file": settings.elastic_ca_file,
        "cert_file": settings.elastic_cert_file,
        "key_file": settings.elastic_key_file,
    }
