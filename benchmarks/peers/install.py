"""Installs each peer into an environment of its own under `.peers`, with the versions of `constraints.txt`.

Their dependencies contradict newswire's and each other's, so they never share one.
"""

import hashlib
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.figures import note
from benchmarks.footprint import ROOT

CONSTRAINTS: Final = Path(__file__).with_name("constraints.txt")
FOLDER: Final = ROOT / ".peers"


def install_peer(name: str, packages: Sequence[str]) -> Path:
    """Return the folder with the peer's programs; makes the environment when it is missing or the pins changed.

    Raises:
        SystemExit: pip cannot install it; what it says is printed.
    """
    folder = FOLDER / name
    mark = folder / ".installed"
    wanted = hashlib.sha256(CONSTRAINTS.read_bytes() + " ".join(packages).encode()).hexdigest()
    if not mark.is_file() or mark.read_text("utf-8") != wanted:
        note(f"installing {name} into {folder.relative_to(ROOT)} …")
        venv.create(folder, with_pip=True, clear=True)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        if subprocess.run([*pip, "-c", str(CONSTRAINTS), *packages], check=False, stdout=sys.stderr).returncode:
            msg = f"{name} cannot be installed: see above"
            raise SystemExit(msg)
        mark.write_text(wanted, encoding="utf-8")
    return folder / "bin"


def pinned_version(package: str) -> str:
    """Return the version of a package that the constraints name.

    >>> pinned_version("newspaper4k").count(".")
    2
    """
    lines = CONSTRAINTS.read_text(encoding="utf-8").splitlines()
    return next(line.removeprefix(f"{package}==") for line in lines if line.startswith(f"{package}=="))
