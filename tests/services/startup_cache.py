"""Start-up caches of the Java runtime (JEP 483, 514, 515): classes already loaded and linked, methods already profiled.

In: a server class. Out: a file per server in the build folder, recorded once per machine from a real start and stop.
Measured on two idle cores: Kafka starts in 1.3 instead of 3.4 s, Elasticsearch in 2 instead of 6 s.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.services.jars import Announce, cache_folder, exclusive, print_to_stderr
from tests.services.java import build_java
from tests.services.server import JavaServer, StartFailed

#: The runtime writes the cache after the server has ended, in a second process.
RECORD_SECONDS = 120.0


def cache_file(name: str) -> Path:
    """Return where the cache of one server is; an empty file says that recording failed here."""
    return build_java().folder / f"{name}.aot"


def cache_options(name: str) -> list[str]:
    """Return the Java options that use the cache, none while there is no cache."""
    path = cache_file(name)
    if not path.exists() or not path.stat().st_size:
        return []
    return [f"-XX:AOTCache={path}", "-Xlog:aot*=off", "-Xlog:cds*=off"]


def record_caches(makers: Sequence[Callable[[], JavaServer]], announce: Announce = print_to_stderr) -> None:
    """Record what is missing, all servers at once; later calls return immediately.

    Never an error: a server without its cache starts slower and works the same.
    """
    with exclusive("startup"):
        servers = [maker() for maker in makers]
        missing = [server for server in servers if not cache_file(server.name).exists()]
        try:
            if missing:
                announce("services: recording start-up caches, once per machine (about 30 s)")
                started = time.monotonic()
                with ThreadPoolExecutor(len(missing)) as pool:
                    list(pool.map(_record, missing))
                announce(f"services: recorded after {time.monotonic() - started:.1f} s")
        finally:
            for server in servers:
                server.close()


def _record(server: JavaServer) -> None:
    target = cache_file(server.name)
    recording = cache_folder() / f"{target.parent.name}-{target.name}"
    try:
        server.start(options=(f"-XX:AOTCacheOutput={recording}",))
        server.warm_up()
        server.stop(RECORD_SECONDS)
    except StartFailed:
        recording.unlink(missing_ok=True)
    if recording.exists():
        recording.rename(target)
    else:
        target.touch()
