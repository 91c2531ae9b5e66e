"""The README's page "When something is wrong", of what happens while something runs: feeds, and files that are held."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.feed_farm import running_farm
from tests.cli.operating import Run, found, make_record, run_here, write_lines

# As in a farm of fifty feeds: every second answer of this one is an error of its server.
FLAPPING = 35


@pytest.fixture
def newswire(tmp_path: Path) -> Run:
    """Run a command in an empty place, where feeds may be on loopback."""
    variables = {"NEWSWIRE_FETCH_ALLOW_LOOPBACK": "true", "NEWSWIRE_FETCH_HOST_DELAY_S": "0.01"}
    return lambda *arguments: run_here(tmp_path / "data", *arguments, **variables)


@pytest.mark.symptom("a source is silent")
def test_a_silent_source(newswire: Run) -> None:
    """The list has the error and the next poll; a check says what a poll finds now; that poll brings the articles."""
    with running_farm(50, 3600.0) as farm:
        host = next(host for host in farm.hosts if host.kind == "flapping")
        url = farm.url(host)
        newswire("feeds", "add", url)
        assert newswire("feeds", "run", "--once", "--json").json["articles"] == 0
        [feed] = newswire("feeds", "list", "--health", "failing", "--json").json
        assert (feed["reason"], feed["url"]) == ("http-502", url)
        assert feed["next_poll_at"]
        checked = newswire("feeds", "check", url)
        assert (checked.code, f"entries        {farm.count(host)}" in checked.out) == (0, True)
        broken = newswire("feeds", "check", url)
        assert (broken.code, "status 502" in broken.err) == (1, True)
        assert newswire("feeds", "run", "--once", "--all", "--json").json["articles"] == farm.count(host)
        assert newswire("feeds", "list", "--health", "failing", "--json").json == []


@pytest.mark.symptom("a command waits or answers slowly")
def test_a_file_that_is_held(newswire: Run, tmp_path: Path) -> None:
    """While a process writes for long, whoever only reads is answered at once; status shows what waits where."""
    assert newswire("ingest", write_lines(tmp_path / "one.jsonl", [make_record("lighthouse")])).code == 0
    for name in ("index/documents.db", "log.db", "ledger.db", "feeds.db"):
        with closing(sqlite3.connect(tmp_path / "data" / name, isolation_level=None)) as held:
            held.execute("BEGIN IMMEDIATE")  # and never given back: whoever waited for it would fail in the end
            assert found(newswire, "lighthouse") == 1
            assert "index: 1 article" in newswire("status").out
            assert newswire("feeds", "list").code == 0
    assert newswire("status", "--json").json["stages"]["index"]["waiting"] == 0
