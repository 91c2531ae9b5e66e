"""Several processes on one embedded index, and processes that are killed: nothing lost, nothing twice."""

import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.clock import SystemClock
from pipeline.index.tantivy import TantivyIndex
from schemas.query import SearchQuery
from tests.index.making import NOW, article_id, make_document

Program = subprocess.Popen[str]
Starter = Callable[..., Program]


@pytest.fixture
def start(repository: Path, tmp_path: Path) -> Iterator[Starter]:
    """Start `index_program.py` on the test's folder; whatever still runs at the end is killed."""
    started: list[Program] = []

    def begin(*arguments: object) -> Program:
        program = subprocess.Popen(
            [sys.executable, "-m", "tests.index.index_program", str(tmp_path / "index"), *map(str, arguments)],
            cwd=repository,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(program)
        return program

    yield begin
    for program in started:
        program.kill()
        program.communicate()


def wait_for(program: Program, line: str) -> None:
    """Read the program's output until `line`, ignoring log lines."""
    assert program.stdout is not None
    for said in program.stdout:
        if said.strip() == line:
            return
    pytest.fail(f"the program ended without saying {line!r}")


def open_again(tmp_path: Path) -> TantivyIndex:
    """Open the test's index in this process."""
    index = TantivyIndex(tmp_path / "index", SystemClock())
    index.install()
    return index


def found(index: TantivyIndex) -> int:
    """Return how many articles a search finds."""
    return index.search(SearchQuery(now=NOW, collapse=False, highlight=False)).total


@pytest.mark.parametrize("round_number", range(4))
def test_kill_in_the_middle(start: Starter, tmp_path: Path, round_number: int) -> None:
    """After kill -9 at a random moment all that was reported as written is there, searchable and there once."""
    chance = random.Random(round_number)  # noqa: S311 - a seeded choice of the moment, no secret
    program = start("write", 0, 5000, 25)
    wait_for(program, f"written {25 * chance.randrange(2, 30)}")
    written = 0
    assert program.stdout is not None
    for _ in range(chance.randrange(4)):
        said = program.stdout.readline().split()
        written = int(said[1]) if said and said[0] == "written" else written
    program.kill()
    rest = program.communicate()[0].splitlines()
    written = max([written, *(int(line.split()[1]) for line in rest if line.startswith("written "))])
    index = open_again(tmp_path)
    index.refresh()
    assert index.count() >= written
    assert found(index) == index.count()
    assert set(index.versions([article_id(n) for n in range(written)]).values()) <= {(1, 1)}
    index.write([make_document("after", "Written after the crash")])
    index.refresh()
    assert found(index) == index.count()
    index.close()


def test_two_writing_processes(start: Starter, tmp_path: Path) -> None:
    """Two processes that write at once both get done, and every article is there once."""
    programs = [start("write", 0, 300, 25), start("write", 200, 300, 25)]
    for program in programs:
        wait_for(program, "closed")
        assert program.wait(30) == 0
    index = open_again(tmp_path)
    index.refresh()
    assert (index.count(), found(index)) == (500, 500)
    index.close()


def test_refresh_while_another_process_holds_the_writer(start: Starter, tmp_path: Path) -> None:
    """A process that keeps the writer applies what others write; both see it at once after refresh."""
    holder = start("hold")
    wait_for(holder, "holding")
    index = open_again(tmp_path)
    for n in range(5):
        index.write([make_document(n)])
        index.refresh()
        assert found(index) == n + 2
    index.close()
    searcher = start("refresh-and-search", "*")
    wait_for(searcher, "found 6")
    holder.communicate("\n", timeout=30)
    assert holder.returncode == 0


def test_takeover_from_a_killed_holder(start: Starter, tmp_path: Path) -> None:
    """When the process with the writer is killed, the next refresh takes over."""
    holder = start("hold")
    wait_for(holder, "holding")
    index = open_again(tmp_path)
    index.write([make_document("a")])
    holder.kill()
    holder.wait(30)
    index.refresh()
    assert found(index) == 2
    index.close()
