"""The README's page "When something is wrong": each symptom is produced, seen as it says, and mended as it says.

`symptom` names the row. Those of feeds and busy files are in `test_when_wrong_running`, those of a cluster in
`tests/faults/test_when_wrong_cluster`.
"""

import json
import re
import shutil
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline import roles
from pipeline.clock import SystemClock
from pipeline.connections import samples_of
from pipeline.delivery.dead_letter import build_dead_letter
from pipeline.delivery.limits import EXIT_BREAKER
from pipeline.index.samples import Sample
from pipeline.log.tools import read_topic
from pipeline.settings import Settings
from schemas.article import EnrichedArticle
from schemas.codec import decode, encode
from schemas.errors import WORKER_CRASH, Rejected
from schemas.message import Message, OutgoingMessage, TopicPartition
from schemas.topics import ENRICHED, RAW
from tests.cli.conftest import Finished, run_newswire
from tests.cli.operating import STORY, TEXT, Run, found, make_raw, make_record, open_log, run_here, write_lines
from tests.index.making import NOW


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with two articles."""
    folder = tmp_path_factory.mktemp("wrong") / "data"
    lines = write_lines(folder.parent / "two.jsonl", [make_record("lighthouse"), make_record("ferry")])
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


@pytest.mark.symptom("`status`: messages wait and no process works on them")
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


@pytest.mark.symptom("dead letters: `worker-crash`, `enrich` or `index-mapping`")
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


@pytest.mark.symptom("searches fail, or miss what `show` has (embedded)")
def test_a_search_folder_that_is_gone(folder: Path, newswire: Run) -> None:
    """What searches need is built anew from the documents."""
    searches = list((folder / "index").glob("search-*"))
    assert searches
    for one in searches:
        shutil.rmtree(one)
    assert newswire("index", "reindex").code == 0
    assert found(newswire, "lighthouse") == 1


@pytest.mark.symptom("`doctor`: `documents.db` is damaged (embedded)")
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


@pytest.mark.symptom("a command ends with exit code 2")
def test_a_setting_that_is_wrong(folder: Path) -> None:
    """The message names it, and what it may be meant to be."""
    done = run_newswire(folder, "status", NEWSWIRE_METRICS_INTERVALS="5")
    assert done.code == 2
    assert "metrics_interval_s" in done.err


@pytest.mark.symptom("dead letters: `bad-input`, `decode`, `not-an-article`")
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


@pytest.mark.symptom("an article has to go")
def test_an_article_that_has_to_go(newswire: Run) -> None:
    """After withdrawal no search finds it, also not after a replay."""
    assert newswire("withdraw", "https://a.example/ferry").code == 0
    assert found(newswire, "ferry") == 0
    assert newswire("replay", "--re-index").code == 0
    assert found(newswire, "ferry") == 0


def test_each_row_of_the_page_has_its_test(repository: Path) -> None:
    """Every symptom of the README is produced by some test, and no test is about a row that is gone."""
    text = (repository / "README.md").read_text(encoding="utf-8")
    page = text[text.index("## When something is wrong") :].split("\n## ")[0]
    rows = [line.split(" | ") for line in page.splitlines() if line.startswith("| ")][1:]
    symptoms = {row[0].removeprefix("| ") for row in rows}
    modules = [*(repository / "tests" / "cli").glob("test_*.py"), *(repository / "tests" / "faults").glob("test_*.py")]
    tested = {name for one in modules for name in re.findall(r'mark\.symptom\("(.+)"\)', one.read_text("utf-8"))}
    assert len(symptoms) >= 15
    assert symptoms == tested


@pytest.mark.symptom("the disk fills")
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


@pytest.mark.symptom("an article cannot be found")
def test_an_article_that_cannot_be_found(folder: Path, newswire: Run) -> None:
    """What trace says of it leads to it: a copy, one that was withdrawn, one that never came."""
    records = [make_record("slate", text=STORY), make_record("copied", title="Slate opens", text=STORY)]
    assert newswire("ingest", write_lines(folder.parent / "copy.jsonl", records)).code == 0
    assert "a copy of" in newswire("trace", "https://a.example/copied").out
    assert "https://a.example/copied" in newswire("search", "is:copy", "--json").out
    shown = [len(newswire("search", "slate", *more, "--json").json["hits"]) for more in ((), ("--copies",))]
    assert shown == [1, 2]
    newswire("withdraw", "https://a.example/ferry")
    assert "withdrawn" in newswire("trace", "https://a.example/ferry").out
    assert newswire("withdraw", "https://a.example/ferry", "--undo").code == 0
    assert found(newswire, "ferry") == 1
    never = newswire("trace", "https://a.example/pier")
    assert (never.code, "neither the log nor the index" in never.out) == (1, True)
    assert newswire("ingest", write_lines(folder.parent / "pier.jsonl", [make_record("pier")])).code == 0
    assert found(newswire, "pier") == 1


@pytest.mark.symptom("a worker ends with exit code 78")
def test_so_much_was_refused_that_it_stopped(folder: Path, newswire: Run) -> None:
    """It stops and says so, its dead letters show what is wrong, and once that is mended the next start goes on.

    `newswire run` is all workers in one process; `tests/faults` holds a worker of a cluster to the same.
    """
    raw = make_raw("bakery")
    broken = [OutgoingMessage(RAW.name, b"k", b'{"bad"') for _ in range(60)]
    with closing(open_log(folder)) as log:
        log.send([*broken, OutgoingMessage(RAW.name, b"k", encode(raw))])
    stopped = newswire("run", "--once")
    assert stopped.code == EXIT_BREAKER
    assert "enrich stopped: so many records in a row were refused" in stopped.err
    letters = newswire("dead-letters", "list", "--json").json
    assert [letter["reason"] for letter in letters] == ["decode"] * 50
    assert newswire("run", "--once").code == 0
    assert found(newswire, "bakery") == 1
    assert len(newswire("dead-letters", "list", "--limit", "99", "--json").json) == 60


@pytest.mark.symptom("names or dates are of an older version")
def test_articles_from_before_an_upgrade(filled: Path, tmp_path: Path) -> None:
    """A dry run counts those that an older program enriched; the replay enriches them anew, and none is left."""
    with closing(open_log(filled)) as log:
        raw = next(iter(read_topic(log, RAW.name)))
        enriched = next(one for one in read_topic(log, ENRICHED.name) if one.key == raw.key)
    article = decode(EnrichedArticle, enriched.value or b"")
    number, wanted = article.enrichment.version, article.article_id
    before = article.enrichment.model_copy(update={"version": number - 1})
    older = encode(article.model_copy(update={"enrichment": before}))
    data = tmp_path / "data"
    with closing(open_log(data)) as log:
        # As the older program left it: received, worked on, and passed on with its own version.
        log.send([OutgoingMessage(RAW.name, raw.key, raw.value)])
        with closing(log.subscribe(roles.ENRICH.group, [RAW.name])) as worker:
            while not (taken := worker.poll(10, 1_000_000, 1.0)):
                pass
            worker.commit({TopicPartition(RAW.name, taken[0].partition): taken[0].offset + 1})
        log.send([OutgoingMessage(ENRICHED.name, enriched.key, older, enriched.headers)])
    assert run_here(data, "run", "--once").code == 0
    assert run_here(data, "trace", wanted, "--json").json["index"]["enrichment_version"] == number - 1
    again = ("replay", "--re-enrich", "--stale")
    assert run_here(data, *again, "--dry-run", "--json").json["selected"] == 1
    assert run_here(data, *again).code == 0
    assert run_here(data, *again, "--dry-run", "--restart", "--json").json["selected"] == 0
    assert run_here(data, "trace", wanted, "--json").json["index"]["enrichment_version"] == number
