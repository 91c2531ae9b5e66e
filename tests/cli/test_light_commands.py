"""What commands load: a command that only asks starts without the libraries that only others need."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

CLIENTS = frozenset({"kafka", "elasticsearch", "aiohttp", "faust", "mode", "requests", "urllib3"})
"""Clients of services and of the network."""
READERS = frozenset({"feedparser", "fastwarc", "lxml", "trafilatura", "spacy", "py3langid", "tldextract"})
"""What takes feeds, pages and texts apart."""
SERVERS = frozenset({"fastapi", "uvicorn", "jinja2", "prometheus_client"})
ENGINES = frozenset({"tantivy", "numpy", "zstandard", "sqlite3"})


def _loaded(folder: Path, command: str) -> set[str]:
    """Return the top-level modules that the command imports."""
    program = [sys.executable, "-X", "importtime", str(Path(sys.executable).with_name("newswire")), *command.split()]
    ended = subprocess.run(
        program, env={"NEWSWIRE_DATA_DIR": str(folder / "newswire")}, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    return set(re.findall(r"\| +([a-z_0-9]+)$", ended.stderr, re.MULTILINE | re.IGNORECASE))


@pytest.mark.parametrize("command", ["--help", "search --help", "worker --help", "demo --help", "serve --help"])
def test_help_loads_no_engine_and_no_service(tmp_path: Path, command: str) -> None:
    """Telling what a command does needs nothing of what it does."""
    loaded = _loaded(tmp_path, command)
    assert "typer" in loaded
    assert "tomllib" not in loaded  # reads the tables of words
    assert loaded & (CLIENTS | READERS | SERVERS | ENGINES) == set()


@pytest.mark.parametrize("command", ["search ferry", "status", "stories list", "entities list"])
def test_a_question_to_the_index_loads_the_index_alone(tmp_path: Path, command: str) -> None:
    """No client, nothing that reads pages, no server."""
    loaded = _loaded(tmp_path, command)
    assert "tantivy" in loaded
    assert loaded & (CLIENTS | READERS | SERVERS) == set()


@pytest.mark.parametrize("command", ["feeds list", "dead-letters list"])
def test_lists_load_no_index(tmp_path: Path, command: str) -> None:
    """They ask the log or a table of their own."""
    assert _loaded(tmp_path, command) & (CLIENTS | READERS | SERVERS | {"tantivy", "numpy"}) == set()
