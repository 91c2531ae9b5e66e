"""Addresses open the right index, and only its engine is imported."""

import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.clock import SystemClock
from pipeline.index.open import open_index
from schemas.errors import ConfigurationError


def test_tantivy_address(tmp_path: Path) -> None:
    """A folder's address opens the embedded index there, also with characters that addresses encode."""
    index = open_index(f"tantivy:///{tmp_path}/my index", SystemClock())
    index.install()
    assert index.count() == 0
    index.close()
    assert (tmp_path / "my index" / "documents.db").is_file()


@pytest.mark.parametrize("url", ["", "index", "tantivy:", "tantivy://host/path", "ftp://x", "sqlite:///x", "http//x"])
def test_unknown_addresses(url: str) -> None:
    """Any other address is a wrong setting, and the message shows a right one."""
    with pytest.raises(ConfigurationError, match="tantivy:///"):
        open_index(url, SystemClock())


def test_engines_are_imported_late() -> None:
    """Importing the module costs no engine: start-up of every command stays light."""
    code = "import sys, pipeline.index.open; print(sorted({'tantivy', 'elasticsearch', 'numpy'} & set(sys.modules)))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"
