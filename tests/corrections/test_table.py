"""The newest correction of each key counts, merges follow one another, and nothing goes round in circles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.codec import decode, encode
from schemas.corrections import CorrectionKind, EntityCorrection
from tests.corrections.making import A_HOLM, ADA, IDA, hide, merge, rename, split, table, undo
from tests.index.making import NOW

IDS = st.sampled_from(["a", "b", "c", "d"])


def test_merges_follow_one_another() -> None:
    """Who is merged into somebody who is merged is the last of them, under the name that people gave that one."""
    said = table(merge("a", "b", "B"), merge("b", "c", "C"), rename("c", "See"))
    fate = said.fate("a")
    assert (fate.entity_id, fate.name, fate.revision) == ("c", "See", 3000)
    assert (said.fate("x").entity_id, said.fate("x").revision) == ("x", 0)


def test_newest_of_a_key_counts() -> None:
    """What was said first does not count any more, and what was taken back leaves only its revision."""
    said = table(rename(ADA, "A"), hide(ADA))
    assert said.fate(ADA).is_hidden
    back = table(rename(ADA, "A"), hide(ADA), undo(hide(ADA)))
    assert (back.fate(ADA).is_hidden, back.fate(ADA).name, back.fate(ADA).revision) == (False, None, 3000)
    assert list(back.counting()) == []


def test_parts_have_keys_of_their_own() -> None:
    """Two parts are split from one entity, and each can be taken back alone."""
    one, other = split(ADA, IDA, "Ida", texts=["Ida"]), split(ADA, A_HOLM, "A", articles=["0" * 32])
    said = table(one, other, undo(one))
    assert [known.correction.kind for known in said.parts[ADA]] == [CorrectionKind.SPLIT, CorrectionKind.UNDO]
    assert [known.correction.target_id for known in said.counting()] == [A_HOLM]


def test_revisions_rise_also_when_clocks_do_not() -> None:
    """Of two corrections within a millisecond, or around a clock set back, the later has the higher revision."""
    said = table(hide("a"), start=5000).with_correction(hide("b"), 5000).with_correction(hide("c"), 10)
    assert [said.by_key[key].revision for key in "abc"] == [5000, 5001, 5002]


@given(pairs=st.lists(st.tuples(IDS, IDS).filter(lambda pair: pair[0] != pair[1]), max_size=8), asked=IDS)
def test_every_fate_ends(pairs: list[tuple[str, str]], asked: str) -> None:
    """However people merge, even in circles, everybody becomes somebody known."""
    said = table(*(merge(one, other) for one, other in pairs))
    assert said.fate(asked).entity_id in {"a", "b", "c", "d"}
    assert said.fate(asked).revision <= said.revision


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "merge", "target_id": "b"},
        {"kind": "merge", "target_id": "a", "name": "A", "label": "ORG"},
        {"kind": "rename"},
        {"kind": "rename", "name": ""},
        {"kind": "split", "target_id": "b", "name": "B", "label": "ORG"},
        {"kind": "hide", "articles": ["no id"]},
        {"kind": "forget"},
    ],
)
def test_what_says_too_little_is_refused(wrong: dict[str, object]) -> None:
    """A correction that could not be applied is no correction."""
    with pytest.raises(ValidationError):
        EntityCorrection.model_validate({"entity_id": "a", "corrected_at": NOW, **wrong})


def test_recorded_form_decodes() -> None:
    """Corrections are kept for ever: the first version must always decode."""
    said = split(ADA, IDA, "Ida Lund", texts=["Ida"], sources=["harbourpost.example"])
    recorded = (
        b'{"schema_version":1,"kind":"split","entity_id":"person:ada-holm","target_id":"person:ida-lund",'
        b'"name":"Ida Lund","label":"PERSON","texts":["Ida"],"articles":[],"sources":["harbourpost.example"],'
        b'"corrected_at":"2024-05-20T12:00:00Z"}'
    )
    assert decode(EntityCorrection, recorded) == said
    assert encode(said) == recorded
