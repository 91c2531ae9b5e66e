"""Recognised paragraphs are kept, shared, bounded, and never a cause of failure."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

from pipeline.enrich.cache import ParagraphCache, paragraph_key
from pipeline.enrich.cached_recognizer import CachedRecognizer
from pipeline.enrich.recognizer import Mentions, RawMention

MENTIONS: Mentions = (RawMention(0, 4, "PERSON"), RawMention(9, 12, "WORK_OF_ART"))


class CountingRecognizer:
    """Finds the first word of each paragraph, and remembers what it was asked."""

    def __init__(self, model: str = "first-word 1") -> None:
        self.asked: list[str] = []
        self._model = model

    def recognize(self, paragraphs: Sequence[str], language: str | None) -> list[Mentions]:
        """Return one mention per paragraph, labelled with the language."""
        self.asked += paragraphs
        return [(RawMention(0, len(text.split(" ")[0]), (language or "none").upper()),) for text in paragraphs]

    def model_id(self, language: str | None) -> str:
        """Return the name given."""
        return f"{self._model} {language}"


def _key(number: int) -> bytes:
    return paragraph_key("model 1", "en", f"paragraph {number}")


def test_found_again_in_memory_and_in_the_file(tmp_path: Path) -> None:
    """What one process adds another finds, also a paragraph without any name."""
    path = tmp_path / "deep" / "paragraphs.db"
    first = ParagraphCache(path)
    first.add({_key(1): MENTIONS, _key(2): ()})
    second = ParagraphCache(path)
    for cache in (first, second):
        assert cache.find([_key(1), _key(2), _key(3)]) == {_key(1): MENTIONS, _key(2): ()}
        cache.close()
        cache.close()
    assert ParagraphCache().find([_key(1)]) == {}


def test_key_depends_on_model_language_and_text() -> None:
    """Another model or language must not get the answers of this one."""
    keys = {
        paragraph_key(*parts)
        for parts in [
            ("m 1", "en", "a"),
            ("m 2", "en", "a"),
            ("m 1", "de", "a"),
            ("m 1", "en", "b"),
            ("m 1", None, "a"),
        ]
    }
    assert len(keys) == 5


def test_memory_is_bounded() -> None:
    """The paragraph that was used longest ago leaves first."""
    cache = ParagraphCache(memory_rows=2)
    cache.add({_key(1): MENTIONS, _key(2): MENTIONS})
    cache.find([_key(1)])
    cache.add({_key(3): MENTIONS})
    assert set(cache.find([_key(1), _key(2), _key(3)])) == {_key(1), _key(3)}


@pytest.mark.parametrize("limits", [{"file_rows": 4000}, {"file_bytes": 400_000}])
def test_file_is_bounded_and_keeps_the_newest(tmp_path: Path, limits: dict[str, int]) -> None:
    """A full file loses its oldest rows and goes on taking new ones."""
    path = tmp_path / "paragraphs.db"
    cache = ParagraphCache(path, memory_rows=1, **limits)
    for start in range(0, 20_000, 1000):
        cache.add({_key(number): MENTIONS for number in range(start, start + 1000)})
    cache.close()
    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT count(*) FROM paragraphs").fetchone()[0]
    connection.close()
    assert rows < 11_000
    reopened = ParagraphCache(path)
    assert reopened.find([_key(0)]) == {}
    assert reopened.find([_key(19_999)]) == {_key(19_999): MENTIONS}
    reopened.close()


def test_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    """A corrupt file costs the sharing, not the answers, and is not touched."""
    path = tmp_path / "paragraphs.db"
    path.write_bytes(b"this is no database at all, but long enough to look at" * 100)
    before = path.read_bytes()
    cache = ParagraphCache(path)
    cache.add({_key(1): MENTIONS})
    assert cache.find([_key(1), _key(2)]) == {_key(1): MENTIONS}
    assert path.read_bytes() == before


def test_file_that_breaks_in_use_is_given_up(tmp_path: Path) -> None:
    """Rows that make no sense are as good as missing."""
    path = tmp_path / "paragraphs.db"
    cache = ParagraphCache(path, memory_rows=0)
    assert cache.find([_key(1)]) == {}
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO paragraphs (key, mentions) VALUES (?, ?)", (_key(1), "1 x"))
        connection.execute("INSERT INTO paragraphs (key, mentions) VALUES (?, ?)", (_key(2), b"\x00\xff"))
    connection.close()
    assert cache.find([_key(1)]) == {}
    assert cache.find([_key(2)]) == {}
    cache.add({_key(3): MENTIONS})


def test_locked_file_is_skipped_and_used_again(tmp_path: Path) -> None:
    """While another process writes for long, batches go on without the file; afterwards they use it again."""
    path = tmp_path / "paragraphs.db"
    cache = ParagraphCache(path, memory_rows=0)
    assert cache.find([_key(1)]) == {}
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    cache.add({_key(1): MENTIONS})
    other.execute("COMMIT")
    other.close()
    assert cache.find([_key(1)]) == {}
    cache.add({_key(1): MENTIONS})
    assert cache.find([_key(1)]) == {_key(1): MENTIONS}
    cache.close()


def test_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """A path below a file is no place for a cache; recognition goes on."""
    (tmp_path / "file").write_text("x")
    cache = ParagraphCache(tmp_path / "file" / "paragraphs.db")
    cache.add({_key(1): MENTIONS})
    assert cache.find([_key(1)]) == {_key(1): MENTIONS}


def test_only_unknown_paragraphs_reach_the_model() -> None:
    """Repeated paragraphs are recognised once, in one call and over several, and answers keep their order."""
    model = CountingRecognizer()
    recognizer = CachedRecognizer(model, ParagraphCache())
    assert recognizer.recognize(["Ada won", "Nils lost", "Ada won"], "en") == [
        (RawMention(0, 3, "EN"),),
        (RawMention(0, 4, "EN"),),
        (RawMention(0, 3, "EN"),),
    ]
    recognizer.recognize(["Nils lost", "Oslo slept"], "en")
    assert model.asked == ["Ada won", "Nils lost", "Oslo slept"]
    recognizer.recognize(["Ada won"], "de")
    assert model.asked[3:] == ["Ada won"]
    assert recognizer.model_id("de") == "first-word 1 de"
    assert recognizer.recognize([], "en") == []
