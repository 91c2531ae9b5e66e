"""Telling by a file: one line of JSON for each alert, appended to the saved search's own file in the data folder."""

import fcntl
import json
import os
from pathlib import Path

from pipeline.alerts.message import build_payload
from schemas.alert import Alert
from schemas.errors import Unavailable


class FileSender:
    """Appends to `FOLDER/SEARCH_ID.jsonl`; nobody who saves a search can name any other place. Blocking."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path_of(self, search_id: str) -> Path:
        """Return the file of a saved search."""
        return self._folder / f"{search_id}.jsonl"

    def send(self, alert: Alert) -> None:
        """Return when the line is on the disk; a line is written whole, also when several processes append.

        Raises:
            Unavailable: the file cannot be written.
        """
        line = json.dumps(build_payload(alert), ensure_ascii=False).encode() + b"\n"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with self.path_of(alert.search_id).open("ab") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            msg = f"{self.path_of(alert.search_id)} cannot be written: {error.strerror or error}"
            raise Unavailable(msg) from error
