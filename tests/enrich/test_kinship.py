"""Copies go to the process that had their content; everything else is divided by work."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.enrich.kinship import Hint, Kinship, read_hint
from pipeline.enrich.split import MAX_CHUNK_BYTES, MAX_CHUNK_VALUES
from schemas.article import RawArticle
from schemas.codec import encode

CONTENTS = st.lists(st.none() | st.sampled_from([b"a", b"b", b"c", b"d"]), max_size=80)


def _article(number: int, content: str, content_type: str = "text") -> RawArticle:
    fields = {"version": number, "fetched_at": datetime(2020, 1, 1, tzinfo=UTC), "channel": "file"}
    fields |= {"url": f"https://a.example/{number}", "content": content, "content_type": content_type}
    return RawArticle.model_validate({**fields, "article_id": f"{number:032x}"})


@pytest.mark.parametrize("content", ["One report.", 'She said "no",\n\\ "content_type":"', "Grüße\u2028an alle", ""])
def test_the_digest_is_of_the_content_alone(content: str) -> None:
    """Copies under other addresses have one digest, other contents another."""
    first, second, other = (_article(1, content), _article(2, content), _article(1, content + "!"))
    assert read_hint(encode(first)).content == read_hint(encode(second)).content is not None
    assert read_hint(encode(first)).content != read_hint(encode(other)).content


@pytest.mark.parametrize("value", [b"", b"\xff", b'{"content_type":"text","content":"x"}'])
def test_what_is_no_record_of_ours_has_no_digest(value: bytes) -> None:
    """Then it goes wherever there is room."""
    assert read_hint(value) == Hint(None, len(value))


@given(CONTENTS, st.dictionaries(st.sampled_from([b"a", b"b", b"e"]), st.sampled_from("xyz")))
def test_every_value_is_in_one_share_and_kin_is_together(
    contents: Sequence[bytes | None], known: dict[bytes, str]
) -> None:
    """What is known goes to its place; what is new and the same stands in one share, if that can hold it."""
    kinship: Kinship[str] = Kinship()
    for content, place in known.items():
        kinship.note(content, place)
    shares = kinship.share_out([Hint(content, 1) for content in contents], [100] * len(contents), 3)
    assert sorted(position for share in shares for position in share.positions) == list(range(len(contents)))
    for share in shares:
        places = {known.get(contents[position] or b"") for position in share.positions}
        assert places == {share.place}
        assert 0 < len(share.positions) <= MAX_CHUNK_VALUES
    for content in {one for one in contents if one is not None and one not in known}:
        holding = [share for share in shares if any(contents[position] == content for position in share.positions)]
        assert len(holding) == 1 or contents.count(content) > MAX_CHUNK_VALUES


@pytest.mark.parametrize("content", [None, b"new", b"known"])
def test_no_share_has_too_many_bytes(content: bytes | None) -> None:
    """Whether copies or not, and whatever they weigh: pages of hundreds of kilobytes are little work."""
    kinship: Kinship[str] = Kinship()
    kinship.note(b"known", "x")
    size = MAX_CHUNK_BYTES // 3 + 1
    shares = kinship.share_out([Hint(content, 1)] * 6, [size] * 6, 1)
    assert sorted(len(share.positions) for share in shares) == [2, 2, 2]


def test_what_was_seen_longest_ago_is_forgotten() -> None:
    """The memory of contents is bounded, and a content that comes back is remembered anew."""
    kinship: Kinship[str] = Kinship(remembered=2)
    for content in (b"a", b"b", b"a", b"c"):
        kinship.note(content, "x")
    (known, new) = kinship.share_out([Hint(content, 1) for content in (b"a", b"b", b"c")], [100] * 3, 1)[::-1]
    assert (known.place, sorted(known.positions)) == ("x", [0, 2])
    assert (new.place, new.positions) == (None, [1])


def test_a_page_weighs_what_its_article_does() -> None:
    """Bytes of markup are little work beside bytes of text; a batch of both is divided accordingly."""
    text, page = (read_hint(encode(_article(1, "a" * 100_000, kind))).weight for kind in ("text", "html"))
    assert page < text / 10
    assert page > read_hint(encode(_article(1, "a" * 1_000, "text"))).weight
