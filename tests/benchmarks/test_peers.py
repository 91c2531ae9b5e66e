"""The comparison with other programs: what they write is read, judged alike, and shown with the best in bold."""

import json
import sys
from pathlib import Path
from urllib.request import urlopen

import feedparser
import pytest

from benchmarks.figures import Figure
from benchmarks.peers.finding import Finding, of_document, read_lines, read_trafilatura
from benchmarks.peers.install import CONSTRAINTS, pinned_version
from benchmarks.peers.page_set import build_first_page, write_page_set
from benchmarks.peers.running import run_on_one_core
from benchmarks.peers.scoring import GoldPage, judge_names, judge_pages
from benchmarks.peers.table import NOT_DONE, Row, build_figures, build_table, read_columns
from pipeline.evaluate.headlines import digest

TEXT = "The ferry to Sandwick left at six on Monday and came back at nine."
GOLD = GoldPage(
    "a",
    text=TEXT,
    headline=digest("Ferry is late"),
    days=frozenset({"2026-11-02", "2026-11-03"}),
    authors=frozenset({digest("Ada Holm"), digest("Bo Lind")}),
    agency="reuters",
    publishers=("Sandwick Herald", "Herald"),
)
RIGHT = Finding("Ferry is late", "2026-11-03", ("Ada Holm", "Bo Lind"), TEXT, "The Sandwick Herald", "reuters")


def test_all_right_is_one_everywhere() -> None:
    """Every share is 1, and no page is without a result."""
    figures = judge_pages({"a": RIGHT}, [GOLD])
    assert figures.pop("without") == 0
    assert set(figures.values()) == {1.0}


@pytest.mark.parametrize("found", [{}, {"a": Finding(error="ValueError('no')")}], ids=["no line", "an error"])
def test_a_page_without_a_result_is_wrong_everywhere(found: dict[str, Finding]) -> None:
    """A failure counts, whether the program said it or only left the page out."""
    figures = judge_pages(found, [GOLD])
    assert figures.pop("without") == 1
    assert set(figures.values()) == {0.0}


def test_one_author_too_few_or_too_many_is_wrong() -> None:
    """Authors are right when all are there and nobody else."""
    for authors in (("Ada Holm",), ("Ada Holm", "Bo Lind", "Follow us")):
        assert judge_pages({"a": Finding(text=TEXT, authors=authors)}, [GOLD])["authors"] == 0


def test_what_readers_left_open_is_not_judged() -> None:
    """Shares are of the pages whose gold has the fact; an agency that is none where none is right costs nothing."""
    open_page = GoldPage("b", text=TEXT)
    figures = judge_pages({"a": RIGHT, "b": Finding(text=TEXT, day="1999-01-01", agency="x")}, [GOLD, open_page])
    assert figures["day"] == figures["agency"] == figures["word-f1"] == 1
    falsely = judge_pages({"a": RIGHT, "b": Finding(text=TEXT, agency="x")}, [GOLD, GoldPage("b", agency=None)])
    assert falsely["agency"] == pytest.approx(2 / 3)


def test_names_are_compared_by_letters_and_kind() -> None:
    """Each name and kind counts once a page; pages without marked names do not count."""
    gold = [GoldPage("a", names=frozenset({("adaholm", "PER"), ("sandwick", "LOC")})), GoldPage("b")]
    entities = [{"text": text, "label": label} for text, label in [("Ada  Holm", "PERSON"), ("Sandwick", "ORG")]]
    found = of_document({"title": "", "text": TEXT, "entities": [*entities, {"text": "six", "label": "TIME"}]})
    assert judge_names({"a": found}, gold) == 0.5


def test_lines_of_programs_are_read(tmp_path: Path) -> None:
    """A line is a page, with what was found or what went wrong; a file that was never written is no page."""
    path = tmp_path / "found.jsonl"
    lines = [
        {"page": "a", "title": "Ferry is late", "day": "2026-11-03", "authors": ["Ada Holm"], "text": TEXT},
        {"page": "b", "title": None, "day": None, "authors": None, "text": None, "publisher": ""},
        {"page": "c", "error": "KeyError('x')"},
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    assert read_lines(path) == {
        "a": Finding("Ferry is late", "2026-11-03", ("Ada Holm",), TEXT),
        "b": Finding(),
        "c": Finding(error="KeyError('x')"),
    }
    assert read_lines(tmp_path / "other.jsonl") == {}


def test_files_of_trafilatura_are_read(tmp_path: Path) -> None:
    """Its command writes a file a page, authors in one string, the publisher's name as `source-hostname`."""
    record = {
        "title": "Ferry is late",
        "author": "Ada Holm; Bo Lind",
        "hostname": "herald.example",
        "date": "2026-11-03",
        "id": None,
        "comments": "",
        "text": f"Ferry is late\n{TEXT}",
        "source": "https://herald.example/ferry",
        "source-hostname": "Sandwick Herald",
    }
    (tmp_path / "a.json").write_text(json.dumps(record), encoding="utf-8")
    found = read_trafilatura(tmp_path)
    assert found["a"].authors == ("Ada Holm", "Bo Lind")
    figures = judge_pages(found, [GOLD])
    assert figures["word-f1"] == figures["publisher"] == figures["authors"] == figures["day"] == 1


def test_the_table_marks_the_best_and_says_what_is_not_done() -> None:
    """Whoever is best is bold, also where less is better and where two share the place."""
    rows = (
        Row("rate", "pages a second", "pages/s", "{:.1f}"),
        Row("start", "start-up, s", "s", "{:.1f}", more_is_better=False),
        Row("day", "right day", "share", "{:.3f}"),
    )
    columns = [
        ("ours", {"rate": 4.0, "start": 2.0, "day": 0.9333}),
        ("theirs", {"rate": 9.04, "start": 1.96, "day": 1.0}),
        ("no", {}),
    ]
    assert build_table(columns, rows) == [
        "| | ours | theirs | no |",
        "|---|---|---|---|",
        f"| pages a second | 4.0 | **9.0** | {NOT_DONE} |",
        f"| start-up, s | **2.0** | **2.0** | {NOT_DONE} |",
        f"| right day | .933 | **1.000** | {NOT_DONE} |",
    ]


def test_figures_have_names_of_their_own_and_are_read_back() -> None:
    """Two programs share no name; the columns come in the order of the table whatever the order of the figures."""
    ours = build_figures("newswire", "newswire", {"rate": 3.14159, "day": 0.5})
    theirs = build_figures("trafilatura", "trafilatura 2.3.1", {"rate": 9.0})
    other = Figure("steps", 1.0, "ms", "…", "–")
    assert len({figure.figure for figure in (*ours, *theirs)}) == 3
    assert read_columns([*theirs, other, *ours]) == [
        ("newswire", {"rate": 3.142, "day": 0.5}),
        ("trafilatura 2.3.1", {"rate": 9.0}),
    ]


def test_all_forms_of_a_page_say_the_same(tmp_path: Path) -> None:
    """The saved file, the line and the entry of the feed are one page."""
    page = build_first_page()
    write_page_set(tmp_path, [page])
    entry = feedparser.parse(str(tmp_path / "feed.xml")).entries[0]
    with urlopen(entry.link) as saved:  # noqa: S310 - a file that the test has written
        assert saved.read() == (tmp_path / "pages" / "first.html").read_bytes()
    assert (entry.id, entry.title, entry.get("published")) == ("first", "Ferry is late", None)
    line = json.loads((tmp_path / "articles.jsonl").read_text("utf-8"))
    assert line == {"url": page.address, "html": (tmp_path / "pages" / "first.html").read_text("utf-8")}
    assert json.loads((tmp_path / "addresses.json").read_text("utf-8")) == {"first": page.address}


def test_a_run_is_measured_with_what_it_started(tmp_path: Path) -> None:
    """Processor time and exit code of a program with a child; both run on one core, and no proxy lets them out."""
    child = "import os; print(len(os.sched_getaffinity(0)), os.environ['https_proxy']); sum(range(3_000_000))"
    program = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}]); sys.exit(3)"
    run = run_on_one_core([sys.executable, "-c", program], tmp_path, {}, tmp_path / "said.txt")
    assert run.exit_code == 3
    assert run.said.split() == ["1", "http://127.0.0.1:9"]
    assert 0 < run.cpu_seconds <= run.seconds
    assert run.peak_bytes > 1024 * 1024


def test_peers_are_pinned() -> None:
    """Each has one exact version, and the file names no registry."""
    assert all(pinned_version(name) for name in ("news-please", "newspaper4k", "trafilatura"))
    lines = CONSTRAINTS.read_text("utf-8").splitlines()[1:]
    assert all(line.count("==") == 1 and "/" not in line for line in lines)
    assert len({line.partition("==")[0].lower() for line in lines}) == len(lines)
