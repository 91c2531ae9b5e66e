"""The server of the pages as commands start it."""

import gc
from pathlib import Path

from pipeline.cli.serve import serving_beside
from pipeline.cli.workspace import open_workspace_at
from pipeline.settings import Settings


def test_what_is_loaded_is_not_looked_through_for_garbage(tmp_path: Path) -> None:
    """A search for garbage among all that the program consists of would hold every page up."""
    before = gc.get_freeze_count()
    try:
        with open_workspace_at(Settings(data_dir=tmp_path)) as workspace, serving_beside(workspace, 0):
            assert gc.get_freeze_count() > before
    finally:
        gc.unfreeze()
