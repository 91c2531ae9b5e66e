"""The command as a person runs it: a process of its own, with a data folder of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


@dataclass(frozen=True)
class Finished:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - each command prints a shape of its own
        """The JSON on stdout of a command that ended well."""
        assert self.code == 0, self.err
        return json.loads(self.out)


Newswire = Callable[..., Finished]


def run_newswire(data_dir: Path, *arguments: str | Path, **variables: str) -> Finished:
    """Run `newswire` with these arguments; only the given `NEWSWIRE_*` variables are set."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("NEWSWIRE_")}
    environ |= {"NEWSWIRE_DATA_DIR": str(data_dir), **variables}
    program = Path(sys.executable).parent / "newswire"
    done = subprocess.run(
        [str(program), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
        env=environ,
        cwd=data_dir.parent,
    )
    return Finished(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def newswire(tmp_path: Path) -> Newswire:
    """Run `newswire` in an empty place."""

    def run(*arguments: str | Path, **variables: str) -> Finished:
        return run_newswire(tmp_path / "data", *arguments, **variables)

    return run


@pytest.fixture(scope="module")
def demo_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder after one `newswire demo`."""
    folder = tmp_path_factory.mktemp("demo") / "data"
    done = run_newswire(folder, "demo", "--json")
    assert done.code == 0, done.err
    return folder


@pytest.fixture
def newswire_after_demo(demo_dir: Path) -> Newswire:
    """Run `newswire` where the demo has been."""

    def run(*arguments: str | Path, **variables: str) -> Finished:
        return run_newswire(demo_dir, *arguments, **variables)

    return run
