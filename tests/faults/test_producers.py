"""T14: `newswire ingest` while Kafka is away, killed in the middle, on a full disk, and with a huge article."""

import json
import resource
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.delivery.dead_letter import parse_dead_letter
from pipeline.log.base import Log
from pipeline.log.tools import read_topic
from pipeline.producers.files import read_path
from schemas.article import RawArticle
from schemas.codec import decode
from schemas.errors import TOO_LARGE
from schemas.topics import RAW
from tests.faults.checks import read_dead_letters
from tests.faults.installation import BIN, Installation, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

ARTICLES = 2_000
FULL_DISK_BYTES = 48 * 1024


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Articles, one of them larger than the topic takes."""
    path = tmp_path / "loads.jsonl"
    with path.open("w", encoding="utf-8") as out:
        for number in range(ARTICLES):
            text = f"Ship {number} came in with timber, said Ida Lund.\n\n" * (60_000 if number == 7 else 1)
            record = {"title": f"Ship {number}", "text": text, "url": f"https://lindhaven.example/ships/{number}"}
            out.write(json.dumps(record) + "\n")
    return path


def start(here: Installation, file: Path, max_file_bytes: int | None = None) -> subprocess.Popen[str]:
    """Start an ingest; with a limit, no file of it can grow beyond."""

    def limit() -> None:
        if max_file_bytes is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (max_file_bytes, max_file_bytes))

    return subprocess.Popen(
        [BIN / "newswire", "ingest", file, "--json"],
        env=here.environ(),
        cwd=here.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=limit,  # noqa: PLW1509 - the child has one thread, and only it may be limited
    )


def count_sent(log: Log) -> int:
    """Return how many messages the raw topic holds."""
    return sum(span.end for span in log.offsets(RAW.name).values())


def check_complete(log: Log, file: Path) -> None:
    """Fail unless every article of the file is in the topic, always under one version, and the huge one refused."""
    wanted = {item.article_id for item in read_path(file) if isinstance(item, RawArticle)}
    found: dict[str, set[int]] = {}
    for message in read_topic(log, RAW.name):
        article = decode(RawArticle, message.value)
        found.setdefault(article.article_id, set()).add(article.version)
    letters = [parse_dead_letter(message) for message in read_dead_letters(log).values()]
    assert [letter.reason for letter in letters] == [TOO_LARGE]
    assert len(wanted) == ARTICLES
    assert len(wanted - found.keys()) == 1
    assert {len(versions) for versions in found.values()} == {1}, "sent again, and as another version"


def test_an_ingest_that_is_killed_is_repeated_without_loss(installation: Installation, log: Log, file: Path) -> None:
    """After kill -9 in the middle of sending, the same command sends what is missing; the huge article is refused."""
    for part in (1, ARTICLES // 2):
        process = start(installation, file)
        wait_until(lambda: count_sent(log) >= part or process.poll() is not None, 60.0, lambda: "nothing was sent")  # noqa: B023 - used at once
        process.send_signal(signal.SIGKILL)
        process.communicate()
    out, err = start(installation, file).communicate(timeout=90)
    assert json.loads(out)["read"] == ARTICLES, err
    check_complete(log, file)


def test_a_full_disk_is_named_and_loses_nothing(installation: Installation, log: Log, file: Path) -> None:
    """An ingest that cannot remember what it sent stops with a sentence; with room again it sends what is missing."""
    process = start(installation, file, FULL_DISK_BYTES)
    _, err = process.communicate(timeout=90)
    assert process.returncode == 1, err
    assert "ledger" in err
    assert "Traceback" not in err
    process = start(installation, file)
    out, err = process.communicate(timeout=90)
    assert process.returncode == 0, err
    assert json.loads(out)["bad"] == 1
    check_complete(log, file)


def test_an_ingest_without_a_broker_says_so(installation: Installation, log: Log, file: Path) -> None:
    """When nothing can be delivered the command ends with code 1, a sentence and no claim of having sent anything."""
    nowhere = replace(installation, kafka="127.0.0.1:9")
    started = time.monotonic()
    process = start(nowhere, file)
    out, err = process.communicate(timeout=100)
    assert process.returncode == 1, err
    assert "127.0.0.1:9" in err
    assert (out, "Traceback" in err) == ("", False)
    assert time.monotonic() - started < 90
    assert count_sent(log) == 0
