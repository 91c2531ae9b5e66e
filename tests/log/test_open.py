"""An address names a log, or the error says what an address looks like."""

from pathlib import Path

import pytest

from pipeline.clock import SystemClock
from pipeline.log.open import open_log
from schemas.errors import ConfigurationError
from schemas.topics import TOPICS


def test_a_sqlite_address_opens_a_file_in_a_new_folder(tmp_path: Path) -> None:
    """The file and its folder are made when they are missing."""
    path = tmp_path / "new" / "log.db"
    log = open_log(f"sqlite:///{path}", SystemClock())
    log.create_topics(TOPICS)
    assert list(log.verify_topics(TOPICS)) == []
    log.close()
    assert path.exists()


def test_a_relative_sqlite_address_is_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three slashes name a path from the working folder, four an absolute one."""
    monkeypatch.chdir(tmp_path)
    open_log("sqlite:///here.db", SystemClock()).close()
    assert (tmp_path / "here.db").exists()


@pytest.mark.parametrize("url", ["", "sqlite:///", "sqlite://log.db", "postgres://host/log", "/var/log.db"])
def test_other_addresses_are_refused(url: str) -> None:
    """Anything else is an error that shows the two forms."""
    with pytest.raises(ConfigurationError, match=r"sqlite:///path nor kafka://host:port"):
        open_log(url, SystemClock())
