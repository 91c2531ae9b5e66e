"""The command line itself: light to start, and every command explains itself."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.cli.main import app
from pipeline.cli.output import print_table

COMMANDS = sorted(
    command.name or command.callback.__name__ for command in app.registered_commands if command.callback is not None
)
HELP_CPU_SECONDS = 0.4


def test_help_starts_light() -> None:
    """`newswire --help` costs under 0.4 s of processor time: no model, index or client is imported."""
    before = os.times()
    done = subprocess.run([Path(sys.executable).parent / "newswire", "--help"], capture_output=True, check=True)
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    assert b"ingest" in done.stdout
    assert spent < HELP_CPU_SECONDS


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_an_example(command: str) -> None:
    """`--help` of each command shows how it is used."""
    done = subprocess.run(
        [Path(sys.executable).parent / "newswire", command, "--help"], capture_output=True, check=True, text=True
    )
    assert f"Example: newswire {command}" in " ".join(done.stdout.split())


def test_table_aligns_numbers_to_the_right(capsys: pytest.CaptureFixture[str]) -> None:
    """Columns of numbers line up at their last digit, and nothing is cut."""
    print_table([("a", 1), ("long name", 1200), ("none", None)], ("what", "count"))
    assert capsys.readouterr().out.splitlines() == [
        "what       count",
        "a              1",
        "long name  1,200",
        "none           –",
    ]
