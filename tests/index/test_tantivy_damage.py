"""A search folder that is damaged, outdated or gone is built anew; documents that are damaged are never touched."""

import shutil
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.clock import SystemClock
from pipeline.index.base import StoryFields
from pipeline.index.tantivy import TantivyIndex
from pipeline.search.parse import parse
from schemas.errors import ConfigurationError
from schemas.query import SearchQuery
from tests.index.making import NOW, article_id, make_document

Damage = Callable[[Path], None]


def remove_folder(folder: Path) -> None:
    """Delete everything."""
    shutil.rmtree(folder)


def remove_segment(folder: Path) -> None:
    """Delete one file of a segment."""
    next(folder.glob("*.term")).unlink()


def cut_segment(folder: Path) -> None:
    """Cut a file in the middle, as a full disk does."""
    path = next(folder.glob("*.fast"))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def spoil_meta(folder: Path) -> None:
    """Fill the list of segments with zeros, as a power cut does."""
    path = folder / "meta.json"
    path.write_bytes(b"\0" * path.stat().st_size)


def forget_commits(folder: Path) -> None:
    """Put an empty index in its place, as an old backup would be."""
    shutil.rmtree(folder)
    from pipeline.index.tantivy_folder import SearchFolder

    SearchFolder.open(folder, create=True)


DAMAGES = [remove_folder, remove_segment, cut_segment, spoil_meta, forget_commits]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with a closed index of 30 articles."""
    index = open_index(tmp_path)
    index.write([make_document(n, "Storm") for n in range(30)])
    index.write_stories([StoryFields(article_id(0), 1, "s1", None, False)])
    index.refresh()
    index.close()
    return tmp_path


def open_index(folder: Path) -> TantivyIndex:
    """Open and install."""
    index = TantivyIndex(folder, SystemClock())
    index.install()
    return index


def search_folder(home: Path) -> Path:
    """Return the one search folder."""
    (folder,) = home.glob("search-*")
    return folder


def storms(index: TantivyIndex) -> int:
    """Return how many articles about storms are found."""
    return index.search(SearchQuery(now=NOW, expression=parse("storms", NOW).expression)).total


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_folder_is_rebuilt(home: Path, damage: Damage) -> None:
    """Whatever happened to the search folder while nobody used it, everything is found again after a refresh."""
    old = search_folder(home)
    damage(old)
    index = open_index(home)
    index.refresh()
    assert storms(index) == 30
    assert search_folder(home) != old
    index.close()


@pytest.mark.parametrize("damage", [remove_folder, spoil_meta])
def test_damage_in_use_is_noticed(home: Path, damage: Damage) -> None:
    """A folder that goes wrong under a running index is rebuilt by the search that notices it."""
    index = open_index(home)
    assert storms(index) == 30
    damage(search_folder(home))
    index.write([make_document("new", "Storm")])
    index.refresh()
    assert storms(index) == 31
    index.close()


def test_outdated_folder_is_rebuilt(home: Path) -> None:
    """A folder written for another schema or engine version is replaced, not read."""
    old = search_folder(home)
    outdated = old.with_name("search-0123456789ab-00000000")
    old.rename(outdated)
    with sqlite3.connect(home / "documents.db") as connection:
        connection.execute("UPDATE meta SET value = ? WHERE name = 'folder'", (outdated.name,))
    connection.close()
    index = open_index(home)
    index.refresh()
    assert storms(index) == 30
    assert not outdated.exists()
    index.close()


def test_newer_layout_stops(home: Path) -> None:
    """Documents of a newer layout are left alone, and the message says what to do."""
    with sqlite3.connect(home / "documents.db") as connection:
        connection.execute("UPDATE meta SET value = 99 WHERE name = 'layout'")
    connection.close()
    with pytest.raises(ConfigurationError, match="layout 99"):
        open_index(home)
    with pytest.raises(ConfigurationError, match="layout 99"):
        TantivyIndex(home, SystemClock()).count()


def test_damaged_documents_stop(tmp_path: Path) -> None:
    """A file that is no database is reported, not overwritten."""
    (tmp_path / "documents.db").write_bytes(b"this is no database, it is a text" * 100)
    with pytest.raises(ConfigurationError, match=r"documents\.db"):
        open_index(tmp_path)
    assert (tmp_path / "documents.db").read_bytes().startswith(b"this is no database")


def test_missing_index_says_so(tmp_path: Path) -> None:
    """Reading where nothing was installed is a wrong setting, and creates nothing."""
    index = TantivyIndex(tmp_path / "none", SystemClock())
    with pytest.raises(ConfigurationError, match="no index"):
        index.search(SearchQuery(now=NOW))
    assert not (tmp_path / "none").exists()


def test_background_makes_searchable(tmp_path: Path) -> None:
    """Without any refresh, what was written is found after about a second."""
    index = open_index(tmp_path)
    index.write([make_document("a", "Storm")])
    waited = threading.Event()
    for _ in range(100):
        if storms(index):
            break
        waited.wait(0.05)
    assert storms(index) == 1
    index.close()
