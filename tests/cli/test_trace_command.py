"""`newswire trace` as a person asks it: what it says of each kind of article is what log, index and searches hold."""

import re
import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli.trace import find_id
from schemas.message import OutgoingMessage
from schemas.topics import RAW
from tests.cli.operating import STORY, TEXT, Run, make_record, open_log, run_here, write_lines
from tests.index.making import article_id

NORMAL, ORIGINAL, COPY, UPDATED, SHORT = (
    f"https://{host}.example/{name}"
    for host, name in (("a", "lighthouse"), ("a", "slate"), ("echo", "slate"), ("a", "ferry"), ("a", "short"))
)
DEAD = article_id("dead")
PATH = ["received", "enriched", "indexed", "grouped"]


def newswire_on(folder: Path) -> Run:
    """Run a command on the folder."""
    return lambda *arguments: run_here(folder, *arguments)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which everything has happened to some article, by commands alone; one was sent by a bad program."""
    folder = tmp_path_factory.mktemp("trace") / "data"
    run = newswire_on(folder)

    def ingest(name: str, *records: dict[str, str]) -> None:
        done = run("ingest", write_lines(folder.parent / f"{name}.jsonl", records))
        assert done.code == 0, done.err

    ingest(
        "first",
        make_record("lighthouse"),
        make_record("slate", text=STORY),
        make_record("ferry"),
        make_record("short", title="", text="Ok."),
    )
    ingest("second", make_record("slate", text=STORY, url=COPY), make_record("ferry", text=TEXT.format("new ferry")))
    with closing(open_log(folder)) as log:
        log.send([OutgoingMessage(RAW.name, DEAD.encode(), b'{"schema_version": 1, "article_id"')])
    assert run("run", "--once").code == 0
    return folder


@pytest.fixture
def newswire(folder: Path) -> Run:
    """Run a command there that changes nothing."""
    return newswire_on(folder)


def traced(newswire: Run, wanted: str) -> dict[str, Any]:
    """Return the trace as JSON, after its lines for people were seen to say the same."""
    trace: dict[str, Any] = newswire("trace", wanted, "--json").json
    lines = newswire("trace", wanted).out
    assert lines.startswith(trace["article_id"])
    assert trace["summary"] in lines
    assert all(step["position"] in lines for step in trace["steps"])
    assert trace["article_id"] == find_id(wanted)
    return trace


def stages(trace: dict[str, Any]) -> list[str]:
    """Return the stages of the path, in order."""
    return [step["stage"] for step in trace["steps"]]


def test_a_normal_article(newswire: Run) -> None:
    """Four steps, the index's own version and story, and a search that finds it once."""
    trace, shown = traced(newswire, NORMAL), newswire("show", find_id(NORMAL), "--json").json
    assert (trace["state"], stages(trace), trace["title"]) == ("indexed", PATH, "Lighthouse opens")
    assert trace["index"]["version"] == shown["version"]
    assert trace["index"]["story_id"] == trace["steps"][-1]["facts"]["story_id"]
    assert newswire("search", "lighthouse", "--json").json["total"] == 1


def test_a_copy(newswire: Run) -> None:
    """Of which article it is a copy; the same search finds it with copies, and only the original without."""
    trace = traced(newswire, COPY)
    assert (trace["state"], stages(trace)) == ("indexed", PATH)
    assert trace["index"]["copy_of"] == trace["steps"][-1]["facts"]["copy_of"] == find_id(ORIGINAL)
    assert not traced(newswire, ORIGINAL)["index"]["is_copy"]
    hits = [len(newswire("search", "slate", *also, "--json").json["hits"]) for also in ((), ("--copies",))]
    assert hits == [1, 2]


def test_an_updated_article(newswire: Run) -> None:
    """Both versions with their steps; the index holds the newer, and its text."""
    trace, shown = traced(newswire, UPDATED), newswire("show", UPDATED, "--json").json
    versions = [step["version"] for step in trace["steps"] if step["stage"] == "received"]
    assert (trace["state"], len(versions)) == ("indexed", 2)
    assert versions[0] < versions[1] == trace["index"]["version"] == shown["version"]
    assert [step["version"] for step in trace["steps"] if step["stage"] == "indexed"] == versions
    assert newswire("search", '"new ferry"', "--json").json["total"] == 1


def test_a_dead_letter(newswire: Run) -> None:
    """Stage, reason and the letter's number, under which its bytes are shown; it is in no search."""
    trace = traced(newswire, DEAD)
    assert (trace["state"], stages(trace), trace["index"]) == ("refused", ["received", "refused"], None)
    facts = trace["steps"][-1]["facts"]
    assert (facts["stage"], facts["reason"]) == ("enrich", "decode")
    [letter] = newswire("dead-letters", "list", "--reason", "decode", "--json").json
    assert letter["id"] == facts["letter"]
    assert "schema_version" in newswire("dead-letters", "show", facts["letter"]).out


def test_not_an_article(newswire: Run) -> None:
    """What has no text to speak of is told apart from what failed, with the sentence of its dead letter."""
    trace = traced(newswire, SHORT)
    assert (trace["state"], stages(trace), trace["index"]) == ("not-an-article", ["received", "refused"], None)
    [letter] = newswire("dead-letters", "list", "--reason", "not-an-article", "--json").json
    assert letter["id"] == trace["steps"][-1]["facts"]["letter"]


def test_an_article_of_nobody(newswire: Run) -> None:
    """An address that was never seen: exit code 1, and nothing made up."""
    done = newswire("trace", "https://a.example/never")
    assert done.code == 1
    assert "neither the log nor the index holds anything of it" in done.out


def test_a_back_filled_article(folder: Path, tmp_path: Path) -> None:
    """After a replay the second way is marked as back-fill; version and story of the index are those from before."""
    newswire = newswire_on(Path(shutil.copytree(folder, tmp_path / "data")))
    before = traced(newswire, NORMAL)
    assert newswire("replay", "--re-enrich").code == 0
    trace = traced(newswire, NORMAL)
    again = trace["steps"][len(before["steps"]) :]
    assert trace["steps"][: len(before["steps"])] == before["steps"]
    assert [step["stage"] for step in again] == PATH[: len(again)]
    assert len(again) >= 3
    assert all(step["backfill"] for step in again[:3])
    assert not any(step["backfill"] for step in before["steps"])
    assert trace["state"] == "indexed"
    assert trace["index"] | {"indexed_at": None} == before["index"] | {"indexed_at": None}
    assert re.search(r"received \(back-fill\)", newswire("trace", NORMAL).out)
