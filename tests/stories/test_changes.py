"""What differs between two texts."""

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
    assert [line[0] for line in describe_changes(changes)] == ["~", "~", "-", "+"]


def test_correction_is_told_by_its_notice() -> None:
    """A new paragraph that says so makes a correction; an old one does not."""
    notice = "Correction: an earlier version gave the wrong hour."
    changes = compare_texts("Ferry sails", BODY, "Ferry sails", f"{BODY}\n\n{notice}")
    assert (changes.kind, changes.notice) == ("corrected", notice)
    again = compare_texts("Ferry sails", f"{BODY}\n\n{notice}", "Ferry sails", f"{BODY}\n\n{notice}\n\nIt rains.")
    assert (again.kind, again.notice) == ("updated", None)


def test_withdrawal_is_told_by_its_notice() -> None:
    """A text that was taken back says so."""
    assert compare_texts("Ferry sails", BODY, "Ferry sails", "This story has been withdrawn.").kind == "withdrawn"
