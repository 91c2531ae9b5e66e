"""The plain twin of the import contracts: who may import what, read from the code itself."""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGES = ("schemas", "pipeline", "agents")

# A heavy client, and the only places that may import it (a file, or a folder with everything in it).
OWNERS = {
    "faust": ("agents/",),
    "mode": ("agents/",),
    "kafka": ("pipeline/log/",),
    "elasticsearch": ("pipeline/index/",),
    "tantivy": ("pipeline/index/",),
    "spacy": ("pipeline/enrich/model.py",),
    "trafilatura": ("pipeline/extract/",),
    "typer": ("pipeline/cli/",),
}
FORBIDDEN_CALLS = {
    ("datetime", "now"): "pipeline/clock.py",
    ("datetime", "utcnow"): "pipeline/clock.py",
    ("time", "time"): "pipeline/clock.py",
    ("time", "sleep"): "pipeline/clock.py",
    ("os", "environ"): "pipeline/settings.py",
    ("os", "getenv"): "pipeline/settings.py",
}
MAX_MODULE_LINES = 300
MAX_AGENT_LINES = 60


def _sources(root: Path) -> Iterator[tuple[str, ast.Module]]:
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            yield path.relative_to(root).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_heavy_clients_stay_in_their_place(repository: Path) -> None:
    """Each client library is imported only where the design allows it."""
    wrong = [
        f"{file} imports {name}"
        for file, tree in _sources(repository)
        for name in _imported(tree)
        if (owners := OWNERS.get(name.partition(".")[0])) and not file.startswith(owners)
    ]
    assert wrong == []


def test_schemas_import_nothing_of_ours(repository: Path) -> None:
    """The contracts stand at the bottom: they import neither the pipeline nor the agents."""
    wrong = [
        f"{file} imports {name}"
        for file, tree in _sources(repository)
        if file.startswith("schemas/")
        for name in _imported(tree)
        if name.partition(".")[0] in {"pipeline", "agents"}
    ]
    assert wrong == []


def test_clock_and_environment_are_read_in_one_place(repository: Path) -> None:
    """Only the clock module asks for the time or sleeps, only settings read the environment."""
    wrong = [
        f"{file}:{node.lineno} uses {node.value.id}.{node.attr}"
        for file, tree in _sources(repository)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and (home := FORBIDDEN_CALLS.get((node.value.id, node.attr)))
        and file != home
    ]
    assert wrong == []


def test_modules_say_what_they_own_and_stay_small(repository: Path) -> None:
    """Every module has a docstring and holds one concept; agents only wire."""
    wrong = []
    for file, tree in _sources(repository):
        lines = len((repository / file).read_text(encoding="utf-8").splitlines())
        limit = MAX_AGENT_LINES if file.startswith("agents/") else MAX_MODULE_LINES
        if lines > limit:
            wrong.append(f"{file} has {lines} lines, more than {limit}")
        if lines and not ast.get_docstring(tree):
            wrong.append(f"{file} has no docstring")
    assert wrong == []


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_resolve_to_this_checkout(package: str, repository: Path) -> None:
    """The import names are generic, so another distribution must not shadow ours."""
    module = importlib.import_module(package)
    assert module.__file__ is not None
    assert Path(module.__file__).is_relative_to(repository)
