"""What the program depends on: each library has its reason in CONTRIBUTING, and no other stands there."""

import re
from pathlib import Path

from benchmarks.footprint import read_dependencies


def test_every_library_has_its_reason(repository: Path) -> None:
    """The table of CONTRIBUTING and `pyproject.toml` name the same libraries, each once."""
    text = (repository / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Libraries")[2]
    rows = re.findall(r"^\| ([a-z0-9, -]+) \| \S.+ \|$", text, re.MULTILINE)
    named = [name for row in rows for name in row.split(", ") if row != "library"]
    assert sorted(named) == sorted(read_dependencies())


def test_every_library_is_pinned(repository: Path) -> None:
    """Each has one exact version in the constraints."""
    pins = re.findall(r"^([A-Za-z0-9._-]+)==\S+$", (repository / "constraints.txt").read_text("utf-8"), re.MULTILINE)
    known = {re.sub(r"[-_.]+", "-", name).lower() for name in pins}
    assert {re.sub(r"[-_.]+", "-", name).lower() for name in read_dependencies()} <= known
    assert len(known) == len(pins)
