"""Web archives: every readable page is read, every broken place reported, in all packings."""

import gzip
import io

import pytest

from pipeline.feeds.warc import WarcCounts, read_warc
from pipeline.feeds.warc_page import BadWarcRecord, WarcPage

BODY = b"<html><head><title>Fog</title></head><body><p>The ferry stayed in port.</p></body></html>"


def _record(
    number: int, *, kind: str = "response", body: bytes = BODY, status: int = 200, header: bytes = b""
) -> bytes:
    block = body
    if kind == "response":
        block = b"HTTP/1.1 %d OK\r\nContent-Type: text/html; charset=utf-8\r\n%s\r\n%s" % (status, header, body)
    media = b"application/http; msgtype=response" if kind == "response" else b"text/html"
    head = (
        b"WARC/1.0\r\nWARC-Type: %s\r\nWARC-Record-ID: <urn:uuid:%d>\r\nWARC-Date: 2026-01-05T08:00:00Z\r\n"
        b"WARC-Target-URI: https://a.example/%d\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
    )
    return head % (kind.encode(), number, number, media, len(block)) + block + b"\r\n\r\n"


def _read(value: bytes) -> tuple[list[str], list[BadWarcRecord], WarcCounts]:
    counts = WarcCounts()
    found = list(read_warc(io.BytesIO(value), counts))
    pages = [one.url for one in found if isinstance(one, WarcPage)]
    return pages, [one for one in found if isinstance(one, BadWarcRecord)], counts


@pytest.mark.parametrize("packed", [False, True])
def test_pages_of_a_whole_archive(packed: bool) -> None:
    """Answers and resources give their pages; redirects, requests and other records are counted only."""
    records = [
        _record(1), _record(2, status=302), _record(3, kind="resource"), _record(4, kind="request"),
        _record(5, header=b"Content-Encoding: gzip\r\n", body=gzip.compress(BODY)),
    ]  # fmt: skip
    pages, bad, counts = _read(b"".join(gzip.compress(one) if packed else one for one in records))
    assert pages == ["https://a.example/1", "https://a.example/3", "https://a.example/5"]
    assert (bad, counts.records) == ([], 5)


def test_page_is_unpacked_and_dated() -> None:
    """A page comes with its bytes unpacked, its date, and what the server said."""
    value = _record(5, header=b'Content-Encoding: gzip\r\nETag: "7"\r\n', body=gzip.compress(BODY))
    (page,) = read_warc(io.BytesIO(value))
    assert isinstance(page, WarcPage)
    assert page.body == BODY
    assert (page.etag, page.status, page.content_type) == ('"7"', 200, "text/html; charset=utf-8")
    assert page.fetched_at is not None
    assert page.fetched_at.isoformat() == "2026-01-05T08:00:00+00:00"


def test_reading_goes_on_behind_a_broken_record() -> None:
    """A damaged record is reported once, those before and after it are read."""
    plain = [_record(1), _record(2), _record(3)]
    plain[1] = plain[1].replace(b"WARC/1.0", b"XXXX/1.0")
    packed = [gzip.compress(one) for one in (_record(1), _record(2), _record(3))]
    packed[1] = packed[1][:60] + b"\0" * 40 + packed[1][100:]
    for value in (b"".join(plain), b"".join(packed)):
        pages, bad, _ = _read(value)
        assert pages == ["https://a.example/1", "https://a.example/3"]
        assert len(bad) == 1


def test_wrong_length_does_not_swallow_the_rest() -> None:
    """A record that claims more bytes than there are is reported, and the next one is still found."""
    first = _record(1).replace(b"Content-Length: ", b"Content-Length: 99")
    pages, bad, _ = _read(first + _record(2))
    assert pages == ["https://a.example/2"]
    assert "ends after" in bad[0].detail


def test_cut_archive_reports_its_end() -> None:
    """An archive that ends within a record gives the ones before and says where it ends."""
    pages, bad, _ = _read(_record(1) + _record(2)[:-60])
    assert pages == ["https://a.example/1"]
    assert len(bad) == 1


@pytest.mark.parametrize("value", [b"no archive at all" * 100, b"WARC/1.0\r\n", b"\x1f\x8b\x08" * 3000])
def test_garbage_is_reported_not_raised(value: bytes) -> None:
    """What is no archive gives a report and no page."""
    pages, bad, _ = _read(value)
    assert pages == []
    assert len(bad) <= 2


def test_arc_is_read_too() -> None:
    """The older ARC format gives its pages; a broken header line is reported."""
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + BODY
    value = (
        b"filedesc://x.arc 1.1.1.1 20260105000000 text/plain 10\n0123456789\n"
        b"http://a.example/with blank 1.1.1.1 20260105080000 text/html %d\n%s\n"
        b"http://a.example/2 1.1.1.1 20260105080000 text/html many\n" % (len(block), block)
    )
    for packed in (value, gzip.compress(value)):
        pages, bad, _ = _read(packed)
        assert pages == ["http://a.example/with%20blank"]
        assert len(bad) == 1
