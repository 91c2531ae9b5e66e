"""The README's page "When something is wrong": each symptom is produced, seen as it says, and mended as it says."""

import json
import shutil
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli.main import app
from pipeline.clock import SystemClock
from pipeline.connections import samples_of
from pipeline.delivery.dead_letter import build_dead_letter
from pipeline.index.samples import Sample
from pipeline.log.base import Log
from pipeline.log.sqlite import SqliteLog
from pipeline.settings import Settings
from schemas.article import RawArticle
from schemas.codec import encode
from schemas.errors import WORKER_CRASH, NewswireError, Rejected
from schemas.message import Message, OutgoingMessage
from schemas.topics import RAW, TOPICS
from tests.cli.conftest import Finished, run_newswire
from tests.index.making import NOW, article_id

TEXT = "The {} of Lindhaven opens again on Monday, the harbour office said, after a winter of repairs and of fog."
Run = Callable[..., Finished]


def make_raw(name: str) -> RawArticle:
    """Return a received article about that thing."""
    return RawArticle(
        article_id=article_id(name),
        version=1,
        fetched_at=NOW,
        channel="file",
        content=f"{name.title()} opens\n\n{TEXT.format(name)}",
        content_type="text",
    )


def run_here(folder: Path, *arguments: str | Path) -> Finished:
    """Run a command in this process, as `newswire` does: starting one for each would take most of the time."""
    environ = {"NEWSWIRE_DATA_DIR": str(folder), "NEWSWIRE_MODELS": "", "NEWSWIRE_PROCESSES": "1"}
    done = CliRunner().invoke(app, [str(one) for one in arguments], env=environ)
    if isinstance(done.exception, NewswireError):
        return Finished(1, done.stdout, done.stderr + str(done.exception))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return Finished(done.exit_code, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with two articles."""
    folder = tmp_path_factory.mktemp("wrong") / "data"
    lines = folder.parent / "two.jsonl"
    records = [{"title": f"{name.title()} opens", "text": TEXT.format(name), "url": f"https://a.example/{name}"}
               for name in ("lighthouse", "ferry")]  # fmt: skip
    lines.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    done = run_here(folder, "ingest", lines)
    assert done.code == 0, done.err
    return folder


@pytest.fixture
def folder(filled: Path, tmp_path: Path) -> Path:
    """A copy of the folder, for one test; that a copy of it is all that a backup needs is part of what is shown."""
    shutil.copytree(filled, tmp_path / "data")
    return tmp_path / "data"


@pytest.fixture
def newswire(folder: Path) -> Run:
    """Run a command on the copy."""

    def run(*arguments: str | Path) -> Finished:
        return run_here(folder, *arguments)

    return run


def found(newswire: Run, word: str) -> int:
    """Return how many articles a search finds."""
    return int(newswire("search", word, "--json").json["total"])


def open_log(folder: Path) -> Log:
    """Return the folder's log."""
    log = SqliteLog(folder / "log.db", SystemClock())
    log.create_topics(TOPICS)
    return log


def test_work_that_nobody_does(folder: Path, newswire: Run) -> None:
    """An article that waits is seen in status and trace, and worked on once something runs."""
    raw = make_raw("windmill")
    with closing(open_log(folder)) as log:
        log.send([OutgoingMessage(RAW.name, raw.article_id.encode(), encode(raw))])
    assert "enrich: 1 wait and no process works on them" in newswire("status").out
    assert "waits for enrich" in newswire("trace", raw.article_id).out
    assert newswire("run", "--once").code == 0
    assert found(newswire, "windmill") == 1
    assert "no process works" not in newswire("status").out


def test_dead_letters_of_a_crash(folder: Path, newswire: Run) -> None:
    """What a crash left is listed with its reason, and becomes an article when it is replayed."""
    raw = make_raw("bakery")
    message = Message(RAW.name, 0, 0, 0, raw.article_id.encode(), encode(raw))
    crash = Rejected(WORKER_CRASH, "the process ended by signal 11")
    letter = build_dead_letter(message, "enrich", crash, attempts=1, now=NOW, program_version="0")
    with closing(open_log(folder)) as log:
        log.send([letter])
    assert "worker-crash" in newswire("dead-letters", "list").out
    assert newswire("trace", raw.article_id, "--json").json["state"] == "refused"
    assert "1 dead letter sent again" in newswire("dead-letters", "replay", "--reason", "worker-crash").out
    assert newswire("run", "--once").code == 0
    assert newswire("trace", raw.article_id, "--json").json["state"] == "indexed"


def test_a_search_folder_that_is_gone(folder: Path, newswire: Run) -> None:
    """What searches need is built anew from the documents."""
    searches = list((folder / "index").glob("search-*"))
    assert searches
    for one in searches:
        shutil.rmtree(one)
    assert newswire("index", "reindex").code == 0
    assert found(newswire, "lighthouse") == 1


def test_documents_that_are_damaged(folder: Path, newswire: Run) -> None:
    """Doctor names the file; with the folder away, a replay brings back what the log holds."""
    (folder / "index" / "documents.db").write_bytes(b"not a database at all" * 500)
    for journal in (folder / "index").glob("documents.db-*"):
        journal.unlink()
    done = newswire("doctor")
    assert done.code == 1
    assert "documents.db" in done.out
    (folder / "index").rename(folder / "index-damaged")
    assert newswire("replay", "--re-index").code == 0
    assert found(newswire, "lighthouse") == found(newswire, "ferry") == 1
    assert newswire("doctor").code == 0


def test_a_setting_that_is_wrong(folder: Path) -> None:
    """The message names it, and what it may be meant to be."""
    done = run_newswire(folder, "status", NEWSWIRE_METRICS_INTERVALS="5")
    assert done.code == 2
    assert "metrics_interval_s" in done.err


def test_an_input_that_cannot_be_used(folder: Path, newswire: Run) -> None:
    """Its bytes and the reason can be looked at; the corrected input is taken."""
    file = folder.parent / "broken.jsonl"
    file.write_text('{"title": "Pier opens", "text": \n', encoding="utf-8")
    newswire("ingest", file)
    (letter,) = newswire("dead-letters", "list", "--reason", "bad-input", "--json").json
    assert "Pier opens" in newswire("dead-letters", "show", letter["id"]).out
    file.write_text(json.dumps({"title": "Pier opens", "text": TEXT.format("pier")}), encoding="utf-8")
    assert newswire("ingest", file).code == 0
    assert found(newswire, "pier") == 1


def test_an_article_that_has_to_go(newswire: Run) -> None:
    """After withdrawal no search finds it, also not after a replay."""
    assert newswire("withdraw", "https://a.example/ferry").code == 0
    assert found(newswire, "ferry") == 0
    assert newswire("replay", "--re-index").code == 0
    assert found(newswire, "ferry") == 0


def test_the_page_names_what_is_tested_here(repository: Path) -> None:
    """The commands that mend each symptom stand in the README."""
    text = (repository / "README.md").read_text(encoding="utf-8")
    page = text[text.index("## When something is wrong") :].split("\n## ")[0]
    for command in (
        *(
            "newswire trace ID",
            "newswire run",
            "newswire dead-letters replay --reason",
            "newswire dead-letters show ID",
        ),
        *("newswire index reindex", "newswire replay --re-index", "newswire withdraw ID", "newswire doctor"),
    ):
        assert command in page, command


def test_old_samples_go_with_old_months(tmp_path: Path) -> None:
    """Pruning says what would go of the pipeline's own history, too, and then lets it go; what is new stays."""
    data = tmp_path / "data"
    assert run_here(data, "status").code == 0
    with closing(samples_of(Settings(data_dir=data))) as samples:
        now = SystemClock().now()
        ages = {"old": now - timedelta(days=400), "new": now - timedelta(hours=1)}
        facts = {name: {"at": at.isoformat(), "kind": "stage", "stage": "index"} for name, at in ages.items()}
        samples.write([Sample(name, at, facts[name]) for name, at in ages.items()])
    prune = ("index", "prune", "--keep", "90d")
    assert json.loads(run_here(data, *prune, "--dry-run", "--json").out)["samples"] == 1
    assert "1 sample of the pipeline, deleted" in run_here(data, *prune).out
    assert json.loads(run_here(data, *prune, "--json").out)["samples"] == 0
