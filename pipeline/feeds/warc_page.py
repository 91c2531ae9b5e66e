"""One record of a web archive → the page in it. FastWARC's record, or HTTP bytes → `WarcPage`. Pure."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from fastwarc.warc import WarcRecord, WarcRecordType

from pipeline.feeds.characters import one_line
from pipeline.feeds.links import resolve_url

MAX_BLOCK_BYTES: Final = 64 * 1024 * 1024
"""A record above this is passed over: no page of words is that large, and it would have to fit into memory."""
MAX_PAGE_BYTES: Final = 8 * 1024 * 1024
_KINDS: Final = (WarcRecordType.response, WarcRecordType.resource, WarcRecordType.conversion)
_TEXTS: Final = ("text/html", "application/xhtml+xml", "text/plain")
# Some crawlers wrote headers without the line end that FastWARC waits for: it then reads the page as headers.
_BLANK_LINE: Final = re.compile(rb"\r?\n\r?\n|\r\n\n")
_EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class WarcPage:
    """A page or text of an archive. `fetched_at` None where the record has no usable date; `offset` in bytes.

    `body` is decoded (chunks, gzip, brotli) but in its own charset; `content_type` is what the server said.
    """

    offset: int
    url: str
    body: bytes
    content_type: str | None = None
    fetched_at: datetime | None = None
    status: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    content_language: str | None = None


@dataclass(frozen=True, slots=True)
class BadWarcRecord:
    """A place in an archive that cannot be read; `detail` is one sentence for a person."""

    offset: int
    detail: str


def read_record(record: WarcRecord) -> WarcPage | BadWarcRecord | None:
    """Return the page of a record, None when it holds none (requests, pictures, error pages, redirects).

    Raises:
        OSError, ValueError: the record cannot be read.
    """
    if record.record_type not in _KINDS:
        return None
    offset, declared = record.stream_pos, record.content_length
    if declared > MAX_BLOCK_BYTES:
        return BadWarcRecord(offset, f"The record has {declared:,} bytes; {MAX_BLOCK_BYTES:,} are the limit.")
    record.freeze()
    if record.content_length < declared:
        return BadWarcRecord(offset, f"The record ends after {record.content_length:,} of {declared:,} bytes.")
    return _page(record, _http_of(record) if record.is_http else None, offset)


def _http_of(record: WarcRecord) -> WarcRecord:
    """Return the HTTP answer inside as a record of its own: parsing it in place can stop the archive's iterator."""
    block = record.reader.read(MAX_BLOCK_BYTES)
    answer = _parse_http(block)
    if any("<" in name for name in answer.http_headers.keys()):  # noqa: SIM118 - the map yields pairs
        status, _, body = block.partition(b"\n")
        answer = _parse_http(status.rstrip() + b"\r\n\r\n" + _BLANK_LINE.split(body, maxsplit=1)[-1])
    return answer


def _parse_http(block: bytes) -> WarcRecord:
    answer = WarcRecord()
    answer.init_headers(WarcRecordType.response)
    answer.headers["Content-Type"] = "application/http; msgtype=response"
    answer.is_http = True
    answer.set_bytes_content(block)
    answer.parse_http(auto_decode="all")
    return answer


def _page(record: WarcRecord, answer: WarcRecord | None, offset: int) -> WarcPage | BadWarcRecord | None:
    headers = answer.http_headers if answer is not None else None
    status = headers.status_code if headers is not None else None
    if status is not None and status != 200:
        return None
    stated = answer.http_content_type if answer is not None else record.headers.get("Content-Type")
    kind = (stated or "").partition(";")[0].strip().lower()
    if kind and kind not in _TEXTS:
        return None
    url = resolve_url((record.headers.get("WARC-Target-URI") or "").strip().strip("<>"))
    if url is None:
        return None
    body = (answer or record).reader.read(MAX_PAGE_BYTES + 1)
    if len(body) > MAX_PAGE_BYTES:
        return BadWarcRecord(offset, f"The page has more than {MAX_PAGE_BYTES:,} bytes unpacked.")
    if not body.strip() or (not kind and not body[:2000].lstrip().startswith(b"<")):
        return None
    read = headers.get if headers is not None else lambda _name: None
    written = read("Content-Type") if headers is not None else stated
    return WarcPage(
        offset=offset,
        url=url,
        body=body,
        content_type=one_line(written, 200),
        fetched_at=_date(record),
        status=status,
        etag=one_line(read("ETag"), 300),
        last_modified=one_line(read("Last-Modified"), 100),
        content_language=one_line(read("Content-Language"), 100),
    )


def _date(record: WarcRecord) -> datetime | None:
    try:
        at = record.record_date
    except (ValueError, OverflowError, OSError):
        return None
    if at is None:
        return None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return at if at >= _EARLIEST else None
