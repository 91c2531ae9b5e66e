"""A data folder that commands work on, in this process: starting one for each command would take most of the time."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path

from typer.testing import CliRunner

from pipeline.cli.main import app, exit_code_of
from pipeline.clock import SystemClock
from pipeline.log.base import Log
from pipeline.log.sqlite import SqliteLog
from schemas.article import RawArticle
from schemas.errors import NewswireError
from schemas.topics import TOPICS
from tests.cli.conftest import Finished
from tests.index.making import NOW, article_id

TEXT = "The {} of Lindhaven opens again on Monday, the harbour office said, after a winter of repairs and of fog."
STORY = " ".join(
    f"The {number} crates of slate that the harbour of Lindhaven took in for quay {number * 7} stay until Monday."
    for number in range(3, 12)
)
"""Long enough for a copy of it to be known as one."""
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


def make_record(name: str, **facts: str) -> dict[str, str]:
    """Return a line of a JSONL file about that thing."""
    return {"title": f"{name.title()} opens", "text": TEXT.format(name), "url": f"https://a.example/{name}", **facts}


def write_lines(path: Path, records: Iterable[object]) -> Path:
    """Write a JSONL file and return its path."""
    path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    return path


def run_here(folder: Path, *arguments: str | Path, **variables: str) -> Finished:
    """Run a command on a data folder, as `newswire` does."""
    environ = {"NEWSWIRE_DATA_DIR": str(folder), "NEWSWIRE_MODELS": "", "NEWSWIRE_PROCESSES": "1", **variables}
    done = CliRunner().invoke(app, [str(one) for one in arguments], env=environ)
    if isinstance(done.exception, NewswireError):
        return Finished(exit_code_of(done.exception), done.stdout, done.stderr + str(done.exception))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return Finished(done.exit_code, done.stdout, done.stderr)


def found(newswire: Run, word: str) -> int:
    """Return how many articles a search finds."""
    return int(newswire("search", word, "--json").json["total"])


def open_log(folder: Path) -> Log:
    """Return the folder's log."""
    log = SqliteLog(folder / "log.db", SystemClock())
    log.create_topics(TOPICS)
    return log
