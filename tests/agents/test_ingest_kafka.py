"""`newswire ingest` onto a real Kafka, from the outside: what it sends, what it claims, and what a kill costs."""

import json
import signal
import subprocess
import time
from pathlib import Path

import pytest

from pipeline.log.base import Log
from pipeline.log.tools import read_topic
from pipeline.producers.files import read_path
from schemas.article import RawArticle
from schemas.codec import decode
from schemas.topics import RAW
from tests.faults.installation import BIN, Installation, wait_until

MANY = 4000


def write_ferries(path: Path, count: int) -> Path:
    """Write a file of so many articles, a JSON line each."""
    text = "The ferry {} of the island line sails again, the harbour office of Lindhaven said on Monday. "
    lines = (
        json.dumps({"title": f"Ferry {n}", "text": text.format(n) * 4, "url": f"https://lindhaven.example/{n}"})
        for n in range(count)
    )
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def count_sent(log: Log) -> int:
    """Return how many raw messages the log holds."""
    return sum(span.end - span.begin for span in log.offsets(RAW.name).values())


@pytest.mark.timeout(200)
def test_ingest_claims_only_what_it_did(bare_installation: Installation, tmp_path: Path) -> None:
    """Without workers it returns when Kafka has everything, says how to watch it, and never that it is indexed."""
    installation = bare_installation
    installation.set_up()
    folder = tmp_path / "texts"
    folder.mkdir()
    for number in range(40):
        (folder / f"{number}.txt").write_text(f"Quay {number} opens\n\nQuay {number} of Lindhaven opened.", "utf-8")
    done = installation.newswire("ingest", folder, "--json")
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    assert (facts["sent"], facts["bad"]) == (40, 0)
    assert not {"indexed", "searchable"} & facts.keys()
    again = installation.newswire("ingest", folder, "--again")
    assert "40 sent" in again.stdout
    assert "newswire status" in again.stderr
    waited = installation.newswire("ingest", folder, "--again", "--wait", "--wait-limit", "1", "--json")
    assert waited.returncode == 1
    assert json.loads(waited.stdout)["missing"] == 40
    assert "newswire worker" in waited.stderr
    log = installation.open_log()
    try:
        assert count_sent(log) == 120
    finally:
        log.close()


@pytest.mark.timeout(200)
def test_wait_returns_when_everything_can_be_found(bare_installation: Installation, tmp_path: Path) -> None:
    """With workers and --wait, the first search after it finds every article; what was refused is counted."""
    installation = bare_installation
    installation.set_up()
    file = write_ferries(tmp_path / "ferries.jsonl", 60)
    page = tmp_path / "sitemap.html"
    page.write_text("<html><head><title>Map</title></head><body><nav><a href='/'>Home</a></nav></body></html>", "utf-8")
    with installation.start("enrich") as enrich, installation.start("index") as index:
        enrich.wait_ready()
        index.wait_ready()
        done = installation.newswire("ingest", file, page, "--wait", "--wait-limit", "80", "--json")
        found = installation.newswire("search", "ferry", "--copies", "--limit", "1", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    facts = json.loads(done.stdout)
    assert (facts["sent"], facts["missing"]) == (61, 0)
    assert (facts["searchable"], facts["refused"]) == (60, 1)
    assert json.loads(found.stdout)["total"] == 60


@pytest.mark.timeout(200)
def test_what_the_embedded_log_has_is_sent_to_kafka_too(bare_installation: Installation, tmp_path: Path) -> None:
    """Somebody who tried newswire on the embedded log first finds the same articles on Kafka, from one data folder."""
    installation = bare_installation
    installation.set_up()
    file = write_ferries(tmp_path / "ferries.jsonl", 3)
    embedded = {name: value for name, value in installation.environ().items() if not name.endswith("_URL")}
    first = subprocess.run(
        [BIN / "newswire", "ingest", file, "--json"],
        env=embedded,
        cwd=installation.folder,
        capture_output=True,
        check=True,
    )
    assert json.loads(first.stdout)["sent"] == 3
    done = installation.newswire("ingest", file, "--json")
    assert json.loads(done.stdout)["sent"] == 3, done.stderr
    again = installation.newswire("ingest", file, "--json")
    assert (json.loads(again.stdout)["sent"], json.loads(again.stdout)["unchanged"]) == (0, 3)


@pytest.mark.timeout(200)
def test_killed_ingest_goes_on(bare_installation: Installation, tmp_path: Path) -> None:
    """Killed in the middle and started again, Kafka holds every article, and the ledger knows all of them."""
    installation = bare_installation
    installation.set_up()
    file = write_ferries(tmp_path / "ferries.jsonl", MANY)
    log = installation.open_log()
    process = subprocess.Popen(
        [BIN / "newswire", "ingest", file], env=installation.environ(), cwd=tmp_path, stderr=subprocess.DEVNULL
    )
    try:
        wait_until(lambda: count_sent(log) > 0, 60, lambda: "nothing was sent")
        time.sleep(0.2)
        process.send_signal(signal.SIGKILL)
        process.wait()
        first = count_sent(log)
        second = json.loads(installation.newswire("ingest", file, "--json").stdout)
        assert second["sent"] + second["unchanged"] == MANY
        assert second["unchanged"] <= first, "the ledger may never know more than Kafka has"
        wanted = {item.article_id for item in read_path(file) if isinstance(item, RawArticle)}
        assert {decode(RawArticle, message.value).article_id for message in read_topic(log, RAW.name)} == wanted
        third = json.loads(installation.newswire("ingest", file, "--json").stdout)
        assert (third["sent"], third["unchanged"]) == (0, MANY)
    finally:
        process.kill()
        process.wait()
        log.close()
