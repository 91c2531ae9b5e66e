"""What starts the services: pins, jars, processes, and that nothing is left behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.services.elastic_server import ElasticServer
from tests.services.jars import load_jars, load_roots
from tests.services.kafka_server import KafkaServer
from tests.services.server import HOST, PORTS, StartFailed, accepts_connections, free_port, remove_abandoned_folders
from tests.services.shared_servers import SharedServers

WAIT_SECONDS = 20.0


def gone(pid: int) -> bool:
    """Say whether a process has ended, waiting for it."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


def test_the_lock_holds_what_the_pins_say() -> None:
    """Every pinned version is the locked one: changing a pin without resolving again is noticed."""
    locked = {(jar.group, jar.coordinate) for jar in load_jars()}
    assert {(group, root) for group, roots in load_roots().items() for root in roots} <= locked


def test_every_jar_is_locked_with_its_checksum() -> None:
    """No jar is used that was not verified, and the server finds no class twice."""
    jars = load_jars()
    assert all(len(jar.sha256) == 64 and jar.size > 0 for jar in jars)
    server = {jar.coordinate.rsplit(":", 1)[0] for jar in jars if jar.group == "elasticsearch"}
    netty = {jar.coordinate.rsplit(":", 1)[0] for jar in jars if jar.group == "netty"}
    assert not server & netty


def test_ports_are_free_and_outside_the_clients_range() -> None:
    """A restarted server finds its port again, because no client can have been given it."""
    port = free_port()
    assert port in PORTS
    assert not accepts_connections(port)


@pytest.mark.usefixtures("startable_services")
def test_a_failed_start_shows_why() -> None:
    """The error holds the server's own words, and neither process nor folder remains."""
    server = ElasticServer({"no.such.setting": 1}, heap="256m")
    with pytest.raises(StartFailed, match=r"unknown setting \[no\.such\.setting\]"), server:
        pytest.fail("started with a setting that does not exist")
    assert not server.is_running
    assert not server.folder.exists()


@pytest.mark.usefixtures("startable_services")
def test_closing_leaves_nothing() -> None:
    """After the block there is no process, no port and no folder."""
    with KafkaServer() as server:
        pid, port = server.pid, server.port
        assert pid is not None
    assert gone(pid)
    assert not accepts_connections(port)
    assert not server.folder.exists()


@pytest.mark.usefixtures("startable_services")
def test_workers_share_one_server(tmp_path: Path) -> None:
    """The second worker gets the address of the first one's server, and the owner ends it by its id."""
    folder = tmp_path / "run"
    folder.mkdir()
    first, second = (SharedServers(folder, os.getpid()) for _ in range(2))
    address = first.address("kafka")
    assert second.address("kafka") == address
    port = int(address.removeprefix(f"{HOST}:"))
    assert accepts_connections(port)
    second.stop()
    assert not accepts_connections(port)
    assert not folder.exists()


@pytest.mark.usefixtures("startable_services")
def test_a_server_ends_with_its_owner(repository: Path) -> None:
    """Even kill -9 of the process that started a server leaves no server, and the next run removes its folder."""
    program = (
        "import time\n"
        "from tests.services.kafka_server import KafkaServer\n"
        "server = KafkaServer().start()\n"
        "print(server.pid, server.folder, flush=True)\n"
        "time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], cwd=repository, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        pid, folder = owner.stdout.readline().split()
        assert psutil.pid_exists(int(pid))
        remove_abandoned_folders()
        assert Path(folder).exists()
        owner.kill()
    assert gone(int(pid))
    remove_abandoned_folders()
    assert not Path(folder).exists()


@pytest.mark.usefixtures("startable_services")
def test_the_command_for_people_starts_and_stops_both(repository: Path) -> None:
    """`make services` prints addresses that answer and commands to use them, and stops both when told to."""
    command = [sys.executable, str(repository / "tests" / "services" / "run.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines: list[str] = []
        while not any("Ctrl-C" in line for line in lines):
            line = process.stdout.readline()
            assert line, process.stderr.read() if process.stderr else ""
            lines.append(line)
        exports = next(line for line in lines if "NEWSWIRE_LOG_URL" in line)
        ports = [int(word.rsplit(":", 1)[1]) for word in exports.split() if "=" in word]
        assert all(accepts_connections(port) for port in ports)
        process.send_signal(signal.SIGTERM)
        assert process.wait(WAIT_SECONDS) == 0
    assert len(ports) == 2
    assert not any(accepts_connections(port) for port in ports)
