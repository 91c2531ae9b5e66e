"""Which version this is, which one was released before it, and which figures are older than that. Pure but for reading.

A version is what `pyproject.toml` says; releases are the headings of the changelog that begin with a version, the
newest first. What stands under "Unreleased" belongs to the version of `pyproject.toml`.
"""

import re
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from benchmarks.measured import Measured

ROOT: Final = Path(__file__).resolve().parents[1]
_RELEASE: Final = re.compile(r"^## \[?v?(\d+(?:\.\d+)+[0-9A-Za-z.+-]*)", re.MULTILINE)


def read_version(root: Path = ROOT) -> str:
    """Return the version of the code."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def read_releases(root: Path = ROOT) -> list[str]:
    """Return the released versions, the newest first."""
    return find_releases((root / "CHANGELOG.md").read_text(encoding="utf-8"))


def find_releases(changelog: str) -> list[str]:
    r"""Return the versions of a changelog's headings, in their order.

    >>> find_releases("# Changelog\n\n## Unreleased\n\n## 0.2.0 (2027-01-05)\n\n## [0.1.0]\n")
    ['0.2.0', '0.1.0']
    """
    return _RELEASE.findall(changelog)


def find_outdated(measured: Iterable[Measured], version: str, releases: Sequence[str]) -> list[Measured]:
    """Return the figures measured neither at this version nor at the one released before it.

    A version that is not released yet comes after all releases. A figure of a version that is no release and not this
    one is outdated, too: nobody can run what it speaks of.
    """
    earlier = releases[releases.index(version) + 1 :] if version in releases else releases
    recent = {version, *earlier[:1]}
    return [one for one in measured if one.run.version not in recent]
