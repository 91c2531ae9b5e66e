"""What `newswire status` says of the stages, and how it looks."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from pipeline.cli.status import describe
from pipeline.clock import SystemClock
from pipeline.index.samples import Sample
from pipeline.index.sqlite_samples import SqliteSamples
from pipeline.log.sqlite import SqliteLog
from pipeline.monitoring.stage_report import report_stage
from pipeline.monitoring.status import read_status
from schemas.message import OutgoingMessage
from schemas.topics import RAW, TOPICS
from tests.contracts.sample_contract import make_sample

NOW = datetime(2026, 7, 15, 12, tzinfo=UTC)


def say(process: str, seconds_ago: float, **fields: object) -> Sample:
    """Return what a process of the index stage said so long ago."""
    at = NOW - timedelta(seconds=seconds_ago)
    sample = make_sample(f"{process}/{seconds_ago}", at)
    return replace(
        sample, fields={**sample.fields, "process": process, "state": "running", "memory_bytes": 1000, **fields}
    )


def test_rates_of_all_processes_add_up() -> None:
    """Two processes that finish 5 and 10 a second make 15; the worst latency is shown; what is older counts no more."""
    samples = [
        say("a:1", 5, done=40, dropped=10, latency_p50_ms=100.0, latency_p99_ms=900.0),
        say("b:2", 7, done=100, latency_p50_ms=300.0, latency_p99_ms=400.0),
        say("a:1", 15, done=50),
        say("b:2", 300, done=100_000, retries=3),
    ]
    report = report_stage("index", samples, 7, NOW)
    assert (report.processes, report.states, report.per_second) == (2, "running 2", 15.0)
    assert (report.latency_p50_ms, report.latency_p99_ms) == (300.0, 900.0)
    assert (report.waiting, report.retries, report.memory_bytes) == (7, 3, 2000)


@pytest.mark.parametrize(
    ("sample", "processes"),
    [
        (say("a:1", 25), 1),
        (say("a:1", 31), 0),
        (say("a:1", 100, interval_s=60), 1),
        (say("a:1", 2, state="stopped"), 0),
        (say("a:1", 2, stage="enrich"), 0),
    ],
)
def test_who_runs(sample: Sample, processes: int) -> None:
    """A process runs while it has spoken within three of its intervals, and not said that it stopped."""
    assert report_stage("index", [sample], None, NOW).processes == processes


def test_what_is_blocked_comes_first() -> None:
    """A blockage is told with its place and reason, before the last errors of others."""
    error = {"last_error": "timed out", "last_error_at": "2026-07-15T11:00:00Z"}
    samples = [say("a:1", 1, **error), say("b:2", 2, blocked=1, blocked_where="step", blocked_why="refused", **error)]
    report = report_stage("index", samples, 0, NOW)
    assert report.states == "blocked 1, running 1"
    assert [(one.process, one.why, one.blocked) for one in report.troubles] == [
        ("b:2", "refused", True),
        ("a:1", "timed out", False),
    ]


@pytest.fixture
def log(tmp_path: Path) -> SqliteLog:
    """A log in which two raw articles wait."""
    log = SqliteLog(tmp_path / "log.db", SystemClock())
    log.create_topics(TOPICS)
    log.send([OutgoingMessage(RAW.name, b"%d" % number, b"{}") for number in range(2)])
    return log


def test_work_without_workers_is_named(log: SqliteLog, tmp_path: Path) -> None:
    """Messages that wait for a stage without a process are said to, in words; so is what blocks a stage."""
    store = SqliteSamples(tmp_path / "samples.db")
    store.write([say("b:2", 2, blocked=1, blocked_where="step", blocked_why="Elasticsearch does not answer")])
    report = read_status(log, store, NOW, 12, {"decode": 3})
    console = Console(file=StringIO(), width=100)
    console.print(describe(report))
    printed = " ".join(console.file.getvalue().split())  # type: ignore[attr-defined] # it is the StringIO from above
    assert "enrich: 2 wait and no process works on them" in printed
    assert "index (b:2) is blocked at step: Elasticsearch does not answer" in printed
    assert "index: 12 articles dead letters: decode 3" in printed
    facts = report.as_json()
    assert facts["topics"][RAW.name] == {"messages": 2, "lag": {"newswire-enrich": 2}}
    assert (facts["stages"]["enrich"]["waiting"], facts["index"]) == (2, {"articles": 12})


def test_each_figure_stands_under_its_heading(log: SqliteLog, tmp_path: Path) -> None:
    """On a narrow terminal too: what was refused under `refused`, the memory of the processes under `memory`."""
    store = SqliteSamples(tmp_path / "samples.db")
    store.write([say("a:1", 2, dead_lettered=3, retries=7, memory_bytes=50 * 2**20)])
    console = Console(file=StringIO(), width=80)
    console.print(describe(read_status(log, store, NOW, 12, {})))
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined] # it is the StringIO from above
    headings, row = lines[0], next(line for line in lines if line.startswith("index"))
    for heading, value in (("waiting", "0"), ("refused", "3"), ("memory", "50 MiB")):
        end = headings.index(heading) + len(heading)
        assert row[:end].endswith(f" {value}")


def test_samples_that_cannot_be_read_cost_only_themselves(log: SqliteLog, tmp_path: Path) -> None:
    """Topics and lag are shown when samples cannot be read, and it is said that they could not."""
    file = tmp_path / "samples.db"
    file.write_bytes(b"this is no database" * 100)
    report = read_status(log, SqliteSamples(file), NOW, None, {})
    assert report.topics[RAW.name].messages == 2
    assert report.unknown
    console = Console(file=StringIO(), width=200)
    console.print(describe(report))
    assert "rates are unknown" in console.file.getvalue()  # type: ignore[attr-defined] # as above
