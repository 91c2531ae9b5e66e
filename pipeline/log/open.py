"""Which log an address names. In: a URL. Out: an open `Log`. Imports a client only when its log is asked for."""

import re
from pathlib import Path
from typing import Final

from pipeline.clock import Clock
from pipeline.log.base import Log
from pipeline.log.kafka_security import OPEN_TO_ALL, KafkaSecurity
from schemas.errors import ConfigurationError

_SQLITE: Final = "sqlite:///"
_KAFKA: Final = "kafka://"
_SERVER: Final = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\])(?::(\d{1,5}))?")
_KAFKA_PORT: Final = 9092
_DELIVERY_S: Final = 30.0
"""A broker that answers may be busy; only one that does not is given up sooner."""


def open_log(
    url: str,
    clock: Clock,
    *,
    topic_prefix: str = "",
    replication: int = 1,
    timeout_s: float = 30.0,
    security: KafkaSecurity = OPEN_TO_ALL,
) -> Log:
    """Return the log at `url`.

    `sqlite:///relative/path` and `sqlite:////absolute/path` name a file, which is made when it does not exist.
    `kafka://host:port,host:port` names brokers, which are first asked when the log is used; without a port it is 9092.

    Args:
        url: the address.
        clock: the time.
        topic_prefix: stands before topic and group names on a Kafka cluster.
        replication: copies of each topic that is created on a Kafka cluster.
        timeout_s: the longest time that a call waits for a Kafka cluster that does not answer.
        security: how a Kafka cluster lets us in.

    Raises:
        ConfigurationError: the address is of no known form, or the log cannot be used; the message says what to do.
        Unavailable: the file is kept busy by another process.
    """
    if url.startswith(_SQLITE) and url != _SQLITE:
        from pipeline.log.sqlite import SqliteLog

        return SqliteLog(Path(url.removeprefix(_SQLITE)), clock)
    if url.startswith(_KAFKA):
        servers = parse_brokers(url)
        from pipeline.log.kafka import KafkaLog

        return KafkaLog(
            servers,
            clock,
            topic_prefix=topic_prefix,
            replication=replication,
            timeout_s=timeout_s,
            delivery_s=max(timeout_s, _DELIVERY_S),
            security=security,
        )
    msg = f"log_url {url!r} is neither sqlite:///path nor kafka://host:port,…"
    raise ConfigurationError(msg)


def parse_brokers(url: str) -> list[str]:
    """Return `host:port` of each broker that a `kafka://` address names.

    >>> parse_brokers("kafka://broker-1,broker-2:9093")
    ['broker-1:9092', 'broker-2:9093']

    Raises:
        ConfigurationError: the address is of another form.
    """
    if not url.startswith(_KAFKA):
        msg = f"log_url {url!r} is not kafka://host:port,…"
        raise ConfigurationError(msg)
    return [_parse_server(server, url) for server in url.removeprefix(_KAFKA).rstrip("/").split(",")]


def _parse_server(server: str, url: str) -> str:
    found = _SERVER.fullmatch(server.strip())
    if found is None or int(found[1] or _KAFKA_PORT) not in range(1, 65_536):
        msg = f"log_url {url!r}: {server!r} is not host:port, as in kafka://broker-1:9092,broker-2:9092"
        raise ConfigurationError(msg)
    return server.strip() if found[1] else f"{server.strip()}:{_KAFKA_PORT}"
