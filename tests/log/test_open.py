"""An address names a log, or the error says what an address looks like."""

import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.clock import SystemClock
from pipeline.log.open import open_log
from schemas.errors import ConfigurationError
from schemas.topics import TOPICS


def test_a_sqlite_address_opens_a_file_in_a_new_folder(tmp_path: Path) -> None:
    """The file and its folder are made when they are missing."""
    path = tmp_path / "new" / "log.db"
    log = open_log(f"sqlite:///{path}", SystemClock())
    log.create_topics(TOPICS)
    assert list(log.verify_topics(TOPICS)) == []
    log.close()
    assert path.exists()


def test_a_relative_sqlite_address_is_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three slashes name a path from the working folder, four an absolute one."""
    monkeypatch.chdir(tmp_path)
    open_log("sqlite:///here.db", SystemClock()).close()
    assert (tmp_path / "here.db").exists()


@pytest.mark.parametrize("url", ["", "sqlite:///", "sqlite://log.db", "postgres://host/log", "/var/log.db", "kafka"])
def test_other_addresses_are_refused(url: str) -> None:
    """Anything else is an error that shows the two forms."""
    with pytest.raises(ConfigurationError, match=r"sqlite:///path nor kafka://host:port"):
        open_log(url, SystemClock())


@pytest.mark.parametrize(
    "url",
    [
        "kafka://h1:9092",
        "kafka://h1,h2:9093/",
        "kafka://127.0.0.1:19092",
        "kafka://[::1]:9092",
        "kafka://broker-1.example",
    ],
)
def test_kafka_addresses_open_without_asking_the_brokers(url: str) -> None:
    """A program may start before its brokers do: the address is read, and nothing is connected."""
    log = open_log(url, SystemClock(), topic_prefix="a.", replication=3)
    assert log.prune() == 0
    log.close()


@pytest.mark.parametrize(
    "url", ["kafka://", "kafka://h1:9092,", "kafka://h1:port", "kafka://h1:0", "kafka://h1:70000", "kafka://a b"]
)
def test_malformed_kafka_addresses_are_refused(url: str) -> None:
    """What is not a list of host:port is an error that shows one."""
    with pytest.raises(ConfigurationError, match="as in kafka://broker-1:9092"):
        open_log(url, SystemClock())


def test_the_embedded_log_needs_no_kafka_client(tmp_path: Path) -> None:
    """Opening a file does not import the Kafka client, which takes half a second."""
    program = (
        "import sys; from pipeline.clock import SystemClock; from pipeline.log.open import open_log;"
        f"open_log('sqlite:///{tmp_path / 'log.db'}', SystemClock()).close(); sys.exit('kafka' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
