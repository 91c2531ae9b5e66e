"""What the program depends on: each library has its reason in CONTRIBUTING, and no other stands there."""

import re
from collections import defaultdict
from pathlib import Path

from benchmarks.footprint import read_dependencies


def test_every_library_has_its_reason(repository: Path) -> None:
    """The table of CONTRIBUTING and `pyproject.toml` name the same libraries, each once."""
    text = (repository / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Libraries")[2]
    rows = re.findall(r"^\| ([a-z0-9, -]+) \| \S.+ \|$", text, re.MULTILINE)
    named = [name for row in rows for name in row.split(", ") if row != "library"]
    assert sorted(named) == sorted(read_dependencies())


def test_every_library_is_pinned(repository: Path) -> None:
    """Each has one exact version in the constraints, or one for each of two ranges of Python."""
    text = (repository / "constraints.txt").read_text("utf-8")
    pins = re.findall(r'^([A-Za-z0-9._-]+)==\S+(?: ; python_version (<|>=) "([\d.]+)")?$', text, re.MULTILINE)
    assert len(pins) == sum(not line.startswith("#") for line in text.splitlines())
    found: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for name, compared, version in pins:
        found[_normalised(name)].append((compared, version))
    assert {_normalised(name) for name in read_dependencies()} <= found.keys()
    for name, ranges in found.items():
        assert sorted(compared for compared, _ in ranges) in ([""], ["<", ">="]), name
        assert len({version for _, version in ranges}) == 1, name


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
