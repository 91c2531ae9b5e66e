"""What the README says exists: its commands, its make targets, and the keys of a JSONL line."""

import re
from pathlib import Path

import pytest

from pipeline.cli.main import app
from pipeline.producers.record_keys import SYNONYMS

DOCUMENTS = ("README.md", "CONTRIBUTING.md", "seeds/README.md")


def _commands() -> set[str]:
    names = {command.name for command in app.registered_commands} | {group.name for group in app.registered_groups}
    return {name for name in names if name}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_commands_in_documents_exist(document: str, repository: Path) -> None:
    """Every `newswire …` command that a document shows is one of the program's."""
    text = (repository / document).read_text(encoding="utf-8")
    shown = set(re.findall(r"(?:\$ |`|bin/)newswire ([a-z][a-z-]+)", text))
    assert shown - _commands() == set()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_make_targets_in_documents_exist(document: str, repository: Path) -> None:
    """Every `make …` that a document shows is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", (repository / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    text = (repository / document).read_text(encoding="utf-8")
    shown = set(re.findall(r"(?:^|`)make ([a-z-]+)", text, re.MULTILINE))
    assert shown - targets == set()


def test_keys_of_a_line_are_documented(repository: Path) -> None:
    """The README lists every key of a JSONL line with all its synonyms, and no other."""
    text = (repository / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z_]+)` \| (.*?) \| .* \|$", text, re.MULTILINE)
    documented = {name: (name, *re.findall(r"`([^`]+)`", others)) for name, others in rows}
    assert {name: set(keys) for name, keys in documented.items()} == {
        name: {name, *keys} for name, keys in SYNONYMS.items()
    }
