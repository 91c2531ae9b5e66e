"""The history of an article, from what an index has kept."""

import pytest

from pipeline.index.base import StoredArticle
from pipeline.stories.history import build_history, describe_version
from pipeline.stories.wording import Piece, compare_words, describe_wording

BODY = "The ferry sails at nine on Monday.\n\nNobody was hurt."


def _version(number: int, title: str, body: str) -> StoredArticle:
    at = f"2026-02-0{number}T08:00:00Z"
    return StoredArticle("a", number, 1, {"title": title, "body": body, "fetched_at": at}, "{}")


def test_each_version_tells_what_it_changed() -> None:
    """Versions come in order with their changes; one that repeats the text, or comes after the present, is left out."""
    versions = [
        _version(1, "Ferry sails", BODY),
        _version(2, "Ferry sails", BODY.replace("\n\n", "\n \n")),
        _version(3, "Ferry sails late", BODY.replace("nine", "ten")),
        _version(4, "Ferry sails late", f"Correction: An earlier version of this story was wrong.\n\n{BODY}"),
        _version(9, "Never", "seen"),
    ]
    history = build_history([*versions[:3], versions[4]], versions[3])
    assert [(each.version, each.kind) for each in history] == [(1, "first"), (3, "updated"), (4, "corrected")]
    assert list(describe_version(history[1])) == [
        "2026-02-03 08:00 UTC  updated  (version 3)",
        "  title ~ Ferry sails [+ late]",
        "  ~ The ferry sails at [nine → ten] on Monday.",
    ]
    assert history[2].notice == "Correction: An earlier version of this story was wrong."


def test_an_article_that_never_changed_has_one_version() -> None:
    """Without earlier versions there is the present one."""
    assert [each.kind for each in build_history([], _version(1, "Ferry", BODY))] == ["first"]


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ("one two", "one two", "one two"),
        ("one two three", "one three", "one [- two] three"),
        ("one three", "one two three four", "one [+ two] three [+ four]"),
        ("a " * 30 + "old", "a " * 30 + "new", "… a a a a a a [old → new]"),
        ("old " + "a " * 30, "new " + "a " * 30, "[old → new] a a a a a a …"),
        ("", "one", "[+ one]"),
    ],
)
def test_wordings_are_told_in_one_line(before: str, after: str, line: str) -> None:
    """What is gone, new or replaced stands in brackets, with a little of what is around."""
    assert describe_wording(compare_words(before, after)) == line


def test_wordings_hold_the_later_text() -> None:
    """What is not gone, put together, is the later wording."""
    pieces = compare_words("at 4.1 million pounds", "at 14.1 million pounds now")
    assert " ".join(piece.text for piece in pieces if piece.kind != "gone") == "at 14.1 million pounds now"
    assert Piece(kind="gone", text="4.1") in pieces
