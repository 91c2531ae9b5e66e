"""What differs between two texts."""

import pytest

from pipeline.stories.changes import Change, compare_texts, describe_changes

BODY = "The ferry sails at nine on Monday.\n\nIda Lund runs the shop on the quay.\n\nNobody was hurt."


def test_same_text_has_no_changes() -> None:
    """White space alone is no change."""
    assert compare_texts("Ferry  sails", BODY, "Ferry sails", BODY.replace("\n\n", "\n \n\n")).is_empty


def test_paragraphs_are_new_gone_or_reworded() -> None:
    """Each paragraph is told apart; one with most of its words kept is reworded."""
    new = "The ferry sails at ten on Monday.\n\nIda Lund runs the shop on the quay.\n\nThe crew was praised by all."
    changes = compare_texts("Ferry sails", BODY, "Ferry sails late", new)
    assert changes.title == Change("Ferry sails", "Ferry sails late")
    assert changes.paragraphs == (
        Change("The ferry sails at nine on Monday.", "The ferry sails at ten on Monday."),
        Change("Nobody was hurt.", None),
        Change(None, "The crew was praised by all."),
    )
    assert changes.kind == "updated"
    assert list(describe_changes(changes)) == [
        "title ~ Ferry sails [+ late]",
        "~ The ferry sails at [nine → ten] on Monday.",
        "- Nobody was hurt.",
        "+ The crew was praised by all.",
    ]


def test_correction_is_told_by_its_notice() -> None:
    """A new paragraph that says so makes a correction; an old one does not."""
    notice = "Correction: an earlier version gave the wrong hour."
    changes = compare_texts("Ferry sails", BODY, "Ferry sails", f"{BODY}\n\n{notice}")
    assert (changes.kind, changes.notice) == ("corrected", notice)
    again = compare_texts("Ferry sails", f"{BODY}\n\n{notice}", "Ferry sails", f"{BODY}\n\n{notice}\n\nIt rains.")
    assert (again.kind, again.notice) == ("updated", None)


LONG = "\n\n".join(
    f"{number}. The crew of ferry {number} was told to wait at the quay for the tide." for number in range(20)
)


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("Ferry sails", "This story has been withdrawn."),
        ("Ferry sails", "Editor's note: This article, published on Monday, was removed because a name was wrong."),
        ("RETRACTED: Ferry sails", "We are looking into it."),
        ("Fähre", "Dieser Artikel wurde aus rechtlichen Gründen gelöscht."),
        ("Ferry", "Cet article a été retiré à la demande de l'agence."),
    ],
)
def test_withdrawal_is_told_by_what_is_left(title: str, body: str) -> None:
    """Where hardly more is left than the word that it was taken back, it was; a second such word changes nothing."""
    changes = compare_texts("Ferry sails", LONG, title, body)
    assert changes.kind == "withdrawn"
    assert changes.notice in {title, body}
    assert compare_texts(title, "This article was removed by us.", title, body).kind == "withdrawn"


@pytest.mark.parametrize(
    "added",
    [
        "The study was read by many before the article was retracted.",
        "Retraction: the hour was wrong. This item was removed.",
    ],
)
def test_a_story_that_goes_on_is_not_withdrawn(added: str) -> None:
    """An article that keeps its text only speaks of a withdrawal."""
    assert compare_texts("Ferry sails", LONG, "Ferry sails", f"{added}\n\n{LONG}").kind != "withdrawn"


@pytest.mark.parametrize(
    "added",
    ["Markets saw a correction on Monday.", "Ida Lund corrected the speaker.", "The police asked for clarification."],
)
def test_a_correction_that_is_told_of_is_none(added: str) -> None:
    """The word alone makes no notice."""
    assert compare_texts("Ferry sails", BODY, "Ferry sails", f"{BODY}\n\n{added}").kind == "updated"
