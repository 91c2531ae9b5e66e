"""What does not fit the table of fields is found before any engine sees it."""

from typing import Any

import pytest

from pipeline.index.base import IndexDocument
from pipeline.index.packing import pack, pack_signature, unpack, unpack_fields, unpack_signature
from pipeline.index.validation import MAX_DOCUMENT_CHARS, find_fault
from schemas.errors import INDEX_MAPPING, TOO_LARGE
from tests.index.making import article_id

FIRST_SEEN = {"first_seen_at": "2024-05-20T12:00:00Z"}


def document(text_form: str = "{}", **fields: Any) -> IndexDocument:  # noqa: ANN401 - any JSON value
    """Return a document with these fields; double underscores stand for dots."""
    named = {name.replace("__", "."): value for name, value in fields.items()}
    return IndexDocument(article_id("a"), 1, 1, FIRST_SEEN | named, text_form)


@pytest.mark.parametrize(
    "fields",
    [
        {"unknown": "x"},
        {"story_id": "x"},
        {"stored": {}},
        {"title": 5},
        {"title": None},
        {"title": "half \ud800"},
        {"authors": "one"},
        {"authors": ["one", 2]},
        {"word_count": "5"},
        {"word_count": True},
        {"word_count": 1.5},
        {"word_count": 2**62},
        {"published_at": "yesterday"},
        {"published_at": "2024-05-20T12:00:00"},
        {"published_at": "0001-01-01T00:00:00Z"},
        {"published_at": "9999-01-01T00:00:00Z"},
        {"published_at": 5},
        {"place_points": [{"lat": 91, "lon": 0}]},
        {"place_points": [{"lat": 1}]},
        {"place_points": [[1, 2]]},
        {"place_points": [{"lat": "1", "lon": 2}]},
        {"fingerprint": ["x"]},
    ],
    ids=str,
)
def test_faults_are_found(fields: dict[str, Any]) -> None:
    """A field that is unknown, not the role's or of the wrong kind is a permanent fault that names the field."""
    fault = find_fault(document(**fields))
    assert fault is not None
    assert fault.reason == INDEX_MAPPING
    assert next(iter(fields)) in fault.detail


def test_missing_first_seen() -> None:
    """Without the time of first sight there is no place for a document."""
    fault = find_fault(IndexDocument(article_id("a"), 1, 1, {}, "{}"))
    assert fault is not None
    assert "first_seen_at" in fault.detail


def test_too_large() -> None:
    """A document beyond every limit is refused as such."""
    fault = find_fault(document("x" * (MAX_DOCUMENT_CHARS + 1)))
    assert fault is not None
    assert fault.reason == TOO_LARGE


def test_good_fields_pass() -> None:
    """Values of the right kinds pass, empty lists and extreme numbers too."""
    good = document(
        title="☃ \0", authors=[], word_count=-(2**62) + 1, place_points=[{"lat": -90, "lon": 180.0}], source__id="x"
    )
    assert find_fault(good) is None


@pytest.mark.parametrize("signature", [(), (0, 2**32 - 1), (2**32,), (-1, 5), tuple(range(128))])
def test_signatures_come_back(signature: tuple[int, ...]) -> None:
    """Packed signatures are unpacked unchanged, wide or narrow."""
    assert unpack_signature(pack_signature(signature)) == signature


def test_packed_documents_come_back() -> None:
    """Fields and stored form are unpacked unchanged, whatever characters they hold."""
    fields, stored = {"title": 'quote " ☃ \0', "keywords": ["a", "b"]}, '{"text": "\\u0000 ☃"}' * 50
    packed = pack(fields, stored)
    assert unpack(packed) == (fields, stored)
    assert unpack_fields(packed) == fields
