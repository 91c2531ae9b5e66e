"""The jars of the services: which ones (`versions.toml`, `jars.lock`), and a checked copy of each on this machine.

In: the two files beside this module. Out: paths below one cache folder, shared by all checkouts and test processes.
Run as a script it resolves the pinned versions again and rewrites `jars.lock`.
"""

import fcntl
import hashlib
import json
import os
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jgo.maven import MavenContext

HERE = Path(__file__).resolve().parent
VERSIONS_FILE = HERE / "versions.toml"
LOCK_FILE = HERE / "jars.lock"

DOWNLOADS_AT_ONCE = 8
HTTP_TIMEOUT_SECONDS = 20
DOWNLOAD_ATTEMPTS = 3
PROBLEM_CHARS = 100
#: Dependency scopes that a running server needs; the roots of a group have none.
RUNTIME_SCOPES = (None, "compile", "runtime")
BYTES_PER_MB = 1_000_000

Announce = Callable[[str], None]


class ServiceUnavailable(RuntimeError):
    """The service cannot be had on this machine: no Java, no resolver, or no way to the jars."""


@dataclass(frozen=True)
class Jar:
    """One jar as locked: `coordinate` is group:artifact:version, `sha256` in hex, `size` in bytes."""

    group: str
    coordinate: str
    sha256: str
    size: int


def print_to_stderr(line: str) -> None:
    """Announce progress where it disturbs no output that is read by a program."""
    print(line, file=sys.stderr, flush=True)


def load_versions() -> dict[str, str]:
    """Return the pinned version of each service and tool by its short name."""
    versions: dict[str, str] = tomllib.loads(VERSIONS_FILE.read_text("utf-8"))["versions"]
    return versions


def load_roots() -> dict[str, list[str]]:
    """Return for each group the coordinates it is resolved from, versions filled in."""
    pins = tomllib.loads(VERSIONS_FILE.read_text("utf-8"))
    return {group: [root.format(**pins["versions"]) for root in roots] for group, roots in pins["groups"].items()}


def load_jars() -> list[Jar]:
    """Return every locked jar, in class path order within its group."""
    return [Jar(**entry) for entry in json.loads(LOCK_FILE.read_text("utf-8"))]


def cache_folder() -> Path:
    """Return the folder for everything that is fetched or built once per machine."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "newswire" / "services"


@contextmanager
def exclusive(name: str, folder: Path | None = None) -> Iterator[None]:
    """Hold a lock between processes; the system releases it when the holder dies. Blocks without limit."""
    folder = folder or cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def fetch_jars(announce: Announce = print_to_stderr) -> dict[str, list[Path]]:
    """Return the paths of all jars by group; download what is missing, and verify what was downloaded.

    The first call on a machine fetches about 95 MB. Later calls read no jar and touch no network.

    Raises:
        ServiceUnavailable: jgo is not installed, a jar cannot be fetched, or its content is not the locked one.
    """
    jars = load_jars()
    key = hashlib.sha256(LOCK_FILE.read_bytes()).hexdigest()[:16]
    complete = cache_folder() / f"complete-{key}.json"
    with exclusive("jars"):
        if not complete.exists():
            complete.write_text(json.dumps(_download(jars, announce)), "utf-8")
    paths: dict[str, list[Path]] = {}
    for jar, path in zip(jars, json.loads(complete.read_text("utf-8")), strict=True):
        paths.setdefault(jar.group, []).append(Path(path))
    if not all(path.exists() for group in paths.values() for path in group):
        complete.unlink(missing_ok=True)
        return fetch_jars(announce)
    return paths


def _download(jars: list[Jar], announce: Announce) -> list[str]:
    total = sum(jar.size for jar in jars) / BYTES_PER_MB
    announce(f"services: fetching {len(jars)} jars ({total:.0f} MB) into {cache_folder()}, once per machine")
    started = time.monotonic()
    pool = ThreadPoolExecutor(DOWNLOADS_AT_ONCE)
    try:
        paths = list(pool.map(_fetch, jars))
    finally:
        pool.shutdown(cancel_futures=True)  # without a network, the first failure is enough
    announce(f"services: {len(jars)} jars ready after {time.monotonic() - started:.1f} s")
    return [str(path) for path in paths]


def _fetch(jar: Jar) -> Path:
    """Fetch one jar and compare it with the lock; a broken copy from an earlier try is replaced."""
    problem = ""
    for _ in range(DOWNLOAD_ATTEMPTS):
        try:
            path = _resolve_path(jar.coordinate)
        except (OSError, RuntimeError) as error:  # requests' errors are OSErrors
            problem = f"{type(error).__name__}, {str(error)[:PROBLEM_CHARS]}"
            continue
        if hashlib.sha256(path.read_bytes()).hexdigest() == jar.sha256:
            return path
        path.unlink()
        problem = "its content differs from jars.lock"
    message = f"cannot fetch {jar.coordinate}: {problem}"
    raise ServiceUnavailable(message)


def _context() -> "MavenContext":
    try:
        from jgo.config import GlobalSettings
        from jgo.constants import MAVEN_CENTRAL_URL
        from jgo.maven import MavenContext, PythonResolver
    except ImportError as error:
        message = "jgo is not installed: pip install -e '.[dev]'"
        raise ServiceUnavailable(message) from error
    # A mirror of one's own is named in jgo's configuration file, never in this project.
    return MavenContext(
        resolver=PythonResolver(),
        repo_cache=cache_folder() / "maven",
        remote_repos={"central": MAVEN_CENTRAL_URL, **GlobalSettings.load().repositories},
        timeout=HTTP_TIMEOUT_SECONDS,
    )


def _resolve_path(coordinate: str) -> Path:
    group, artifact, version = coordinate.split(":")
    path: Path = _context().project(group, artifact).at_version(version).artifact().resolve()
    return path


def resolve_jars() -> list[Jar]:
    """Walk the dependencies of the pinned versions and return what a lock has to hold.

    The netty module must not bring what the server has already: the server refuses a class that is there twice.
    """
    from jgo.maven import Dependency

    locked: list[Jar] = []
    for group, roots in load_roots().items():
        context = _context()
        wanted = [context.project(g, a).at_version(v) for g, a, v in (root.split(":") for root in roots)]
        inputs, others = context.resolver.resolve([Dependency(part.artifact()) for part in wanted])
        in_server = {jar.coordinate for jar in locked if jar.group == "elasticsearch"}
        for dependency in inputs + others:
            artifact = dependency.artifact
            coordinate = f"{artifact.groupId}:{artifact.artifactId}:{artifact.version}"
            if dependency.scope in RUNTIME_SCOPES and not (group == "netty" and coordinate in in_server):
                content = artifact.resolve().read_bytes()
                locked.append(Jar(group, coordinate, hashlib.sha256(content).hexdigest(), len(content)))
    return locked


def main() -> None:
    """Rewrite `jars.lock`."""
    with exclusive("jars"):
        jars = resolve_jars()
    lines = ",\n".join(json.dumps(vars(jar)) for jar in jars)
    LOCK_FILE.write_text(f"[\n{lines}\n]\n", "utf-8")
    print(f"{LOCK_FILE.name}: {len(jars)} jars, {sum(jar.size for jar in jars) / BYTES_PER_MB:.0f} MB")


if __name__ == "__main__":
    main()
