"""A real single-node Elasticsearch, from its published core, on loopback ports.

In: settings over the defaults below. Out: a `JavaServer` whose address is an `http://` URL. What the core lacks against
a distribution, and what `java/plugin` adds back, is told in `README.md` beside this module.
"""

import http.client
import json
from collections.abc import Mapping

from tests.services.java import build_java
from tests.services.server import HOST, JavaServer, accepts_connections, free_port
from tests.services.startup_cache import cache_options

HEAP = "1g"
REQUEST_SECONDS = 10.0

SettingValue = str | int | bool

DEFAULTS: Mapping[str, SettingValue] = {
    "cluster.name": "newswire-services",
    "node.name": "node-1",
    "discovery.type": "single-node",
    "network.host": HOST,
    # As in production: an index without its template would take any field.
    "action.auto_create_index": "-news-*,+*",
    # Test machines are often nearly full, and then every index would turn read-only.
    "cluster.routing.allocation.disk.threshold_enabled": False,
}

JVM_OPTIONS = (
    "-Djava.awt.headless=true",
    "-XX:+UseSerialGC",  # small heap, few cores: the least threads and the fastest start
    "-Dfile.encoding=UTF-8",
    "-Dlog4j2.disable.jmx=true",
    "-Dlog4j2.formatMsgNoLookups=true",
    "-Dio.netty.noUnsafe=true",
    "-Dio.netty.allocator.type=unpooled",
    "--enable-native-access=ALL-UNNAMED",
    # Its vector library is in no published jar; without this, its absence disables zstd as well.
    "-Dorg.elasticsearch.nativeaccess.enableVectorLibrary=false",
)

LOG_CONFIGURATION = """\
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{HH:mm:ss.SSS} %p %c{1.} %m%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
"""


class ElasticServer(JavaServer):
    """A node that forgets nothing it acknowledged between `kill()` and `start()`.

    Args:
        settings: Node settings over the defaults, by their dotted names, such as `thread_pool.write.queue_size`.
        heap: Size of the Java heap.
        java_options: Further options of the Java runtime.
        owner: See `JavaServer`.
    """

    def __init__(
        self,
        settings: Mapping[str, SettingValue] | None = None,
        *,
        heap: str = HEAP,
        java_options: tuple[str, ...] = (),
        owner: int | None = None,
    ) -> None:
        super().__init__("elasticsearch", owner=owner)
        self.port = free_port()
        self._transport_port = free_port()
        self._settings = dict(settings or {})
        self._java_options = (f"-Xms{heap}", f"-Xmx{heap}", *JVM_OPTIONS, *java_options)

    @property
    def address(self) -> str:
        """Base URL."""
        return f"http://{HOST}:{self.port}"

    def command(self) -> list[str]:
        """Write `elasticsearch.yml` and return the command."""
        config = self.folder / "config"
        config.mkdir(exist_ok=True)
        settings = {
            **DEFAULTS,
            "path.home": str(self.folder),
            "path.data": str(self.folder / "data"),
            "path.logs": str(self.folder / "logs"),
            "path.repo": str(self.folder / "snapshots"),
            "http.port": self.port,
            "transport.port": self._transport_port,
            **self._settings,
        }
        # A JSON value is a YAML value.
        lines = [f"{key}: {json.dumps(value)}\n" for key, value in settings.items()]
        (config / "elasticsearch.yml").write_text("".join(lines), "utf-8")
        logging_file = self.folder / "log4j2.properties"
        logging_file.write_text(LOG_CONFIGURATION, "utf-8")
        build = build_java()
        return [
            str(build.java),
            *cache_options(self.name),
            *self._java_options,
            f"-Dlog4j2.configurationFile={logging_file}",
            f"-Des.nativelibs.path={build.native_libraries}",
            "-cp",
            build.elastic_class_path,
            "launch.ElasticLauncher",
            str(config),
            str(build.elastic_modules),
        ]

    def is_healthy(self) -> bool:
        """Say whether the node has a master and its shards (green or yellow)."""
        if not accepts_connections(self.port):
            return False
        try:
            status, _ = self.request("GET", "/_cluster/health?wait_for_status=yellow&timeout=1s")
        except (OSError, http.client.HTTPException):
            return False
        return status == http.client.OK

    def warm_up(self) -> None:
        """Create an index, write to it and search it."""
        mappings = {"properties": {"text": {"type": "text", "analyzer": "english"}, "tag": {"type": "keyword"}}}
        self.request("PUT", "/warm-up", {"mappings": mappings})
        for number in range(50):
            self.request("PUT", f"/warm-up/_doc/{number}?refresh", {"text": f"article {number}", "tag": "a"})
        search = {"query": {"match": {"text": "articles"}}, "aggs": {"tags": {"terms": {"field": "tag"}}}}
        for _ in range(20):
            self.request("POST", "/warm-up/_search", search)
        self.request("DELETE", "/warm-up")

    def request(self, method: str, path: str, body: object = None) -> tuple[int, bytes]:
        """Send one request without the product's client, whose checks and retries do not belong here."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=REQUEST_SECONDS)
        try:
            headers = {"Content-Type": "application/json"}
            connection.request(method, path, json.dumps(body) if body else None, headers)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()
