"""Stored headers are the headers that were sent."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.log.headers import decode_headers, encode_headers
from schemas.message import Headers

HEADERS = st.lists(st.tuples(st.text(), st.binary())).map(tuple)


@given(HEADERS)
def test_headers_survive_storage(headers: Headers) -> None:
    """Any names and values come back, in order, repeated ones included."""
    assert decode_headers(encode_headers(headers)) == headers


def test_no_headers_take_no_space() -> None:
    """Most messages have none, and the column stays empty."""
    assert encode_headers(()) is None
    assert decode_headers(None) == ()
