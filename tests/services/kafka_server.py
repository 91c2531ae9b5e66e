"""A real single-node Kafka (KRaft: broker and controller in one process) on loopback ports.

In: settings over the defaults below. Out: a `JavaServer` whose address is `host:port`.
"""

import socket
import struct
import uuid
from collections.abc import Mapping

from tests.services.java import build_java
from tests.services.server import HOST, JavaServer, free_port
from tests.services.startup_cache import cache_options

#: The largest topic limit of the project is 4 MiB (dead letters), plus room for headers.
MESSAGE_MAX_BYTES = 5 * 1024 * 1024
HEAP = "512m"
HEALTH_SECONDS = 1.0

#: Metadata request, version 1, about no topic: key, version, correlation id, empty client id, empty array of topics.
#: Written by hand, because a client would log and retry every refusal of a server that is still starting.
METADATA_REQUEST = struct.pack(">ihhihi", 14, 3, 1, 1, 0, 0)
METADATA_ANSWER = struct.Struct(">iii")

#: One node cannot replicate; small internal topics and buffers start faster and fit beside the tests.
DEFAULTS: Mapping[str, str | int] = {
    "process.roles": "broker,controller",
    "node.id": 1,
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "auto.create.topics.enable": "false",
    "default.replication.factor": 1,
    "offsets.topic.replication.factor": 1,
    "offsets.topic.num.partitions": 4,
    "transaction.state.log.replication.factor": 1,
    "transaction.state.log.min.isr": 1,
    "transaction.state.log.num.partitions": 2,
    "share.coordinator.state.topic.replication.factor": 1,
    "share.coordinator.state.topic.min.isr": 1,
    "group.initial.rebalance.delay.ms": 0,
    # A killed broker may register again only when its last session has run out; 9 s by default.
    "broker.session.timeout.ms": 3_000,
    "broker.heartbeat.interval.ms": 500,
    # Fault tests need a dead worker to be noticed in a second or two.
    "group.min.session.timeout.ms": 500,
    "message.max.bytes": MESSAGE_MAX_BYTES,
    "replica.fetch.max.bytes": MESSAGE_MAX_BYTES,
    "log.cleaner.dedupe.buffer.size": 8 * 1024 * 1024,
    "num.network.threads": 2,
    "num.io.threads": 4,
    "controlled.shutdown.enable": "false",  # there is no other broker to hand over to
}

JVM_OPTIONS = (
    "-Djava.awt.headless=true",
    "-XX:+UseSerialGC",  # small heap, few cores: the least threads and the fastest start
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
)


class KafkaServer(JavaServer):
    """A broker that forgets nothing between `kill()` and `start()`.

    Args:
        settings: Broker properties over the defaults.
        heap: Size of the Java heap.
        java_options: Further options of the Java runtime.
        owner: See `JavaServer`.
    """

    def __init__(
        self,
        settings: Mapping[str, str | int] | None = None,
        *,
        heap: str = HEAP,
        java_options: tuple[str, ...] = (),
        owner: int | None = None,
    ) -> None:
        super().__init__("kafka", owner=owner)
        self.port = free_port()
        self._controller_port = free_port()
        self._settings = dict(settings or {})
        self._java_options = (f"-Xmx{heap}", *JVM_OPTIONS, *java_options)
        self._cluster_id = uuid.uuid4().hex[:22]

    @property
    def address(self) -> str:
        """Bootstrap server, `host:port`."""
        return f"{HOST}:{self.port}"

    def command(self) -> list[str]:
        """Write `server.properties` and return the command; formatting the data folder is part of the start."""
        properties = {
            **DEFAULTS,
            "listeners": f"PLAINTEXT://{self.address},CONTROLLER://{HOST}:{self._controller_port}",
            "advertised.listeners": f"PLAINTEXT://{self.address}",
            "controller.quorum.voters": f"1@{HOST}:{self._controller_port}",
            "log.dirs": str(self.folder / "data"),
            **self._settings,
        }
        path = self.folder / "server.properties"
        path.write_text("".join(f"{key}={value}\n" for key, value in properties.items()), "utf-8")
        build = build_java()
        return [
            str(build.java),
            *cache_options(self.name),
            *self._java_options,
            "-cp",
            build.kafka_class_path,
            "launch.KafkaLauncher",
            str(path),
            self._cluster_id,
        ]

    def is_healthy(self) -> bool:
        """Say whether the broker has registered itself and answers metadata requests."""
        try:
            with socket.create_connection((HOST, self.port), HEALTH_SECONDS) as connection:
                connection.settimeout(HEALTH_SECONDS)
                connection.sendall(METADATA_REQUEST)
                return _broker_count(connection) > 0
        except (OSError, EOFError):
            return False


def _broker_count(connection: socket.socket) -> int:
    """Read a metadata answer as far as its number of brokers: size, correlation id, length of the array."""
    answer = b""
    while len(answer) < METADATA_ANSWER.size:
        part = connection.recv(METADATA_ANSWER.size - len(answer))
        if not part:
            raise EOFError
        answer += part
    count: int = METADATA_ANSWER.unpack(answer)[2]
    return count
